"""The customer's phone and the bank's ATM, as web pages that fit a real phone."""

from __future__ import annotations

import html
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pos.domain.money import Money
from pos.simulator.base import SimulatorContext
from pos.simulator.contracts import Contract
from pos.simulator.control import act
from pos.simulator.orders import ActionRefused, OrderStatus, SimOrder
from pos.simulator.wallets import ALIPAY, WECHAT

TEXTS = {
    "zh": {
        "code": "付款碼", "show": "請店員掃描此付款碼。每個付款碼只能使用一次。",
        "title": "顧客的手機", "none": "目前沒有訂單。在收銀機上收款，訂單就會出現在這裡。", "pay": "付款",
        "pay_less": "少付一點", "fail": "付款失敗",
        "expire": "讓它逾期", "pay_late": "逾期後付款", "atm": "ATM 轉帳", "bank": "銀行代碼",
        "account": "轉入帳號", "amount": "金額", "transfer": "確認轉帳", "back": "返回", "done": "轉帳完成",
        "to_shop": "回到商店的付款結果頁", "no_account": "查無此帳號",
        "wrong_amount": "金額與繳費單不符，銀行拒絕此筆轉帳", "other": "English",
        "unpaid": "等待付款", "paid": "已付款",
        "failed": "失敗", "expired": "已逾期", "voided": "已取消", "refunded": "已退款",
        "refused": "無法執行", "card": "信用卡卡號", "until": "有效期限", "cvc": "末三碼",
        "agree": "同意定期扣款並付款",
        "every": "每 {count} {unit} 扣款一次，共 {times} 次", "D": "天", "M": "個月", "Y": "年",
    },
    "en": {
        "code": "Code", "show": "Let the shop scan this code. Each code is good for one payment.",
        "title": "The customer's phone", "none": "No orders yet. Take a payment on the register and it appears here.",
        "pay": "Pay", "pay_less": "Pay less", "fail": "Let it fail", "expire": "Let it expire", "pay_late": "Pay late",
        "atm": "ATM transfer", "bank": "Bank code", "account": "Account", "amount": "Amount", "transfer": "Transfer",
        "back": "Back", "done": "Transferred", "no_account": "There is no such account",
        "to_shop": "To the shop's result page",
        "wrong_amount": "The amount differs from the bill; the bank refuses the transfer", "other": "正體中文",
        "unpaid": "waiting", "paid": "paid", "failed": "failed", "expired": "expired", "voided": "cancelled",
        "refunded": "refunded", "refused": "Not possible", "card": "Card number", "until": "Valid until", "cvc": "CVC",
        "agree": "Agree to the charges and pay", "every": "Every {count} {unit}, {times} charges in all",
        "D": "days", "M": "months", "Y": "years",
    },
}  # fmt: skip

STYLE = """
:root{color-scheme:light dark;--ink:#16202e;--soft:#5b6b7f;--card:#fff;--page:#eef2f6;--go:#0b6b46;--line:#d5dde6}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a4b1c0;--card:#1c2530;--page:#10161d;--line:#344252}}
*{box-sizing:border-box}body{margin:0 auto;max-width:480px;padding:16px;background:var(--page);color:var(--ink);
font:17px/1.45 system-ui,"Noto Sans CJK TC","PingFang TC","Microsoft JhengHei",sans-serif}
h1{font-size:22px;margin:8px 0 16px}a{color:inherit}.top{display:flex;justify-content:space-between;align-items:center}
.card{display:block;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:16px;margin:0 0 16px;
text-decoration:none}.amount{font-size:30px;font-weight:700}.soft{color:var(--soft);font-size:15px;overflow-wrap:anywhere}
.buttons{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin-top:16px}.buttons form:first-child{grid-column:1/-1}
button{width:100%;min-height:48px;border:1px solid var(--line);border-radius:12px;background:none;color:inherit;
font:inherit}button.go{background:var(--go);border-color:var(--go);color:#fff;font-weight:700;min-height:56px}
label{display:block;margin:0 0 12px}input{width:100%;min-height:48px;font:inherit;padding:0 12px;border-radius:12px;
border:1px solid var(--line);background:var(--page);color:inherit}.result{padding:12px 16px;border-radius:12px;
background:var(--card);border:2px solid var(--go);margin-bottom:16px}
"""


