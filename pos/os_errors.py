"""Translate errors of the operating system into the shop's language."""

from __future__ import annotations

import errno
from typing import Final

from pos.i18n import N_, Message, msg

REASONS: Final = {
    errno.ENOSPC: N_("the disk is full"),
    errno.EDQUOT: N_("the disk is full"),
    errno.EACCES: N_("this computer account has no permission"),
    errno.EPERM: N_("this computer account has no permission"),
    errno.EROFS: N_("the disk is read-only"),
    errno.ENOENT: N_("there is no such file or folder"),
    errno.ENOTDIR: N_("a part of the path is not a folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.EEXIST: N_("it exists already"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.ELOOP: N_("the link leads back to itself"),
    errno.EIO: N_("the disk does not work"),
    errno.EBUSY: N_("another program uses it"),
    errno.ETXTBSY: N_("another program uses it"),
    errno.EADDRINUSE: N_("another program uses it"),
    errno.EADDRNOTAVAIL: N_("this computer does not have that address"),
    errno.EMFILE: N_("too many files are open"),
    errno.ENFILE: N_("too many files are open"),
}


def reason(error: BaseException) -> Message:
    """Return the reason of an error of the operating system, or its number if no text is known.

    The system's own text is not part of it: pass ``str(error)`` as the ``detail`` of the error that is raised.
    """
    number = getattr(error, "errno", None)
    if text := REASONS.get(number or 0):
        return msg(text)
    if isinstance(number, int):
        return msg(N_("the operating system refuses it (error {number})"), number=number)
    return msg(N_("the operating system refuses it"))
