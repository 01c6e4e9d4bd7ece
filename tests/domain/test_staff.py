"""The table of rights, compared with a second copy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pos.domain.staff import (
    RIGHTS,
    RIGHTS_BEFORE_PEOPLE,
    SIGNED_OUT_RIGHTS,
    Action,
    Person,
    Role,
    check_name,
    not_allowed,
)
from pos.errors import InputError, NotAllowed

TABLE = """
             cashier manager owner unattended before_people
sell         yes     yes     yes   yes        yes
see_last     yes     yes     yes   no         yes
see_all      no      yes     yes   no         yes
shift        yes     yes     yes   yes        yes
drop         yes     yes     yes   yes        yes
pay_in_out   no      yes     yes   no         yes
x_report     no      yes     yes   no         yes
reports      no      yes     yes   no         yes
refund       no      yes     yes   no         no
settle       no      yes     yes   no         no
reconcile    no      yes     yes   no         yes
capture      no      yes     yes   no         yes
stop_debit   no      yes     yes   no         yes
bind_wallet  no      yes     yes   no         yes
invoice_later no     yes     yes   no         yes
take_over    no      yes     yes   no         yes
see_staff    no      yes     yes   no         yes
discount     no      yes     yes   no         yes
items        no      yes     yes   no         yes
backup       no      yes     yes   no         yes
restore      no      no      yes   no         yes
staff        no      no      yes   no         no
settings     no      yes     yes   no         yes
keys         no      no      yes   no         yes
"""


OWNERS = (Action.STAFF, Action.RESTORE, Action.KEYS)


def cells() -> list[tuple[str, str, bool]]:
    heads, *rows = (line.split() for line in TABLE.strip().splitlines())
    return [(name, head, word == "yes") for name, *words in rows for head, word in zip(heads, words, strict=True)]


def test_the_table_names_every_action_and_every_role() -> None:
    assert [one.value for one in Action] == [line.split()[0] for line in TABLE.strip().splitlines()[1:]]
    assert [one.value for one in Role] == TABLE.split()[:3]


@pytest.mark.parametrize(("action", "who", "may"), cells())
def test_who_may_do_what(action: str, who: str, may: bool) -> None:
    sets = {
        **{role.value: RIGHTS[role] for role in Role},
        "unattended": SIGNED_OUT_RIGHTS,
        "before_people": RIGHTS_BEFORE_PEOPLE,
    }
    assert (Action(action) in sets[who]) is may
    if who in list(Role):
        assert Person("1", "Ann", Role(who)).may(Action(action)) is may


@pytest.mark.parametrize("action", list(Action))
def test_an_inactive_person_may_do_nothing(action: Action) -> None:
    assert not Person("1", "Ann", Role.OWNER, active=False).may(action)


def test_a_name_is_tidied() -> None:
    assert check_name("  Ann \t Lin ") == "Ann Lin"
    assert check_name("林" * 40) == "林" * 40


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "1 to 40"), ("   ", "1 to 40"), ("x" * 41, "1 to 40"), ("a\x00b", "be shown"), ("a\u202eb", "be shown")],
)
def test_a_name_that_cannot_be_shown_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        check_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("action", list(Action))
def test_a_refusal_names_the_action_and_who_must_approve_it(action: Action) -> None:
    message = str(not_allowed(action))
    assert isinstance(not_allowed(action), NotAllowed)
    assert message.startswith("This needs the owner: " if action in OWNERS else "This needs a man")


def test_a_person_contains_no_pin() -> None:
    assert set(Person.__slots__) == {"id", "name", "role", "active", "locked_until"}
    assert "Ann" in repr(Person("1", "Ann", Role.OWNER, locked_until=datetime(2026, 11, 20, tzinfo=UTC)))
