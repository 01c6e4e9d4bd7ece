"""What the e-invoices need of a gateway, and of the rights to payments."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from pos.domain.actor import Actor
from pos.domain.invoice import InvoiceRequest
from pos.domain.payment import Attempt
from pos.gateways.capabilities import Result
from pos.services.permissions import Permission


class Issuer(Protocol):
    """The part of :class:`pos.gateways.capabilities.Operations` that e-invoices need."""

    def issue_invoice(self, attempt: Attempt, invoice_request: InvoiceRequest) -> Awaitable[Result]: ...
    def query_invoice(self, attempt: Attempt) -> Awaitable[Mapping[str, Any] | None]: ...
    def title_picture(self, url: str) -> Awaitable[bytes]: ...


class InvoiceAccess(Protocol):
    """Which payments an actor may see and request e-invoices for; :class:`pos.services.access.Access` fits."""

    def shows(self, actor: Actor, order_no: str) -> bool: ...
    def require_visible(self, actor: Actor, order_no: str) -> None: ...
    def check_later_invoice(self, actor: Actor, order_no: str, permission: Permission | None) -> None: ...
