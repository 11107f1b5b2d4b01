"""Rebuild a lost or restored ledger from the markers in Kontur: ``python -m include.steps.rebuild --from --to``.

The documents are the backup: each carries its order's ids. Payments and refunds carry no marker; those of a document
are matched with what the shop's present state calls for, by day, sum and method. Nothing is posted.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime as dt
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from kontur_hook.contract import DocumentKind, PaymentMethod, VatRate
from kontur_hook.records import DocumentDetails, DocumentSummary, MoneyEntry
from msgspec import structs

from include import settings as settings_module
from include.accounting.changes import differences
from include.accounting.keys import document_key
from include.accounting.marker import marker
from include.accounting.named import named
from include.accounting.operations import Payment, Refund, SaleDocument
from include.accounting.payload import from_json
from include.accounting.payload import to_json as plan_to_json
from include.bitrix.orders import read_orders
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import snapshot
from include.books.accounts import Account, accounts
from include.books.doubles import Doubles
from include.books.ours import kinds_in_use, ours
from include.books.standing import Standing
from include.facts import Count, Number, Said, said, several, to_json
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.migrate import migrate
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.operations import Operations
from include.ledger.periods import in_force
from include.settings import Settings
from include.steps.planning import Planner
from include.words import speak, text
from include.words.terminal import language

log = logging.getLogger(__name__)

RUN_ID = "rebuild-ledger"
_CHUNK = 200


@dataclasses.dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    documents: int = 0
    payments: int = 0
    refunds: int = 0
    doubled: list[str] = dataclasses.field(default_factory=list)
    """Markers that Kontur holds more than once: for a person."""
    unmatched: list[str] = dataclasses.field(default_factory=list)
    """Payments and refunds of a document that holds another one instead: for a person."""


def rebuild(settings: Settings, date_from: dt.date, date_to: dt.date) -> Rebuilt:
    """Take up every document of ours of these days, with its payments and refunds, as done.

    First it waits the settle time, so that what was on its way when the ledger was lost has arrived; no run may be
    active meanwhile.

    Raises:
        KonturError, BitrixError, LedgerError: one of the three does not work; do it again later.
    """
    database = LedgerDatabase()
    migrate(database)
    log.info("%s", text(said("rebuild_waits", seconds=Number(Decimal(str(settings.posting.settle_s))))))
    time.sleep(settings.posting.settle_s)
    rebuilt = Rebuilt()
    by_connection = accounts(settings)
    doubles = Doubles(by_connection, settings)
    with database.open() as session:
        for account in by_connection.values():
            for kind in kinds_in_use(settings):
                found = _by_order(ours(account, kind, settings.shop.code, date_from=date_from, date_to=date_to))
                for order_ids in _chunks(sorted(found)):
                    known = Operations(session).of_orders(order_ids)
                    single, doubled = _parted({id_: found[id_] for id_ in order_ids}, known, doubles)
                    rebuilt.doubled += [marker(settings.shop.code, *ids) for ids in doubled]
                    _take_up(session, account, kind, single, settings, rebuilt)
    return rebuilt


_Documents = dict[int, dict[int | None, list[DocumentSummary]]]
"""Order -> shipment, ``None`` for the whole order -> documents that carry its marker."""
_Single = dict[int, dict[int | None, DocumentSummary]]
"""The same, where there is one only."""


def _by_order(documents: Iterable[tuple[tuple[int, int | None], DocumentSummary]]) -> _Documents:
    found: _Documents = collections.defaultdict(lambda: collections.defaultdict(list))
    for (order_id, shipment_id), document in documents:
        found[order_id][shipment_id].append(document)
    return found


def _parted(
    found: _Documents, known: Mapping[int, Sequence[OperationRow]], doubles: Doubles
) -> tuple[_Single, list[tuple[int, int | None]]]:
    """Documents that stand once; order and shipment of those that stand more than once.

    The ledger may have another one that stands as well, on another day: its own is not given up for a copy.
    """
    single: _Single = collections.defaultdict(dict)
    doubled: list[tuple[int, int | None]] = []
    for order_id, by_shipment in found.items():
        rows = {row.key: row for row in known[order_id]}
        for shipment_id, documents in by_shipment.items():
            row = rows.get(document_key(order_id, shipment_id))
            if len(documents) > 1 or (row is not None and len(doubles.standing(row, documents)) > 1):
                doubled.append((order_id, shipment_id))
            else:
                single[order_id][shipment_id] = documents[0]
    return single, doubled


def _take_up(
    session: Session, account: Account, kind: DocumentKind, found: _Single, settings: Settings, rebuilt: Rebuilt
) -> None:
    operations = Operations(session)
    with snapshot() as shop_db:
        shop = read_shop(shop_db)
        orders = {order.id: order for order in read_orders(shop_db, list(found))}
    closed = in_force(session, settings)
    planner = Planner(shop, settings, RUN_ID, operations.now(), closed)
    # What stands in Kontur may have been posted before its period was closed.
    while_open = Planner(shop, settings, RUN_ID, operations.now(), dict.fromkeys(closed))
    known = operations.of_orders(list(found))
    for order_id, by_shipment in found.items():
        wanted = (
            {row.key: row for row in while_open.rows(while_open.plan(orders[order_id], []))}
            if order_id in orders
            else {}
        )
        shown: dict[int | None, DocumentDetails | None] = {}
        for shipment_id, document in by_shipment.items():
            mark = marker(settings.shop.code, order_id, shipment_id)
            key = document_key(order_id, shipment_id)
            shown[shipment_id] = details = account.hook.get_document(kind, document.id)
            stands = Standing.of(kind, details or document)
            sale = _sale(key, order_id, account.connection, mark, stands, wanted.get(key))
            rebuilt.documents += operations.adopt(sale)
        # With the documents known, the plan says which payments belong to them.
        now = operations.of_orders([order_id])[order_id]
        rows, others = (
            [row for row in one.rows(one.plan(orders[order_id], now)) if row.parent_key] if order_id in orders else []
            for one in (planner, while_open)
        )
        for shipment_id in by_shipment:
            # Each document's own: Kontur may number payments within their document.
            key = document_key(order_id, shipment_id)
            own, open_, before = (
                [row for row in part if row.parent_key == key] for part in (rows, others, known[order_id])
            )
            _take_up_money(operations, shown[shipment_id], _Money(own, open_, before), rebuilt)


def _sale(
    key: str,
    order_id: int,
    connection: str,
    mark: str,
    stands: Standing,
    wanted: OperationRow | None,
) -> OperationRow:
    """The document's row. Its plan is what Kontur has, with the shop's present buyer; unknown where it is not shown."""
    document = stands.header
    return OperationRow(
        key=key,
        order_id=order_id,
        connection=connection,
        kind=Kind(stands.kind),
        parent_key=None,
        state=State.DONE,
        plan=_as_it_stands(stands, wanted.plan) if wanted is not None and wanted.plan is not None else None,
        marker=mark,
        document_date=document.date,
        amount=document.total_amount,
        doc_id=document.id,
        code="rebuilt",
        run_id=RUN_ID,
    )


def _as_it_stands(stands: Standing, plan: str) -> str | None:
    """The plan of what was posted: were it the shop's of today, nobody would hear of what has changed since."""
    operation, header = from_json(plan), stands.header
    if not isinstance(operation, SaleDocument):
        return None
    if stands.lines is None or any(item.vat_rate not in set(VatRate) for item in stands.lines):
        same = (operation.date, operation.number, operation.total_amount) == (
            header.date,
            header.number,
            header.total_amount,
        )
        return plan if same and stands.lines is None else None
    posted = dataclasses.replace(
        operation, date=header.date, number=header.number, total_amount=header.total_amount, items=stands.lines
    )
    return plan_to_json(posted) if differences(operation, posted) else plan


