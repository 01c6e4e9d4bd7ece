"""Every public method of the services has a right in the table, and checks it before anything else."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pos.bootstrap import Register, register_for
from pos.domain.actor import Actor
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.domain.staff import Action, Role
from pos.domain.totals import Span
from pos.errors import NotAllowed, PosError
from pos.runtime import invoke
from pos.services import container
from pos.services.container import Services
from pos.services.reports import RIGHT
from pos.services.rights import BY_ACTOR, OWN, SERVICES
from pos.services.totals_view import TotalsQuery
from pos.store.database import FILE_NAME
from tests.support.access import SIGNED_OUT, permit
from tests.support.journals import make_journal
from tests.support.people import PINS, hire

T = TypeVar("T")
FIELDS = {kind: name for name, kind in Services.__annotations__.items() if name != "end"}
"""Service classes by name, and where :class:`Services` has them."""

GUARDED = [
    (name, method, right)
    for name, methods in SERVICES.items()
    for method, right in methods.items()
    if isinstance(right, Action)
]


def class_of(name: str) -> type:
    found: type = getattr(container, name)
    return found


def public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_every_service_is_in_the_table() -> None:
    assert set(FIELDS) == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_every_public_method_has_a_right_or_a_reason(name: str) -> None:
    assert public(class_of(name)) == set(SERVICES[name])
    assert all(isinstance(right, Action) or len(right) > 20 for right in SERVICES[name].values())


def parameters(name: str, method: str) -> list[str]:
    found = getattr(class_of(name), method)
    return list(inspect.signature(found).parameters)[1:] if callable(found) else []


@pytest.mark.parametrize("name", SERVICES)
def test_who_acts_is_the_first_argument_where_the_right_depends_on_it(name: str) -> None:
    takers = {method for method in SERVICES[name] if parameters(name, method)[:1] == ["actor"]}
    by_actor = {method for method, right in SERVICES[name].items() if right in BY_ACTOR}
    assert by_actor <= takers
    assert all(isinstance(SERVICES[name][method], Action) for method in takers - by_actor), "with a permission, or none"
    assert not [method for method in SERVICES[name] if "actor" in parameters(name, method)[1:]]


@asynccontextmanager
async def register(folder: Path) -> AsyncIterator[Register]:
    (folder / "counter.toml").touch()
    if not (folder / FILE_NAME).exists():
        make_journal(folder / FILE_NAME)
    made = register_for(str(folder / "counter.toml"), folder)
    await made.host.open(watching=False)
    try:
        yield made
    finally:
        await made.host.close()


def bound(made: Register, name: str, method: str) -> Any:
    return getattr(getattr(made.services, FIELDS[name]), method)


async def called(method: Callable[..., Any], **known: Any) -> Any:
    """Call with the known arguments; every other argument is a value that no method can use."""
    needed = [one for one in inspect.signature(method).parameters.values() if one.default is one.empty]
    given = {one.name: object() for one in needed} | known
    found = method(**given)
    return await found if inspect.isawaitable(found) else found


@pytest.mark.parametrize(("name", "method", "right"), GUARDED)
def test_a_method_refuses_every_other_permission_first(tmp_path: Path, name: str, method: str, right: Action) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            hire(tmp_path, Role.OWNER)
            service_method = bound(made, name, method)
            for other in set(Action) - {right}:
                with pytest.raises(NotAllowed, match="This needs"):
                    await called(service_method, permission=permit(other, "0a", "0a"))

    asyncio.run(work())


@pytest.mark.parametrize("span", Span)
def test_totals_name_no_one_without_their_permission_also_before_the_first_shift(tmp_path: Path, span: Span) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            owner = await made.services.staff.open_shop("Ann", PINS[Role.OWNER])
            query = TotalsQuery(span, made.services.reports.today())
            with pytest.raises(NotAllowed, match="This needs"):
                made.services.totals.answer(owner, query, permit(Action.SHIFT, owner.person))
            names = made.services.totals.answer(owner, query, permit(RIGHT[span], owner.person)).people
            assert names == {owner.person: "Ann"}

    asyncio.run(work())


async def paid(made: Register, actor: Actor = SIGNED_OUT, number: int = 25) -> str:
    sale, handed = Sale(Money(100 + number, "TWD")), Money(200, "TWD")
    take = made.services.payments.take
    return (await take(actor, sale, Tender.CASH, payment_id=f"p{number}", tendered=handed)).order_no


async def people(made: Register) -> dict[Role, str]:
    """Add an owner, a manager and a cashier, sign the owner in and out, and return their ids."""
    found = hire(made.data_dir, Role.OWNER, Role.MANAGER, Role.CASHIER)
    made.services.staff.sign_out(await signed_in(made, found, Role.OWNER))
    return found


async def signed_in(made: Register, ids: dict[Role, str], role: Role | None) -> Actor:
    return SIGNED_OUT if role is None else await made.services.staff.sign_in(ids[role], PINS[role])


OF_ONE_PAYMENT = [
    (name, method)
    for name, methods in SERVICES.items()
    for method, right in methods.items()
    if right == OWN and "order_no" in inspect.signature(getattr(class_of(name), method)).parameters
]


async def outcome(work: Awaitable[object]) -> str:
    try:
        await work
    except NotAllowed as error:
        return "all payments" if "all payments" in str(error) else "passed"
    except PosError:
        pass
    return "passed"


@pytest.mark.parametrize("role", [None, *Role])
def test_a_payment_of_another_person_is_seen_with_the_right_to_all_alone(tmp_path: Path, role: Role | None) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            order_no = await paid(made)
            ids = await people(made)
            actor = await signed_in(made, ids, role)
            expected = "passed" if role in (Role.MANAGER, Role.OWNER) else "all payments"
            for name, method in OF_ONE_PAYMENT:
                known = {"order_no": order_no, **({"came_out": True} if method == "confirm_printed" else {})}
                assert await outcome(called(bound(made, name, method), actor=actor, **known)) == expected, method
            assert bool(made.services.search.past(actor, "")) is (expected == "passed")

    asyncio.run(work())


def test_ones_own_last_ten_payments_are_seen_and_the_eleventh_is_not(tmp_path: Path) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            ids = await people(made)
            actor, get = await signed_in(made, ids, Role.CASHIER), made.services.payments.get
            numbers = [await paid(made, actor, number) for number in range(11)]
            actor = await signed_in(made, ids, Role.CASHIER)  # what was visible is hidden again
            seen = [await outcome(invoke(get, actor, one)) for one in numbers]
            assert seen == ["all payments"] + ["passed"] * 10
            assert {await outcome(invoke(get, SIGNED_OUT, one)) for one in numbers} == {"all payments"}

    asyncio.run(work())


def test_a_deactivated_person_sees_not_even_their_own_payments(tmp_path: Path) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            ids = await people(made)
            services, actor = made.services, await signed_in(made, ids, Role.CASHIER)
            order_no = await paid(made, actor)
            await signed_in(made, ids, Role.OWNER)  # what was visible is hidden again
            assert [one.order_no for one in services.search.past(actor, "")] == [order_no]
            await services.staff.change(actor.person, permit(Action.STAFF, ids[Role.OWNER]), active=False)
            assert await outcome(invoke(services.payments.get, actor, order_no)) == "all payments"
            assert not services.search.past(actor, "")
            with pytest.raises(NotAllowed, match="all payments"):
                services.access.permission(actor, Action.SEE_ALL, order_no)

    asyncio.run(work())


def test_a_payment_made_visible_to_one_person_is_not_visible_to_another(tmp_path: Path) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            order_no = await paid(made)
            ids = await people(made)
            services, cashier = made.services, await signed_in(made, ids, Role.CASHIER)
            approved = await services.access.approve(cashier, Action.SEE_ALL, order_no, PINS[Role.MANAGER])
            services.access.make_visible(cashier, order_no, approved)
            assert services.payments.get(cashier, order_no).order_no == order_no
            assert await outcome(invoke(services.payments.get, SIGNED_OUT, order_no)) == "all payments"

    asyncio.run(work())


@pytest.mark.parametrize(("name", "method"), OF_ONE_PAYMENT)
def test_in_a_shop_without_people_every_payment_is_seen(tmp_path: Path, name: str, method: str) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            known = {"actor": SIGNED_OUT, "order_no": await paid(made)}
            known |= {"came_out": True} if method == "confirm_printed" else {}
        async with register(tmp_path) as made:
            assert await outcome(called(bound(made, name, method), **known)) == "passed"

    asyncio.run(work())


async def refusal(work: Awaitable[object]) -> str:
    with pytest.raises(PosError) as caught:
        await work
    return str(caught.value)


@pytest.mark.parametrize("role", [None, *Role])
def test_an_e_invoice_is_requested_later_for_ones_own_payment_or_by_a_manager(
    tmp_path: Path, role: Role | None
) -> None:
    async def work() -> None:
        async with register(tmp_path) as made:
            theirs = await paid(made)
            ids = await people(made)
            own = await paid(made, await signed_in(made, ids, role), 1)
            actor = await signed_in(made, ids, role)
            for order_no in (theirs, own):
                may = role in (Role.MANAGER, Role.OWNER) or (role is Role.CASHIER and order_no == own)
                said = await refusal(called(made.services.invoicing.request_invoice, actor=actor, order_no=order_no))
                assert ("an e-invoice for another person's payment" in said) is not may
                assert ("Only payments through MyPay" in said) is may, "cash gets none"

    asyncio.run(work())
