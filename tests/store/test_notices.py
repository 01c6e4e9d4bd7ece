"""Stored notices: what is written, and what is not written again."""

from __future__ import annotations

from pos.store import journal
from pos.store.database import Database
from pos.store.notices import NoticeStore
from pos.store.payments import PaymentStore
from tests.support.rows import wrong
from tests.support.shop import StoppedClock, attempt

A = "261120AAAAAAAAAAAAAA"


def test_an_answer_is_written_once_and_only_if_a_late_notice_waits_for_it() -> None:
    database, clock = Database(":memory:"), StoppedClock()
    PaymentStore(database, "R1", clock).create(attempt(A))
    notices = NoticeStore(database, "R1", clock)
    notices.answered(A)
    notices.add("mypay", A, A, "paid", None, unanswered=True)
    assert notices.unanswered() == [A]
    for _time in range(2):
        notices.answered(A)
    assert notices.unanswered() == []
    assert [row.kind for row in journal.entries(database)] == ["created", "notice", "notice_answered"]
    assert wrong(database) == []
    database.close()