TEST_CARD = "4311952222222222"
"""The card of the gateway's test environment; the bank declines every other one."""


def phone_routes(context: SimulatorContext) -> list[Route]:
    """Return the routes under ``/phone``."""
    phone = _Phone(context)
    return [
        Route("/", phone.orders, methods=["GET"]),
        Route("/order/{gateway}/{number}", phone.order, methods=["GET"]),
        Route("/order/{gateway}/{number}/{action}", phone.act, methods=["POST"]),
        Route("/code/{wallet}", phone.code, methods=["GET"]),
        Route("/atm", phone.atm, methods=["GET", "POST"]),
    ]


class _Phone:
    def __init__(self, context: SimulatorContext) -> None:
        self._context = context

    async def orders(self, request: Request) -> Response:
        self._context.orders.process_due(self._context.now())
        lang, texts = _texts(request)
        cards = "".join(_card(order, lang, texts) for order in self._context.orders.all()[:50])
        return _page(lang, texts, cards or f"<p class=card>{texts['none']}</p>", refresh=True)

    async def code(self, request: Request) -> Response:
        """Show a fresh code of a wallet, as its app does; each one is good for one charge."""
        lang, texts = _texts(request)
        wallet = ALIPAY if request.path_params["wallet"] == ALIPAY else WECHAT
        code = self._context.wallets.fresh(wallet)
        shown = f"<div class=card>{wallet}<div class=amount id=code>{code}</div><p>{texts['show']}</p></div>"
        return _page(lang, texts, shown + _back(lang, texts))

    async def order(self, request: Request) -> Response:
        lang, texts = _texts(request)
        found = self._context.orders.find(request.path_params["gateway"], request.path_params["number"])
        if found is None:
            return _page(lang, texts, f"<p class=card>{texts['none']}</p>", status=404)
        result = request.query_params.get("result", "")
        note = f"<p class=result>{html.escape(texts.get(result, result))}</p>" if result else ""
        body = note + _card(found, lang, texts, whole=True) + _to_shop(found, texts) + _back(lang, texts)
        return _page(lang, texts, body)

    async def act(self, request: Request) -> Response:
        lang, _ = _texts(request)
        path = request.path_params
        here = f"/phone/order/{path['gateway']}/{path['number']}?lang={lang}"
        found = self._context.orders.find(path["gateway"], path["number"])
        if found is None:
            return RedirectResponse(here, 303)
        fields = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        declined = path["action"] == "pay" and fields.get("card", TEST_CARD).replace(" ", "") != TEST_CARD
        try:
            act(self._context, found, "fail" if declined else path["action"])
        except ActionRefused:
            here += "&result=refused"
        return RedirectResponse(here, 303)

    async def atm(self, request: Request) -> Response:
        lang, texts = _texts(request)
        fields = dict(parse_qsl((await request.body()).decode()))
        result = self._transfer(fields) if request.method == "POST" else ""
        note = f"<p class=result>{html.escape(texts.get(result, result))}</p>" if result else ""
        rows = "".join(_field(texts[name], name, fields.get(name, "")) for name in ("bank", "account", "amount"))
        form = f"<form method=post action='/phone/atm?lang={lang}' class=card><h1>{texts['atm']}</h1>{rows}"
        return _page(
            lang, texts, f"{note}{form}<button class=go>{texts['transfer']}</button></form>{_back(lang, texts)}"
        )

    def _transfer(self, fields: dict[str, str]) -> str:
        """Pay a virtual account, which accepts exactly its amount until it expires. Return the key of a text."""
        account = "".join(fields.get("account", "").split())
        found = self._context.orders.by_account(account)
        self._context.orders.process_due(self._context.now())
        if found is None or found.status is not OrderStatus.UNPAID or fields.get("bank", "") != found.facts.get("bank"):
            return "no_account"
        if fields.get("amount", "") != str(found.amount):
            return "wrong_amount"
        self._context.pay(found)
        return "done"


