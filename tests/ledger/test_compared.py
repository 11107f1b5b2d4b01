from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import Session
from include.ledger.months import Frozen, FrozenDay, Months
from include.window import Window

ACCOUNT = "kontur_default"
DAY = dt.date(2026, 3, 5)
MARCH = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
NIGHT = dt.datetime(2026, 4, 2, 2)
NEXT = NIGHT + dt.timedelta(days=1)


def day(measure: str, depth: str, books: str, read_at: dt.datetime) -> DayRow:
    return DayRow(
        connection=ACCOUNT,
        day=DAY,
        measure=measure,
        depth=depth,
        shop=Decimal("100.00"),
        books=Decimal(books),
        differences={"edited": Decimal("100.00") - Decimal(books)},
        others=2,
        others_amount=Decimal("7.50"),
        run_id="run",
        read_at=read_at,
    )


def test_documents_by_the_newest_reading_and_money_by_the_newest_full_one(session: Session) -> None:
    table = ComparedDays(session)
    full = [day(measure, "full", "90.00", NIGHT) for measure in ("documents", "payments")]
    headers = [day(measure, "headers", "95.00", NEXT) for measure in ("documents", "payments", "refunds")]
    table.save([*full, *headers])
    assert table.of_window(ACCOUNT, MARCH) == [headers[0], full[1], headers[2]]
    assert table.of_window("kontur_other", MARCH) == []
    again = day("documents", "full", "99.00", NEXT + dt.timedelta(hours=1))
    table.save([again])
    assert table.of_window(ACCOUNT, MARCH)[0] == again


def test_the_last_reading_is_that_of_the_newest_day_of_the_account_that_is_furthest_behind(session: Session) -> None:
    table = ComparedDays(session)
    accounts = (ACCOUNT, "kontur_other")
    assert table.last_read(accounts) is None
    newest = day("documents", "headers", "100.00", NEXT)
    earlier = dataclasses.replace(newest, day=DAY - dt.timedelta(days=40), read_at=NEXT + dt.timedelta(days=9))
    table.save([newest, earlier])
    assert table.last_read([ACCOUNT]) == NEXT, "an older month was compared by hand since"
    assert table.last_read(accounts) is None, "the other account never was"
    table.save([dataclasses.replace(newest, connection="kontur_other", read_at=NIGHT)])
    assert table.last_read(accounts) == NIGHT, "the other account's nights have failed since"
    assert table.last_read([ACCOUNT]) == NEXT


def test_days_that_were_read_in_full(session: Session) -> None:
    table = ComparedDays(session)
    table.save([day("documents", "headers", "100.00", NEXT)])
    assert table.full_since(ACCOUNT, [DAY], NIGHT) == set()
    table.save([day("documents", "full", "100.00", NIGHT)])
    assert table.full_since(ACCOUNT, [DAY, DAY + dt.timedelta(days=1)], NIGHT) == {DAY}
    assert table.full_since(ACCOUNT, [DAY], NEXT) == set()
    assert table.full_since(ACCOUNT, [], NIGHT) == set()


def test_a_month_is_kept_as_it_was_agreed(session: Session) -> None:
    table = Months(session)
    assert table.get(ACCOUNT, MARCH.date_from) is None
    frozen = Frozen(days=(FrozenDay.of(day("documents", "full", "90.00", NIGHT)),), differences={3: "told"})
    table.agree(ACCOUNT, MARCH.date_from, "Анна", frozen)
    month = table.get(ACCOUNT, MARCH.date_from)
    assert month is not None
    assert (month.agreed_by, month.frozen) == ("Анна", frozen)
    assert table.get("kontur_other", MARCH.date_from) is None
