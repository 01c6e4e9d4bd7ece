"""Detect whether a window can open on a screen. Without a screen, Qt would end the process."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

LIMIT: Final = 3.0
"""Seconds for a display that does not answer."""


def dead_screen(environ: Mapping[str, str]) -> str | None:
    """Return None if a window can open, otherwise the name of the display that does not answer, "" if none is named.

    With a ``QT_QPA_PLATFORM`` other than xcb and wayland, and on other systems than Linux, nothing is tested.
    """
    platform = environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if sys.platform != "linux" or platform not in ("", "xcb", "wayland"):
        return None
    names = {"xcb": environ.get("DISPLAY", ""), "wayland": environ.get("WAYLAND_DISPLAY", "")}
    tried = {kind: name for kind, name in names.items() if name and platform in ("", kind)}
    probes = {"xcb": _has_x, "wayland": lambda name: _has_wayland(name, environ)}
    if any(_limited(probes[kind], name) for kind, name in tried.items()):
        return None
    return next(iter(tried.values()), "")


def _limited(probe: Callable[[str], bool], name: str) -> bool:
    """Run the probe on a daemon thread: a display on another machine may not answer for minutes."""
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(probe(name)), daemon=True)
    thread.start()
    thread.join(LIMIT)
    return bool(found and found[0])


def _has_x(name: str) -> bool:
    """Connect with libxcb as Qt does, which also tests the access rights; without libxcb, connect a socket."""
    import ctypes

    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return _has_x_socket(name)
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(name), None)
    broken = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not broken


def _has_x_socket(name: str) -> bool:
    host, _colon, number = name.rpartition(":")
    number = number.partition(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"  # the path of the X protocol
        return _connects(path) or _connects(f"\0{path}")
    return _connects((host, 6000 + int(number)))


def _has_wayland(name: str, environ: Mapping[str, str]) -> bool:
    return _connects(str(Path(environ.get("XDG_RUNTIME_DIR", ""), name)))


def _connects(address: str | tuple[str, int]) -> bool:
    """Return whether a Unix socket (a path) or a TCP port (host and number) accepts a connection."""
    import socket

    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(LIMIT)
            probe.connect(address)
    except (OSError, OverflowError, ValueError):
        return False
    return True
