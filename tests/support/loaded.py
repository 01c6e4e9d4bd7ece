"""What each forked `pos` finds loaded: the modules that it imports, and the TLS certificates."""

from __future__ import annotations

from pos.gateways.http import tls_context

tls_context()
