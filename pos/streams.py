"""Write to standard output and standard error. A failing stream never raises, so that it cannot stop a command."""

from __future__ import annotations

import contextlib
import os
from typing import TextIO


def write(stream: TextIO | None, text: str, encoding: str = "") -> bool:
    """Write and flush ``text``; return whether that worked.

    The default ``encoding`` is that of the stream. Characters that it lacks are written as escapes. After a failure
    (closed pipe, full disk) the stream is replaced by the null device, so that the interpreter's flush at exit does not
    change the exit status.
    """
    if stream is None:  # a program without a console on Windows, or after >&-
        return False
    try:
        raw = getattr(stream, "buffer", None)
        if raw is None:  # a stream in memory
            stream.write(text)
            return True
        stream.flush()
        raw.write(text.encode(encoding or stream.encoding or "utf-8", "backslashreplace"))
        raw.flush()
    except (OSError, ValueError, LookupError):  # ValueError: the stream is closed
        _discard(stream)
        return False
    return True


def _discard(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
