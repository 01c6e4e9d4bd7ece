"""What every page of the window is: a title with the way back, and a line for what it has to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos.gui.bridge import Bridge, Till
from pos.gui.widgets import Button, label
from pos.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from pos.errors import PosError
    from pos.services.office import Office

T = TypeVar("T")


class Page(QWidget):
    """``told`` carries a sentence and its tone, ``failed`` an error; ``left`` goes back to where one came from.

    A page's parts stand in :attr:`column`, below :attr:`top` with the way back and the title. ``title`` is a gettext
    id, ``name`` the beginning of its objectNames.
    """

    told = Signal(str, str)
    failed = Signal(object)
    left = Signal()

    def __init__(self, till: Till, bridge: Bridge, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setProperty("training", str(till.shop.training).lower())
        self.till, self.bridge = till, bridge
        self._title_text = title
        self.back = Button(f"{name}Back", "flat", self.leave).with_icon("back")
        self.title = label("title", f"{name}Title")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 16, 16, 8)
        self.column.setSpacing(16)
        self.top = QHBoxLayout()
        self.top.setSpacing(16)
        self.top.addWidget(self.back)
        self.top.addWidget(self.title)
        self.top.addStretch()
        self.column.addLayout(self.top)

    def open(self) -> None:
        """Come to the front: ask for what is shown, and put the focus where hands begin."""
        self.back.setFocus()

    def leave(self) -> None:
        """The way back."""
        self.left.emit()

    def escape(self) -> bool:
        """Esc clears first: True when there was something to clear, and the page stays."""
        return False

    def fail(self, error: PosError) -> None:
        """Show what went wrong."""
        self.failed.emit(error)

    def ask(self, question: Callable[[Office], T], done: Callable[[T], object]) -> None:
        """Ask the back office something it answers at once; ``done`` is called here, faults are told."""
        self.bridge.run(self.bridge.desk.ask(question), done=done, failed=self.fail)

    def do(self, work: Callable[[Office], Awaitable[T]], done: Callable[[T], object]) -> None:
        """Let it do something it has to wait for; ``done`` is called here, faults are told."""
        self.bridge.run(self.bridge.desk.do(work), done=done, failed=self.fail)

    def retranslate(self) -> None:
        """All words again, in the language spoken now."""
        self.back.say(_("Back"))
        self.title.setText(_(self._title_text))

    def repaint_icons(self) -> None:
        """After the theme changed."""
        self.back.repaint_icon()
