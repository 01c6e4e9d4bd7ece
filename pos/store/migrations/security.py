"""Tables for proven notices, sealed keys, recovery codes and lock-outs."""

from __future__ import annotations
