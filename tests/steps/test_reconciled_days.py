"""Which days a reconciliation compares."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include import settings
from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.differences import Differences
from include.ledger.migrate import migrate
from include.ledger.operations import Operations
from include.reconciliation.sides import Depth
from include.settings import Reconciliation, Settings
from include.steps.reconciliation.days import ComparisonRequest, NoDaysError, asked_for, days, each_day, month_of
from include.window import Window
from tests.ledger.test_differences import row

A_DAY = dt.timedelta(days=1)
RULES = settings.load().model_copy(update={"reconciliation": Reconciliation(days=10, month_day=1)})


def ranges(asked: ComparisonRequest, rules: Settings = RULES) -> list[tuple[str, dt.date, dt.date]]:
    return [
        (one["depth"], dt.date.fromisoformat(one["date_from"]), dt.date.fromisoformat(one["date_to"]))
        for one in days(asked, rules)
    ]


def today(session: Session) -> dt.date:
    return Operations(session).now().replace(tzinfo=dt.UTC).astimezone(RULES.shop.zone).date()


def read(session: Session, month: Window) -> None:
    """All of it was read in full a moment ago."""

    def on(day: dt.date) -> DayRow:
        return DayRow(
            connection="kontur_default",
            day=day,
            measure="documents",
            depth="full",
            shop=Decimal(0),
            books=Decimal(0),
            differences={},
            run_id="run",
            read_at=Operations(session).now(),
        )

    ComparedDays(session).save([on(day) for day in each_day(month)])


def test_a_night_looks_at_the_last_days_and_once_at_the_whole_month_before(ledger_database: LedgerDatabase) -> None:
    migrate(ledger_database)
    with ledger_database.open() as session:
        now = today(session)
        last = now.replace(day=1) - A_DAY
        month, first = Window(last.replace(day=1), last), max(now - 10 * A_DAY, now.replace(day=1))
        lists = [("headers", first, now - A_DAY)] if first < now else []
        assert ranges(ComparisonRequest()) == [*lists, ("full", month.date_from, month.date_to)]
        unsearchable = RULES.model_copy(
            update={"contract": RULES.contract.model_copy(update={"search_documents": False})}
        )
        assert {depth for depth, _, _ in ranges(ComparisonRequest(), unsearchable)} == {"ledger"}

        read(session, month)
        assert ranges(ComparisonRequest()) == [("headers", now - 10 * A_DAY, now - A_DAY)]
        old = dt.date(2025, 3, 5)
        Differences(session).see(
            [row(books_day=old + A_DAY), row("b", listed=False, told_by="full")], dt.datetime(2026, 1, 1)
        )
        recent = ("headers", now - 10 * A_DAY, now - A_DAY)
        march = ("headers", dt.date(2026, 3, 5), dt.date(2026, 3, 5))
        assert ranges(ComparisonRequest()) == [("headers", old + A_DAY, old + A_DAY), march, recent], (
            "where a difference stands"
        )
        assert ranges(ComparisonRequest(Window(old, old + A_DAY), Depth.FULL)) == [march, ("full", old, old + A_DAY)]


def test_days_that_hold_much_are_apart_and_what_is_not_over_is_left_out(ledger_database: LedgerDatabase) -> None:
    migrate(ledger_database)
    with ledger_database.open() as session:
        session.execute_many(
            "INSERT INTO local_kontur_bukh_operation (op_key, order_id, connection, kind, state, document_date,"
            " created_at, updated_at) VALUES (%s, %s, 'kontur_default', 'saleinvoice', 'done', %s, NOW(), NOW())",
            [(f"sale:{n}", n, dt.date(2026, 3, 1 + n // 1000)) for n in range(5000)],
        )
        now = today(session)
    march = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    # A thousand a day on the first five days: three days are three thousand documents.
    assert ranges(ComparisonRequest(march, Depth.FULL)) == [
        ("full", dt.date(2026, 3, 1), dt.date(2026, 3, 3)),
        ("full", dt.date(2026, 3, 4), dt.date(2026, 3, 31)),
    ]
    assert ranges(ComparisonRequest(march)) == [("headers", dt.date(2026, 3, 1), dt.date(2026, 3, 31))]
    assert ranges(ComparisonRequest(Window(now - A_DAY, now + 5 * A_DAY))) == [("headers", now - A_DAY, now - A_DAY)]
    with pytest.raises(NoDaysError):
        days(ComparisonRequest(Window(now, now)), RULES)


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({}, ComparisonRequest()),
        ({"month": "2026-02"}, ComparisonRequest(Window(dt.date(2026, 2, 1), dt.date(2026, 2, 28)), Depth.FULL)),
        ({"month": "2026-12", "depth": "headers"}, ComparisonRequest(month_of("2026-12"), Depth.HEADERS)),
        ({"date_from": "2026-03-05"}, ComparisonRequest(Window(dt.date(2026, 3, 5), dt.date(2026, 3, 5)))),
        ({"depth": "full"}, ComparisonRequest(depth=Depth.FULL)),
    ],
)
def test_the_form(params: dict[str, str], asked: ComparisonRequest) -> None:
    assert asked_for(params) == asked


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"month": "2026-13"}, "reconcile_no_month"),
        ({"month": "9999-12"}, "reconcile_no_month"),
        ({"month": "2026-1"}, "reconcile_no_month"),
        ({"month": "2026-03", "date_from": "2026-03-01"}, "reconcile_month_or_days"),
        ({"date_from": "2026-03-32"}, "reconcile_no_day"),
        ({"date_from": "2026-03-05", "date_to": "2026-03-04"}, "window_reversed"),
    ],
)
def test_a_form_that_makes_no_days(params: dict[str, str], code: str) -> None:
    with pytest.raises(NoDaysError) as refused:
        asked_for(params)
    assert refused.value.said is not None
    assert refused.value.said.code == code
