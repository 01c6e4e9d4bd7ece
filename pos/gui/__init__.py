"""The window: shows what the services know and passes on what the user asks for.

Its modules are loaded without two delays that take a quarter of the start. They leave nothing to free, so Python need
not search for cycles meanwhile; :mod:`pos.gui.gui_thread_gc` does so later. And PySide6 need not read the source of
each module for its switch ``__feature__``, which Counter does not use.
"""

import builtins
import contextlib
import gc
from importlib import import_module

gc.disable()
with contextlib.suppress(ImportError):  # a module that cannot do without raises this again
    import_module("PySide6.QtCore")
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)  # PySide6 keeps Python's own there
