"""The life of a difference: seen, told, asked about, decided, gone, seen again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

from include.facts import said
from include.ledger.connection import Session
from include.ledger.differences import Comparison, DifferenceRow, Differences
from include.window import Window

ACCOUNT = "kontur_default"
MARCH = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
APRIL = Window(dt.date(2026, 4, 1), dt.date(2026, 4, 30))
FIRST = dt.datetime(2026, 4, 10, 2)
SECOND, THIRD = FIRST + dt.timedelta(days=1), FIRST + dt.timedelta(days=2)


def row(name: str = "a", **fields: Any) -> DifferenceRow:
    """A document that was edited: 1000 in the shop, 999 in Kontur, both of 5 March; told by lists."""
    given: dict[str, Any] = {
        "connection": ACCOUNT,
        "name": name.rjust(64, "0"),
        "code": "edited",
        "measure": "documents",
        "said": said("difference_edited", changes="999"),
        "order_id": 7,
        "number": "A-7",
        "key": "sale:7",
        "shop_day": dt.date(2026, 3, 5),
        "shop_amount": Decimal("1000.00"),
        "books_day": dt.date(2026, 3, 5),
        "books_amount": Decimal("999.00"),
        "told_by": "headers",
        "listed": True,
        "run_id": "run",
    }
    return DifferenceRow(**(given | fields))


def lists(since: dt.datetime, *windows: Window) -> list[Comparison]:
    return [Comparison(window, since, is_full=False) for window in windows]


def only(session: Session) -> DifferenceRow:
    (found,) = Differences(session).of_window(ACCOUNT, MARCH)
    return found


def test_first_and_last_seen(session: Session) -> None:
    table = Differences(session)
    table.see([row(run_id="one")], FIRST)
    table.see([row(run_id="two")], SECOND)
    seen = only(session)
    assert (seen.first_seen, seen.last_seen, seen.gone_at, seen.run_id) == (FIRST, SECOND, None, "two")
    assert seen.is_open
    assert dataclasses.replace(seen, id=None, first_seen=None, last_seen=None, run_id="run") == row()


def test_gone_when_its_days_were_compared_and_it_was_not_seen(session: Session) -> None:
    table = Differences(session)
    moved = row(books_day=dt.date(2026, 4, 1), code="moved")
    table.see([moved], FIRST)
    assert table.close(ACCOUNT, lists(FIRST, MARCH, APRIL)) == 0, "seen by this comparison"
    assert table.close(ACCOUNT, lists(SECOND, MARCH)) == 0, "its other day was not looked at"
    assert table.close("kontur_other", lists(SECOND, MARCH, APRIL)) == 0
    assert table.close(ACCOUNT, lists(SECOND, MARCH, APRIL)) == 1
    assert only(session).gone_at is not None
    assert not only(session).is_open
    assert table.standing(ACCOUNT) == []
    table.see([moved], THIRD)
    assert (only(session).first_seen, only(session).gone_at) == (THIRD, None)


def test_one_that_another_range_of_the_run_has_seen_is_not_gone(session: Session) -> None:
    table = Differences(session)
    table.see([row(books_day=dt.date(2026, 4, 1), code="moved")], FIRST)
    later = [*lists(FIRST, MARCH), *lists(SECOND, APRIL)]
    assert table.close(ACCOUNT, later) == 0, "seen when March was compared"
    assert table.close(ACCOUNT, [*lists(SECOND, MARCH), *lists(THIRD, APRIL)]) == 1


def test_what_only_a_full_reading_shows_only_a_full_reading_closes(session: Session) -> None:
    table = Differences(session)
    table.see([row(told_by="full", listed=False)], FIRST)
    assert table.close(ACCOUNT, lists(SECOND, MARCH)) == 0
    assert table.close(ACCOUNT, [Comparison(MARCH, SECOND, is_full=True)]) == 1


def test_lists_do_not_forget_what_documents_told(session: Session) -> None:
    table = Differences(session)
    lines = said("difference_edited", changes="line")
    table.see([row(told_by="full", listed=False, said=lines)], FIRST)
    table.see([row()], SECOND)
    seen = only(session)
    assert (seen.said, seen.told_by, seen.listed) == (lines, "full", False)
    table.see([row(books_amount=Decimal("998.00"))], THIRD)
    assert (only(session).said, only(session).told_by, only(session).listed) == (row().said, "headers", False)


def test_a_decision_is_about_what_was_told(session: Session) -> None:
    table = Differences(session)
    table.see([row()], FIRST)
    assert table.decide(only(session), "Анна", "так и надо")
    decided = only(session)
    assert (decided.is_decided, decided.is_open) == (True, False)
    assert (decided.decided_by, decided.decided_why) == ("Анна", "так и надо")
    assert table.open_days(ACCOUNT) == []
    table.see([row()], SECOND)
    assert only(session).is_decided
    table.see([row(books_amount=Decimal("1.00"))], THIRD)
    assert table.open_days(ACCOUNT) == [only(session).days]
    assert not only(session).is_decided
    assert not table.decide(decided, "Анна", "again"), "it tells something else by now"
    assert only(session).is_open


def test_a_decision_is_taken_back_as_it_was_seen(session: Session) -> None:
    table = Differences(session)
    table.see([row()], FIRST)
    assert table.decide(only(session), "Анна", "так и надо")
    first = only(session)
    assert table.reopen(first)
    assert (only(session).is_open, only(session).decided_by) == (True, None)
    assert not table.reopen(first), "somebody was quicker"
    assert table.decide(only(session), "Борис", "так и надо")
    assert not table.reopen(first), "it is another decision by now"
    assert not only(session).is_open


def test_what_was_posted_after_it_was_missed_is_told(session: Session) -> None:
    """sale:7 lacks in the books since the first look; of sale:8 the books have something, sale:9 was never posted."""
    table, lacks = Differences(session), {"code": "not_posted", "books_day": None, "books_amount": None}
    table.see([row("a", **lacks), row("b", key="sale:8"), row("c", key="sale:9", **lacks)], SECOND)
    for key, state, done_at in (("sale:7", "done", SECOND), ("sale:8", "done", THIRD), ("sale:9", "review", None)):
        session.execute(
            "INSERT INTO local_kontur_bukh_operation (op_key, order_id, connection, kind, state, done_at, created_at,"
            " updated_at) VALUES (%s, 7, %s, 'saleinvoice', %s, %s, %s, %s)",
            [key, ACCOUNT, state, done_at, FIRST, FIRST],
        )
    rows = table.standing(ACCOUNT)
    assert table.posted_since(rows) == {}
    session.execute("UPDATE local_kontur_bukh_operation SET done_at = %s WHERE op_key = 'sale:7'", [THIRD])
    assert table.posted_since(rows) == {next(one.id for one in rows if one.key == "sale:7"): THIRD}


def test_nobody_is_asked_twice_about_one_kind(session: Session) -> None:
    table = Differences(session)
    table.see([row()], FIRST)
    table.mark_asked([only(session)], "run")
    assert (only(session).asked_code, only(session).asked_run) == ("edited", "run")
    table.see([row(code="vanished")], SECOND)
    assert only(session).asked_code != only(session).code
    table.close(ACCOUNT, lists(THIRD, MARCH))
    assert only(session).asked_code is None


def test_orders_that_no_run_has_looked_at(session: Session) -> None:
    table = Differences(session)
    table.see([row("a", code="unseen", order_id=9), row("b", code="unseen", order_id=8), row("c")], FIRST)
    assert table.unseen_orders() == [8, 9]
    table.close(ACCOUNT, lists(SECOND, MARCH))
    assert table.unseen_orders() == []


def test_notes_need_nobody(session: Session) -> None:
    Differences(session).see([row(noted=True, shop_day=None, books_day=None)], FIRST)
    assert not only(session).is_open
