"""compare: the days of one Kontur account, from all three sides; what was found goes into the ledger."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

from include.accounting.marker import find_marker
from include.bitrix.selection import select_orders
from include.bitrix.snapshot import snapshot
from include.books.accounts import Account, accounts
from include.books.ours import kinds_in_use
from include.books.reading import listed, read_documents
from include.books.standing import Read, Standing
from include.ledger.compared import ComparedDays
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.differences import DifferenceRow, Differences
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.moments import local
from include.reconciliation.batches import Carried, claim, conclude, reconcile, to_read
from include.reconciliation.difference import Difference
from include.reconciliation.sides import Depth, Scope, Sides
from include.reconciliation.stored import day_rows, difference_row
from include.reconciliation.strays import NEAR, Strays, plain_number
from include.reconciliation.units import days_elsewhere
from include.settings import Settings
from include.steps.reconciliation.merged import Merged
from include.steps.reconciliation.sides import TwoSides, in_books, two_sides, with_reads
from include.window import Window


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """What one mapped instance compares."""

    connection: str
    window: Window
    depth: Depth

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Range:
        """From XCom."""
        days = (dt.date.fromisoformat(asked[end]) for end in ("date_from", "date_to"))
        return cls(asked["connection"], Window(*days), Depth(asked["depth"]))

    @property
    def xcom(self) -> dict[str, str]:
        """For XCom."""
        return {
            "connection": self.connection,
            "date_from": self.window.date_from.isoformat(),
            "date_to": self.window.date_to.isoformat(),
            "depth": self.depth.value,
        }


def compare(asked: Range, settings: Settings, run_id: str) -> dict[str, Any]:
    """Compare, and put down differences and the days' figures; nothing is called gone yet.

    Kontur's lists are read first: what is posted meanwhile, the ledger knows by the time it is read, and a document
    that it knows and no list has shown is read by its id. So a list that stands still makes nothing vanish.

    Returns:
        What :attr:`Range.xcom` has, and ``since`` (when it began, UTC), ``orders``, ``listed`` (documents that lists
        showed), ``read`` (documents that were read one by one), ``differences`` (code -> how many, without notes) and
        ``noted``; ``elsewhere``: days of other ranges on which money was found (ISO) -> of each document at which it
        was, the days for which it is compared anyway; ``blind``: ids of differences without a day, whose orders have
        all of theirs in other ranges; ``moved``: the days on which orders lie by now, of which one stands here.

    Raises:
        BitrixError, LedgerError, KonturError: one of the three does not work; worth another try where it says so.
    """
    account = accounts(settings)[asked.connection]
    with LedgerDatabase().open() as session:
        standing = [
            row for row in Differences(session).of_window(asked.connection, asked.window) if row.gone_at is None
        ]
        scope = Scope(
            window=asked.window,
            depth=asked.depth,
            shop_code=settings.shop.code,
            beside=frozenset(row.document_id for row in standing if row.document_id is not None and row.days),
        )
        since = Operations(session).now()
        books = _Listed.of(account, scope, settings)
        strays, carried = Strays(books.all(), settings.shop.code), Carried.of(scope)
        reading = _Reading(account, settings, since)
        counts: collections.Counter[str] = collections.Counter()
        gone = _Elsewhere.of(standing, local(since, settings.shop.zone).date())

        def keep(differences: Iterable[Difference]) -> None:
            rows = [difference_row(one, asked.connection, asked.depth, run_id) for one in differences]
            counts.update("noted" if row.noted else row.code for row in rows)
            Differences(session).see(rows, since)

        known = _orders(session, asked, books, strays, settings)
        order_ids = sorted(known | {row.order_id for row in standing if row.order_id is not None})
        size = settings.run.batch_size
        for start in range(0, len(order_ids), size):
            batch = two_sides(session, asked.connection, order_ids[start : start + size], settings, run_id)
            whole = list(reading.whole(batch, books, strays, carried, scope))
            merged = dataclasses.replace(scope, merged=reading.merged.among(whole))
            for one in whole:
                gone.look(one, scope)
            keep(reconcile([whole], strays, merged, carried))
        keep(conclude(strays, carried))
        month = carried.figures.month()
        ComparedDays(session).save(list(day_rows(month, asked.connection, run_id, since)))
    noted = counts.pop("noted", 0)
    return {
        **asked.xcom,
        "since": since.isoformat(),
        "orders": month.orders,
        "listed": books.count,
        "read": reading.count,
        "differences": dict(sorted(counts.items())),
        "noted": noted,
        "blind": sorted(row.id or 0 for row in standing if not row.days and row.order_id in gone.undated),
        "moved": sorted(day.isoformat() for day in gone.days),
        "elsewhere": {
            day.isoformat(): [sorted(known.isoformat() for known in days) for days in documents]
            for day, documents in sorted(carried.elsewhere.items())
        },
    }


@dataclasses.dataclass(slots=True)
class _Listed:
    """What lists have shown."""

    ours: dict[int, list[Standing]]
    """By the order that our marker names."""
    others: list[Standing]

    @classmethod
    def of(cls, account: Account, scope: Scope, settings: Settings) -> _Listed:
        """Read them."""
        ours: collections.defaultdict[int, list[Standing]] = collections.defaultdict(list)
        others: list[Standing] = []
        kinds = () if scope.depth is Depth.LEDGER else kinds_in_use(settings)
        for kind in kinds:
            for one in listed(account, kind, scope.window):
                marked = find_marker(one.header.comment, scope.shop_code)
                (others if marked is None else ours[marked[0]]).append(one)
        return cls(ours, others)

    def all(self) -> Iterator[Standing]:
        """Ours and others."""
        for of_order in self.ours.values():
            yield from of_order
        yield from self.others

    @property
    def count(self) -> int:
        """How many documents."""
        return sum(map(len, self.ours.values())) + len(self.others)


@dataclasses.dataclass(slots=True)
class _Elsewhere:
    """Orders of which a difference stands, and which have all of their days in other ranges by now."""

    _told: Mapping[int, bool]
    """Order -> whether a difference of it has no day."""
    _today: dt.date
    """Nothing of it is due in the books before tonight."""
    undated: set[int] = dataclasses.field(default_factory=set)
    """Those whose difference has no day: this range says nothing of it."""
    days: set[dt.date] = dataclasses.field(default_factory=set)
    """Of the others: their difference has moved there with them."""

    @classmethod
    def of(cls, standing: Iterable[DifferenceRow], today: dt.date) -> Self:
        told: dict[int, bool] = {}
        for row in standing:
            if row.order_id is not None:
                told[row.order_id] = told.get(row.order_id, False) or not row.days
        return cls(told, today)

    def look(self, order: Sides, scope: Scope) -> None:
        """Note where an order is, if it is not here."""
        days = days_elsewhere(order, scope) if order.order_id in self._told else frozenset()
        if days and self._told[order.order_id]:
            self.undated.add(order.order_id)
        else:
            self.days |= {day for day in days if day < self._today}


class _Reading:
    """Reads of Kontur what its lists do not show."""

    def __init__(self, account: Account, settings: Settings, since: dt.datetime) -> None:
        self._account = account
        self._settled = since - dt.timedelta(seconds=settings.posting.settle_s)
        self.merged = Merged(account)
        self.count = 0
        """Documents that were read."""

    def whole(
        self, batch: Sequence[TwoSides], books: _Listed, strays: Strays, carried: Carried, scope: Scope
    ) -> Iterator[Sides]:
        """The orders of a batch with all that Kontur has of them."""
        if scope.depth is Depth.LEDGER:
            yield from (order.sides for order in batch)
            return
        orders = [claim(in_books(one.sides, books.ours.get(one.sides.order_id, ())), strays, carried) for one in batch]
        wanted = [to_read(order, scope) for order in orders]
        reads = read_documents(self._account, (name for names in wanted for name in names))
        for two, order, names in zip(batch, orders, wanted, strict=True):
            own: list[Read] = [next(reads) for _ in names]
            self.count += len(own)
            young = [id_ for _, id_ in names if two.is_young(id_, self._settled)]
            yield with_reads(order, own, young)


def _orders(session: Session, asked: Range, books: _Listed, strays: Strays, settings: Settings) -> set[int]:
    """All orders that any side knows to have something on these days."""
    operations = OperationQueries(session)
    with snapshot() as shop_db:
        found = set(select_orders(shop_db, asked.window, settings).order_ids)
    found.update(operations.orders_of_days(asked.connection, asked.window))
    found.update(books.ours)
    others = [one.header for one in strays.all()]
    found.update(operations.orders_of_documents(asked.connection, [one.id for one in others]))
    near = Window(asked.window.date_from - NEAR, asked.window.date_to + NEAR)
    amounts, numbers = ({one.total_amount for one in others}, {plain_number(one.number) for one in others})
    found |= operations.orders_alike(asked.connection, near, amounts=sorted(amounts), numbers=sorted(numbers))
    return found
