"""The month's workbook: ``python -m include.steps.month_report 2026-09 [--format html]``, or ``make report``.

One file for each Kontur account, into ``report.folder``. Nothing is posted, and nothing is written but the files.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime as dt
import functools
import logging
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import pydantic
from airflow.sdk import ObjectStoragePath
from kontur_hook.errors import KonturError

from include import settings as settings_module
from include.bitrix.check_vat import receipts_leave_delivery_untaxed
from include.bitrix.orders import read_orders
from include.bitrix.receipts import Printed, printed
from include.bitrix.selection import paid_before, select_orders
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import ShopDatabase, snapshot
from include.books.accounts import accounts
from include.errors import HouseError
from include.facts import Count, Said, said
from include.ledger.chunks import parts
from include.ledger.closings import NOTHING_CLOSED, Closed, Closings
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.days import Days, selecting
from include.ledger.migrate import migrate
from include.ledger.operation import OperationRow
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from include.ledger.periods import Periods, closed_until, in_force
from include.ledger.turnover import Posted, Turnover
from include.moments import local
from include.posting.withheld import without_what_was_settled_by_hand
from include.reconciliation.difference import Measure
from include.report import files
from include.report.collecting import Rows, Terms
from include.report.month import Closing, Cover, Month, ReceiptsDay, Sum
from include.report.rows import Decision
from include.report.sheets import sheets
from include.report.story import Story
from include.settings import Settings
from include.steps import language as spoken
from include.steps.known import elsewhere, taken_over, with_taken_over
from include.steps.month_books import seen
from include.steps.planning import Planner
from include.steps.reconciliation.days import month_of
from include.window import Window
from include.words import Language, speak, text
from include.words.terminal import language

log = logging.getLogger(__name__)

_RUN_ID = "month-report"
_MEASURES = {"payment": Measure.PAYMENTS, "refund": Measure.REFUNDS}


class Written(NamedTuple):
    """A workbook."""

    path: str
    sha256: str
    """Of the file."""
    month: Month


def month_report(settings: Settings, window: Window, format_: files.Format) -> list[Written]:
    """Write the workbook of each account.

    Raises:
        BitrixError, LedgerError, KonturConfigurationError: shop, ledger or settings do not work; do it again later.
        OSError: the folder cannot be written to.
    """
    words = spoken.language(settings)
    folder = ObjectStoragePath(settings.report.folder)
    with tempfile.TemporaryDirectory() as scratch:
        found = made(settings, window, format_, pathlib.Path(scratch), words)
        folder.mkdir(parents=True, exist_ok=True)
        return [one._replace(path=_stored(pathlib.Path(one.path), folder)) for one in found]


def made(
    settings: Settings, window: Window, format_: files.Format, folder: pathlib.Path, words: Language
) -> list[Written]:
    """The workbook of each account, in a folder of this machine.

    Raises:
        BitrixError, LedgerError, KonturConfigurationError: as :func:`month_report`.
    """
    found = []
    for connection, month in months(settings, window).items():
        path = folder / f"{window.date_from:%Y-%m}-{connection}.{format_}"
        found.append(Written(str(path), files.write(path, sheets(month), words, format_), month))
    return found


def _stored(file: pathlib.Path, folder: ObjectStoragePath) -> str:
    """Where it is now."""
    target = folder / file.name
    with file.open("rb") as source, target.open("wb") as copy:  # type: ignore[no-untyped-call]
        shutil.copyfileobj(source, copy)
    return str(target)


def months(settings: Settings, window: Window) -> dict[str, Month]:
    """Connection -> its month, as shop and ledger have it now."""
    database = LedgerDatabase()
    migrate(database)
    of_accounts = accounts(settings)
    with database.open() as session:
        rows = _collected(session, settings, window)
        with snapshot() as shop_db:
            receipts = printed(shop_db, window)
            delivery_is_untaxed = receipts_leave_delivery_untaxed(shop_db, read_shop(shop_db))
        posted = Turnover(session).posted(window)
        found = {}
        for connection, account in of_accounts.items():
            books = seen(session, connection, window, settings.shop.zone)
            cover = _cover(session, settings, window, connection, account.hook.connection_settings.account)
            found[connection] = Month(
                cover=dataclasses.replace(cover, agreed=books.agreed),
                rows=rows.get(connection) or Rows(_terms(settings, window)),
                ledger=_sums(posted, connection),
                seen=books.days,
                differences=books.differences,
                changes=books.changes,
                receipts=_receipts(receipts, connection, settings),
                delivery_is_untaxed=delivery_is_untaxed,
            )
    for month in found.values():
        month.sort()
    return found


def _terms(settings: Settings, window: Window) -> Terms:
    accounting = settings.accounting
    return Terms(window=window, retail_name=accounting.retail_name, delivery_name=accounting.delivery_name)


def _collected(session: Session, settings: Settings, window: Window) -> dict[str, Rows]:
    """Connection -> its rows; the orders are read part by part, and let go of."""
    rows: dict[str, Rows] = collections.defaultdict(lambda: Rows(_terms(settings, window)))
    with snapshot() as shop_db:
        chosen = {*select_orders(shop_db, window, settings).order_ids, *paid_before(shop_db, window, settings)}
    ids = sorted({*chosen, *Turnover(session).orders(window), *Orders(session).asked_about()})
    for part in parts(ids):
        with snapshot() as shop_db:
            for connection, story in _stories(shop_db, session, settings, part):
                rows[connection].add(story)
    return rows


def _stories(
    shop_db: ShopDatabase, session: Session, settings: Settings, ids: Sequence[int]
) -> Iterator[tuple[str, Story]]:
    operations, table = Operations(session), Orders(session)
    orders = {
        order.id: order
        for order in read_orders(shop_db, ids)
        if settings.shop.connection_of(order.lid, order.company_id) is not None
    }
    known = operations.of_orders(ids)
    with_taken_over(known, taken_over(table, orders, settings))
    moved = elsewhere(operations, orders)
    planner = Planner(read_shop(shop_db), settings, _RUN_ID, operations.now(), in_force(session, settings))
    closings = Closings(session).of_orders(list(orders))
    for id_, order in orders.items():
        all_known = [*known[id_], *moved[id_]]
        closed = closings.get(id_, NOTHING_CLOSED)
        story = Story(
            order_id=id_,
            number=order.number,
            plan=without_what_was_settled_by_hand(planner.plan(order, all_known), known[id_], closed),
            received=planner.received(order, all_known),
            kept=known[id_],
            closed=_decisions(closed, settings.shop.zone),
            unshipped=functools.partial(planner.as_if_shipped, order),
            left_out=functools.partial(planner.would_be_left_out, order),
        )
        yield _connection(known[id_]) or settings.shop.connection_of(order.lid, order.company_id) or "", story
    numbers = {row.order_id: row.number for row in table.read([id_ for id_ in ids if id_ not in orders])}
    for id_ in (id_ for id_ in ids if id_ not in orders):
        connection = _connection(known[id_])
        if connection is not None:
            yield connection, Story(order_id=id_, number=numbers.get(id_) or str(id_), plan=None, kept=known[id_])


def _decisions(closed: Closed, zone: dt.tzinfo) -> dict[Said, Decision]:
    return {what: Decision(one.who, local(one.at, zone), one.why) for what, one in closed.findings.items()}


def _connection(known: Sequence[OperationRow]) -> str | None:
    """Where the order's document is, whatever its site is mapped to by now."""
    return next((row.connection for row in known if row.begun), None)


