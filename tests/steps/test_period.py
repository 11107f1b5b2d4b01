"""A period that people close: nothing is posted into it by whatever run, until somebody opens it again."""

from __future__ import annotations

import concurrent.futures
import datetime as dt
from decimal import Decimal

import pytest
from MySQLdb.connections import Connection

from include.ledger.days import Days, selecting
from include.ledger.periods import Periods
from include.posting.closing import About
from include.posting.deciding import DecisionError
from include.posting.period import PeriodDeclaration
from include.settings import Accounting, Settings
from include.steps import month as command
from include.steps.load import load
from include.steps.month_report import months
from include.steps.period import declare
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY, LATER = dt.date(2026, 3, 17), dt.date(2026, 4, 2)
OCTOBER, MUCH_LATER = dt.date(2025, 10, 3), dt.date(2025, 11, 12)
BY = ["--who", "Анна", "--why", "квартал сдан"]


def say(*words: str) -> int:
    return command.main([*words, *BY])


def told(nights: Nights) -> list[tuple[object, ...]]:
    with nights.ledger.open() as session:
        return session.rows(
            "SELECT who, kind, state_before, state_after FROM local_kontur_bukh_action"
            " WHERE turn IS NOT NULL ORDER BY turn"
        )


def cover(nights: Nights) -> tuple[dt.date, str, str] | None:
    """What the workbook of March says of its closing."""
    month = months(nights.rules, Window(DAY.replace(day=1), DAY.replace(day=31)))["kontur_default"]
    closed = month.cover.closed
    return None if closed is None or closed.by is None else (closed.until, closed.by.who, closed.by.why)


def test_a_closed_period_is_not_posted_into_until_it_is_open_again(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    """An order of March that turns up after March was closed waits for a person; opened again, it is posted."""
    march, april = (make_case(shop, "paid_and_shipped_in_a_day", at=day) for day in (DAY, LATER))
    nights.window(DAY, DAY)
    assert say("close", "2026-03") == 0
    kept = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    nights.window(DAY, LATER)
    assert cover(nights) == (dt.date(2026, 3, 31), "Анна", "квартал сдан")
    assert nights.states(kept.order_id) == {}
    assert (nights.sync_row(kept.order_id) or ())[0] == "error"
    assert [d["number"] for d in kontur.books.documents()] == [march.number, april.number]
    assert kept.order_id not in nights.window(DAY, LATER)["order_ids"], "nothing has changed"

    assert say("reopen", "2026-03") == 0
    assert cover(nights) is None
    assert kept.order_id in nights.window(DAY, LATER)["order_ids"]
    assert (nights.sync_row(kept.order_id) or ())[0] == "synced"
    assert told(nights) == [
        ("Анна", "period_closed", None, "2026-03-31"),
        ("Анна", "period_reopened", "2026-03-31", "2026-02-28"),
    ]


def test_what_was_only_noted_comes_by_itself_once_its_period_is_open_again(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    """An advance of September, 1,000 by transfer; shipped in October, and 200 in cash on that day."""
    nights.rules = Settings(accounting=Accounting(go_live=dt.date(2025, 9, 25)))
    assert say("close", "2025-09") == 0
    make_case(shop, "paid_in_a_closed_month", at=OCTOBER)
    assert [nights.night(day)["days_uncovered"] for day in (OCTOBER, MUCH_LATER)] == [0, 0]
    assert sorted(row["amount"] for row in kontur.books.payments()) == [Decimal(200)]

    with nights.ledger.open() as session:
        before = Days(session).last_look()
    assert say("reopen", "2025-09") == 0
    with nights.ledger.open() as session:
        days = Days(session)
        assert days.last_look() == before, "nobody has looked since"
        assert before is not None
        # A run that has read the shop before cannot say that it was looked at.
        days.cover([OCTOBER], selecting(nights.rules), before.read_at, "older")
    assert nights.night(MUCH_LATER + dt.timedelta(days=1))["days_uncovered"] == 0
    assert sorted(row["amount"] for row in kontur.books.payments()) == [Decimal(200), Decimal(1000)]


def test_what_a_run_has_planned_already_keeps_to_it(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    nights.plan([order.order_id])
    assert say("close", "2026-03", "--until", "2026-03-17") == 0
    load([order.order_id], nights.rules, "run")
    assert kontur.books.documents() == []
    assert nights.states(order.order_id)[f"sale:{order.order_id}"] == "rejected"


def test_what_cannot_be_said_changes_nothing(nights: Nights, caplog: pytest.LogCaptureFixture) -> None:
    assert say("reopen", "2026-03") == 1
    assert say("close", "2099-01") == 1
    assert told(nights) == []
    assert "31.01.2099" in caplog.text


def test_of_two_at_once_one_closes_it(nights: Nights) -> None:
    """Both have the same page before them."""

    def close(who: str) -> str:
        declared = PeriodDeclaration(
            connection="kontur_default", about=About.CLOSE, day=DAY, seen=0, who=who, why="сдано"
        )
        try:
            declare(nights.rules, declared)
        except DecisionError as error:
            return str(dict(error.said.facts)["who"])
        return ""

    with concurrent.futures.ThreadPoolExecutor(4) as together:
        outcomes = list(together.map(close, ("Анна", "Борис", "Вера", "Глеб")))
    with nights.ledger.open() as session:
        period = Periods(session).of("kontur_default")
    assert (period.turn, period.until) == (1, DAY)
    assert sorted(outcomes) == sorted(["", *[period.who] * 3])
