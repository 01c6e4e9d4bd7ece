"""What each forked `pos` finds loaded: the modules that it imports, and the TLS certificates."""

from __future__ import annotations

from sqlite_utils.plugins import ensure_plugins_loaded

from pos.gateways.http import tls_context

tls_context()
ensure_plugins_loaded()
