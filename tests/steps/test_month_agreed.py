"""What became of an agreed month since, on its workbook's sheet."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from decimal import Decimal

from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from include.ledger.months import Frozen, FrozenDay, Months
from include.steps.month_books import seen
from include.steps.reconciliation.deciding import since_agreed
from include.window import Window

SEP = Window(dt.date(2026, 9, 1), dt.date(2026, 9, 30))


def test_a_sale_that_was_typed_into_an_agreed_month_is_told(ledger_database: LedgerDatabase) -> None:
    migrate(ledger_database)
    row = DayRow(
        connection="kontur_default",
        day=dt.date(2026, 9, 5),
        measure="documents",
        depth="full",
        shop=Decimal(1000),
        books=Decimal(1000),
        differences={},
        run_id="r1",
        read_at=dt.datetime(2026, 10, 2),
    )
    later = dataclasses.replace(
        row, others=1, others_amount=Decimal(70000), run_id="r2", read_at=dt.datetime(2026, 10, 9)
    )
    with ledger_database.open() as session:
        ComparedDays(session).save([row])
        Months(session).agree("kontur_default", SEP.date_from, "Анна", Frozen(days=(FrozenDay.of(row),)))
        ComparedDays(session).save([later])
        since = since_agreed(session, "kontur_default", SEP)
        assert since is not None
        assert len(since.days) == 1, "the page says so as well"
        found = seen(session, "kontur_default", SEP, zoneinfo.ZoneInfo("Europe/Moscow"))
    assert [day.others_amount for day in found.days] == [70000]
    assert len(found.changes) == 1  # the workbook: ()
