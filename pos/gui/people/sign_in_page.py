"""Signing in: one touch on a name, then the PIN. What is in flight stays in sight, without order numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from pos.domain.events import AttemptChanged, Fact
from pos.domain.pin_rules import locked_out
from pos.domain.staff import Person
from pos.domain.states import State
from pos.errors import PosError
from pos.gui.big_tile import BigTile
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.page import Page
from pos.gui.people.pin_pad import PinPad, Refusal
from pos.gui.people.words import role_word, time_locked
from pos.gui.sale.waiting_list import WaitingList
from pos.gui.tender_words import tender_word
from pos.gui.widgets import Band, Card, Elided, Palette, label
from pos.gui.words import LOOKS, state_word
from pos.i18n import N_, _

if TYPE_CHECKING:
    from pos.domain.payment import Attempt
    from pos.gui.session_lock import SessionLock

COLUMNS: Final = 3
SETTLED: Final = 50
"""Milliseconds after which new tiles are laid out."""
STEPS: Final = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -COLUMNS, Qt.Key.Key_Down: COLUMNS,
}  # fmt: skip
ARRIVED: Final = frozenset({State.CAPTURED, State.REVIEW})


class PersonTile(BigTile):
    """One of the people; the one who signs in is marked."""

    def __init__(self, page: SignInPage, place: int) -> None:
        super().__init__(f"signInPerson{place}", "person", lambda: page.choose(place), 80)
        self.setCheckable(True)

    def nextCheckState(self) -> None:
        """The page says which one is marked."""


class SignInPage(Page):
    """While the register is locked it cannot be left but by a right PIN."""

    types_digits = True  # for :mod:`pos.gui.num_lock`

    def __init__(self, till: Till, bridge: Bridge, lock: SessionLock) -> None:
        super().__init__(till, bridge, "signIn", N_("Who is at the register?"))
        self._lock = lock
        self._people: Sequence[Person] = ()
        self._tiles: list[PersonTile] = []
        self._place = 0
        self._arrived: Attempt | None = None
        self._about = label("soft", "signInAbout", wrap=True)
        self._grid = QGridLayout()
        self._in_sight = QTimer(self)
        self._in_sight.setSingleShot(True)
        self._in_sight.setInterval(SETTLED)
        self._news = Band("signInNews")
        self._news.setMinimumHeight(48)
        self._waiting = WaitingList("signInWaiting")
        self._waiting.build_deferred()
        self._name = Elided("title", "signInName")
        self._role = label("soft", "signInRole")
        self._says = Refusal("signInSays")
        self.pad = PinPad("signIn")
        self.pad.typed.connect(self._on_pin)
        self._lay_out()
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _lay_out(self) -> None:
        self.top.insertWidget(2, self._about, 1)
        left = vbox((self._people_room(), 1), self._news, self._waiting)
        card = self._pad_card()
        whole = hbox((left, 1), card, spacing=16)
        whole.setAlignment(card, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(whole, 1)

    def _people_room(self) -> QScrollArea:
        inside = QWidget()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        vbox(self._grid, STRETCH, into=inside, spacing=8)
        scroll = QScrollArea()
        scroll.setObjectName("signInPeople")
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        show = partial(self._show_chosen, scroll)
        self._in_sight.timeout.connect(show)
        scroll.verticalScrollBar().rangeChanged.connect(show)  # a slow machine lays the tiles out later
        return scroll

    def _show_chosen(self, scroll: QScrollArea, *_range: int) -> None:
        if self._place < len(self._tiles):
            scroll.ensureWidgetVisible(self._tiles[self._place], 0, 8)

    def _pad_card(self) -> Card:
        card = Card("signInCard", "card")
        card.setFixedWidth(360)
        margins = 16, 24 if Palette.training else 16, 16, 16
        vbox(self._name, self._role, self._says, self.pad, into=card, margins=margins)
        return card

    # -- who --------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with the people who may sign in and the waiting payments."""
        self.pad.clear()
        self._says.clear()
        self._arrived = None
        self.retranslate()
        self.call(self.services.staff.people).then(self._know)
        self.bridge.call(self.bridge.services.payments.waiting).then(self._waiting.reset, self.fail)
        self.pad.setFocus()

    def _know(self, people: Sequence[Person]) -> None:
        self._people = people
        for tile in self._tiles:
            tile.deleteLater()
        self._tiles = [PersonTile(self, place) for place in range(len(people))]
        for place, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, place // COLUMNS, place % COLUMNS)
            self.setTabOrder(self._tiles[place - 1] if place else self.back, tile)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self._show_people()
        last = [place for place, one in enumerate(people) if one.id == self._lock.last]
        self.choose(last[0] if last else 0)

    def choose(self, place: int) -> None:
        """Whose PIN is typed next."""
        if not 0 <= place < len(self._people):
            return
        if place != self._place:
            self.pad.clear()
        self._place = place
        for number, tile in enumerate(self._tiles):
            tile.setChecked(number == place)
        self._in_sight.start()
        self._show_person()
        left = time_locked(self._people[place])
        if left > timedelta():
            self._says.refuse(locked_out(left))
        else:
            self._says.clear()
        self.pad.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()), 0)
        if step:
            self.choose(self._place + step)
        elif event.text() and event.text() in "0123456789":
            self.pad.type(event.text())
        else:
            super().keyPressEvent(event)

    def escape(self) -> bool:
        """The PIN first; a locked register stays locked."""
        return self.pad.clear() or self._lock.locked

    # -- the PIN ----------------------------------------------------------------------------------------------

    def _on_pin(self, pin: str) -> None:
        if not self._people:
            return
        person = self._people[self._place].id
        work = self.bridge.call(self.bridge.services.staff.sign_in, person, pin)
        work.then(lambda _person: self._says.clear(), lambda error: self._refuse(person, error))

    def _refuse(self, person: str, error: PosError) -> None:
        self.call(self.services.staff.people).then(self._know_locks)
        if self._people and self._people[self._place].id == person:
            self._says.refuse(error)
            self.pad.setFocus()
        if error.detail:
            self.fail(error)

    def _know_locks(self, people: Sequence[Person]) -> None:
        """The same people, some of them locked out meanwhile: their tiles stay where they are."""
        if [one.id for one in people] == [one.id for one in self._people]:
            self._people = people
            self._show_people()

    # -- what goes on -----------------------------------------------------------------------------------------

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, AttemptChanged):
            self._waiting.changed(fact.attempt)
            if fact.attempt.state in ARRIVED and self.isVisible():
                self._arrived = fact.attempt
                self._show_news()

    def _show_news(self) -> None:
        if self._arrived is None:
            self._news.say("")
            return
        look, attempt = LOOKS[self._arrived.state], self._arrived
        words = f"{attempt.shown_amount.display} · {tender_word(attempt.tender)} · {state_word(attempt.state)}"
        self._news.say(words, look.tone, look.icon)

    # -- looks ------------------------------------------------------------------------------------------------

    def _show_people(self) -> None:
        for tile, person in zip(self._tiles, self._people, strict=True):
            locked = time_locked(person) > timedelta()
            tile.show_texts(person.name, role_word(person.role), _("Locked") if locked else "",
                      "lock" if locked else "", "bad")  # fmt: skip

    def _show_person(self) -> None:
        known = self._people[self._place] if self._place < len(self._people) else None
        self._name.setText(known.name if known else "")
        self._role.setText(role_word(known.role) if known else "")

    def retranslate(self) -> None:
        super().retranslate()
        self.back.setVisible(not self._lock.locked)
        locked = _("Locked. Waiting payments are still checked, and a sound plays when one is paid.")
        self._about.setText(locked if self._lock.locked else _("The current sale is kept."))
        self._show_people()
        self._show_person()
        self._show_news()

    def repaint_icons(self) -> None:
        self.retranslate()