@dataclasses.dataclass(frozen=True, slots=True)
class _Money:
    """Payments and refunds of a document."""

    due: Sequence[OperationRow]
    """As the shop and the closed period have them now."""
    while_open: Sequence[OperationRow]
    """As they were due before a period was closed."""
    known: Sequence[OperationRow]
    """What the ledger had."""


def _take_up_money(operations: Operations, details: DocumentDetails | None, money: _Money, rebuilt: Rebuilt) -> None:
    if details is None:
        return
    settled = {row.key: row.doc_id for row in money.known if row.state is State.DONE}
    missing = [row for row in (*money.due, *money.while_open) if row.key not in settled]
    for money_kind, entries in ((Kind.PAYMENT, details.payments), (Kind.REFUND, details.refunds)):
        free = [entry for entry in entries if entry.id not in settled.values()]
        taken: set[str] = set()
        for row in (row for row in missing if row.kind == money_kind and row.key not in taken):
            entry = next((entry for entry in free if _is_entry(row, entry)), None)
            if entry is None:
                continue
            taken.add(row.key)
            free.remove(entry)
            adopted = structs.replace(row, state=State.DONE, doc_id=entry.id, code="rebuilt", run_id=RUN_ID)
            count = operations.adopt(adopted)
            if money_kind is Kind.PAYMENT:
                rebuilt.payments += count
            else:
                rebuilt.refunds += count
        if free:
            left = [row for row in money.due if row.kind == money_kind and row.key not in {*settled, *taken}]
            rebuilt.unmatched += [row.key for row in left if _put_aside(operations, row, free)]