def _cover(session: Session, settings: Settings, window: Window, connection: str, account: str) -> Cover:
    now = local(Operations(session).now(), settings.shop.zone)
    first = max(window.date_from, settings.accounting.go_live or window.date_from)
    last = min(window.date_to, now.date() - dt.timedelta(days=1))
    uncovered = Days(session).uncovered(selecting(settings), first, last) if first <= last else []
    return Cover(
        account=account,
        connection=connection,
        computed_at=now.replace(microsecond=0),
        settings=tuple(_shaping(settings)),
        days=max((last - first).days + 1, 0),
        uncovered=tuple(uncovered),
        closed=_closed(session, settings, window, connection),
    )


def _closed(session: Session, settings: Settings, window: Window, connection: str) -> Closing | None:
    period = Periods(session).of(connection)
    until = closed_until(settings, period)
    if until is None or until < window.date_from:
        return None
    if period.at is None or period.until != until:
        return Closing(until, by=None)
    return Closing(until, Decision(period.who, local(period.at, settings.shop.zone), period.why))


def _shaping(settings: Settings) -> Iterator[tuple[str, str | bool]]:
    """Keys and values of what decides on the figures."""
    for section, keys in (("shop", settings.shop), ("accounting", settings.accounting)):
        for key in type(keys).model_fields:
            value = getattr(keys, key)
            yield f"{section}.{key}", value if isinstance(value, bool) else _written(value)


def _written(value: object) -> str:
    """As a person would write it down."""
    match value:
        case Mapping():
            return ", ".join(f"{_written(key)}: {_written(inner) or '—'}" for key, inner in value.items())
        case set() | frozenset():
            return ", ".join(sorted(map(_written, value)))
        case list() | tuple():
            return ", ".join(map(_written, value))
        case pydantic.BaseModel():
            return _written(value.model_dump())
        case Decimal():
            return f"{value:f}"
        case dt.date():
            return f"{value:%d.%m.%Y}"
        case None:
            return ""
        case _:
            return str(value)


def _sums(posted: Sequence[Posted], connection: str) -> dict[Measure, Sum]:
    found = dict.fromkeys(Measure, Sum(0, Decimal(0)))
    for one in posted:
        if one.connection == connection:
            measure = _MEASURES.get(one.kind, Measure.DOCUMENTS)
            before = found[measure]
            found[measure] = Sum(before.operations + one.operations, before.amount + one.amount)
    return found


def _receipts(receipts: Sequence[Printed], connection: str, settings: Settings) -> tuple[ReceiptsDay, ...]:
    days: Mapping[dt.date, list[Decimal]] = collections.defaultdict(lambda: [Decimal(0), Decimal(0)])
    for one in receipts:
        if settings.shop.connection_of(one.site, one.company_id) == connection:
            days[one.day][0] += one.income
            days[one.day][1] += one.returns
    return tuple(ReceiptsDay(day, *amounts) for day, amounts in sorted(days.items()))


def main(given: Sequence[str]) -> int:
    """The command line; 1 if nothing was written."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)  # Airflow has set handlers of its own
    parser = argparse.ArgumentParser(description="Write the month's workbook, one file for each Kontur account.")
    parser.add_argument("month", metavar="YYYY-MM")
    parser.add_argument("--format", type=files.Format, default=files.Format.XLSX, choices=list(files.Format))
    arguments = parser.parse_args(given)
    speak(language())
    try:
        written = month_report(settings_module.load(), month_of(arguments.month), arguments.format)
    except (HouseError, KonturError) as error:
        log.error("%s", error)  # noqa: TRY400 - for a person, who reads no traceback
        return 1
    for one in written:
        rows = one.month.rows
        told = said(
            "month_report_written",
            file=one.path,
            documents=Count(len(rows.documents), "document"),
            amount=one.month.ledger[Measure.DOCUMENTS].amount,
            sha256=one.sha256,
        )
        log.info("%s", text(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
