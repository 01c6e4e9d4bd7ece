"""Capabilities for a gateway that was made from the template: it holds money, and issues e-invoices."""

from __future__ import annotations

from typing import Final

from tests.support.tree import Tree

CLIENT: Final = '''

class AcmeOperations(Operations):
    """Acme's captures and e-invoices."""

    def __init__(self, acme: Acme) -> None:
        self._acme = acme

    async def issue_invoice(self, attempt: Attempt, invoice_request: InvoiceRequest) -> Result:
        return Result(Outcome.DONE, DONE, found=await self._acme._post("invoices", {"order": attempt.order_no}))

    async def query_invoice(self, attempt: Attempt) -> Mapping[str, Any] | None:
        return None

    async def title_picture(self, url: str) -> bytes:
        return b""

    async def capture(self, attempt: Attempt, amount: Money, lines: Sequence[Line] = ()) -> Result:
        found = await self._acme._post("orders/capture", {"order": attempt.order_no, "amount": amount.minor})
        return Result(Outcome.DONE, text_of(found, "code"))
'''

CLIENT_CHANGES: Final = {
    "        refunds=True,\n": "        refunds=True,\n        held_code='held',\n"
    "        capabilities=frozenset({Capability.E_INVOICE, Capability.HOLD}),\n",
    "    def read_notice(": "    def operations(self) -> Operations:\n        return AcmeOperations(self)\n\n"
    "    def read_notice(",
    "return Answer(verdict, status, amount": "return Answer(verdict, status, gateway_message(status), amount",
    "import Mapping\n": "import Mapping, Sequence\n",
    "import Attempt\n": "import Attempt, Line\n",
    "from pos.domain.refund ": "from pos.domain.invoice import InvoiceRequest\n"
    "from pos.gateways.capabilities import Capability, Operations, Outcome, Result\nfrom pos.domain.refund ",
}

DIALECT_CHANGES: Final = {
    '            self.route("/v1/refunds",': '            self.route("/v1/orders/capture", "capture", self._capture),\n'
    '            self.route("/v1/invoices", "issue", self._issue),\n            self.route("/v1/refunds",',
    '"status": STATUS[order.status],': '"status": "held" if paid and not order.extra.get("captured") else '
    "STATUS[order.status],",
    "    async def _refund(self": """    async def _capture(self, request: Request) -> Reply:
        order = self._one(await self._signed(request))
        order.extra["captured"] = True
        return self._facts(order)

    async def _issue(self, request: Request) -> Reply:
        order = self._one(await self._signed(request))
        if not order.extra.get("captured"):
            raise Refused("422", "not paid")
        order.extra["issued"] = int(order.extra.get("issued", 0)) + 1
        return {"code": "0", "state": 2, "invoice_number": "AC10000000"}

    async def _refund(self""",
}

TEST: Final = '''"""A made-up gateway holds money and issues e-invoices through the services as they are."""

from pos.domain.invoice import Kind, State as InvoiceState, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.domain.staff import Action
from pos.domain.states import State
from pos.services.routes import Routes
from tests.gateways.fixtures import FIXTURES
from tests.support.access import SIGNED_OUT, EveryPayment, permit
from tests.support.power import WiredShop
from tests.support.registers import TENDERS
from tests.support.virtual import VirtualDay


def test_acme_holds_money_and_issues_the_e_invoice_after_the_capture() -> None:
    with VirtualDay() as day:
        shop = WiredShop(day, options={"acme": FIXTURES["acme"].shop})
        routes = Routes(TENDERS, {"acme": shop.gateways["acme"]}, {}, "TWD")
        shop.payments = shop.parts.payments(routes, "R1", EveryPayment())
        wanted = invoice_request(Kind.PAPER)
        sale = Sale(Money(125, "TWD"))
        taken = day.run(shop.payments.take(SIGNED_OUT, sale, Tender.ALIPAY, payment_id="p1", invoice_request=wanted))
        shop.customer_pays(taken)
        shop.pass_time(10)
        held = shop.now(taken.order_no)
        assert (held.gateway, held.state, held.code) == ("acme", State.PENDING, "held")
        day.run(shop.mypay.capture(held.order_no, None, permit(Action.CAPTURE)))
        shop.pass_time(10)
        assert shop.now(held.order_no).state is State.CAPTURED
        assert shop.invoices.get(held.order_no).state is InvoiceState.ISSUED
        assert shop.simulator.orders.find("acme", held.order_no).extra["issued"] == 1
        assert not shop.arrived, "MyPay was asked"
        shop.stop()
'''
PLACE: Final = "tests/services/test_acme.py"


def add_capabilities(tree: Tree) -> None:
    """Let the gateway ``acme`` hold money and issue e-invoices: in its own package and dialect only. Add a test."""
    client, codes = "pos/gateways/acme/client.py", "pos/gateways/acme/codes.py"
    tree.change(client, CLIENT_CHANGES)
    tree.write(client, tree.read(client) + CLIENT)
    tree.change("pos/simulator/dialects/acme.py", DIALECT_CHANGES)
    tree.change(codes, {'    "paid": Verdict.PAID,\n': '    "paid": Verdict.PAID,\n    "held": Verdict.ACCEPTED,\n'})
    tree.write(PLACE, TEST)