def _card(order: SimOrder, lang: str, texts: dict[str, str], *, whole: bool = False) -> str:
    amount = Money(order.amount, order.currency).display
    account = f" · {order.facts['bank']} {order.facts['account']}" if order.facts.get("account") else ""
    state = texts[order.status.value]
    here = f"/phone/order/{order.gateway}/{order.number}"
    inside = (
        f"<div class=amount>{amount}</div>"
        f"<div>{html.escape(order.gateway)} · {html.escape(order.method)}{account}</div>"
        f"<div class=soft>{html.escape(order.number)} · {state}</div>"
    )
    if not whole:
        return f"<a class=card href='{here}?lang={lang}'>{inside}</a>"
    actions = ("pay", "pay_less", "fail", "expire", "pay_late") if order.status is OrderStatus.UNPAID else ("pay_late",)
    shown = () if order.status in (OrderStatus.PAID, OrderStatus.REFUNDED) else actions
    contract: Contract | None = order.extra.get("contract")
    terms = _terms(contract, texts) if contract else ""
    buttons = "".join(
        f"<form method=post action='{here}/{action}?lang={lang}'>"
        f"{_card_fields(texts) if contract and action == 'pay' else ''}"
        f"<button class={'go' if action == 'pay' else 'quiet'}>"
        f"{texts['agree' if contract and action == 'pay' else action]}</button></form>"
        for action in shown
    )
    return f"<div class=card>{inside}{terms}<div class=buttons>{buttons}</div></div>"


def _terms(contract: Contract, texts: dict[str, str]) -> str:
    line = texts["every"].format(count=contract.frequency, unit=texts[contract.kind], times=contract.times)
    return f"<p>{line}</p>"


def _card_fields(texts: dict[str, str]) -> str:
    known = {"card": "4311 9522 2222 2222", "until": "12/30", "cvc": "222"}
    return "".join(_field(texts[name], name, value) for name, value in known.items())


def _field(label: str, name: str, value: str) -> str:
    return f"<label>{label}<input name={name} inputmode=numeric value='{html.escape(value)}'></label>"


def _back(lang: str, texts: dict[str, str]) -> str:
    return f"<p><a href='/phone/?lang={lang}'>← {texts['back']}</a></p>"


def _to_shop(order: SimOrder, texts: dict[str, str]) -> str:
    """Return a link back to the shop, if the order has one (O'Pay's ClientBackURL)."""
    url = order.facts.get("ClientBackURL", "")
    return f"<p><a href='{html.escape(url)}'>{texts['to_shop']}</a></p>" if url else ""


def _texts(request: Request) -> tuple[str, dict[str, str]]:
    lang = "en" if request.query_params.get("lang") == "en" else "zh"
    return lang, TEXTS[lang]


def _page(lang: str, texts: dict[str, str], body: str, *, status: int = 200, refresh: bool = False) -> HTMLResponse:
    other = "zh" if lang == "en" else "en"
    again = "<meta http-equiv=refresh content=5>" if refresh else ""
    return HTMLResponse(
        f"<!doctype html><html lang={'en' if lang == 'en' else 'zh-Hant'}><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width,initial-scale=1'>{again}<title>{texts['title']}</title>"
        f"<style>{STYLE}</style><div class=top><h1>{texts['title']}</h1>"
        f"<span><a href='/phone/code/wechat?lang={lang}'>{texts['code']}</a> · "
        f"<a href='/phone/atm?lang={lang}'>{texts['atm']}</a> · "
        f"<a href='/phone/?lang={other}'>{texts['other']}</a></span></div>{body}</html>",
        status,
    )