def _put_aside(operations: Operations, row: OperationRow, instead: Sequence[MoneyEntry]) -> bool:
    """Not to be posted before a person has looked: it may be what Kontur holds, as it was before the shop changed."""
    operations.plan([row])
    planned = operations.get(row.key)
    if planned is None or planned.state is not State.PLANNED:
        return False
    held = several(*(_told(entry) for entry in instead))
    message = to_json([said("unmatched", operation=named(row.key), held=held)])
    aside = structs.replace(planned, state=State.REJECTED, code="unmatched", message=message)
    return operations.save(aside) is not None


def _told(entry: MoneyEntry) -> Said:
    match entry.method:
        case PaymentMethod.CASH:
            return said("money_in_cash", day=entry.date, amount=entry.amount)
        case PaymentMethod.BANK_TRANSFER:
            return said("money_by_bank", day=entry.date, amount=entry.amount)
        case other:
            return said("money_otherwise", day=entry.date, amount=entry.amount, method=other)


def _is_entry(row: OperationRow, entry: MoneyEntry) -> bool:
    operation = from_json(row.plan) if row.plan is not None else None
    if not isinstance(operation, Payment | Refund):
        return False
    return (operation.date, operation.amount, operation.method) == (entry.date, entry.amount, entry.method)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def main() -> None:
    """The command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="Rebuild the ledger from Kontur's documents; nothing is posted.")
    parser.add_argument("--from", dest="date_from", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    parser.add_argument("--to", dest="date_to", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    arguments = parser.parse_args()
    speak(language())
    rebuilt = rebuild(settings_module.load(), arguments.date_from, arguments.date_to)
    taken_up = said(
        "rebuild_taken_up",
        documents=Count(rebuilt.documents, "document"),
        payments=Count(rebuilt.payments, "payment"),
        refunds=Count(rebuilt.refunds, "refund"),
    )
    log.info("%s", text(taken_up))
    if rebuilt.unmatched:
        log.info("%s", text(said("rebuild_unmatched", operations=several(*map(named, rebuilt.unmatched)))))
    if rebuilt.doubled:
        log.info("%s", text(said("rebuild_doubled", markers=several(*rebuilt.doubled))))
    if rebuilt.unmatched or rebuilt.doubled:
        parser.exit(1)


if __name__ == "__main__":
    main()
