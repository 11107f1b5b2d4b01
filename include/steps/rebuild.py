"""Rebuild a lost or restored ledger from the markers in Kontur: ``python -m include.steps.rebuild --from --to``.

The documents are the backup: each carries its order's ids. Payments and refunds carry no marker; those of a document
are matched with what the shop's present state calls for, by day, sum and method; what is left over is for a person.
Nothing is posted.
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

from kontur_hook.contract import DocumentKind, VatRate
from kontur_hook.records import DocumentDetails, DocumentSummary

from include import settings as settings_module
from include.accounting.changes import differences
from include.accounting.keys import document_key
from include.accounting.marker import marker
from include.accounting.named import named
from include.accounting.operations import SaleDocument
from include.accounting.payload import from_json
from include.accounting.payload import to_json as plan_to_json
from include.bitrix.orders import archived_orders, read_orders
from include.bitrix.rows import Order
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import snapshot
from include.books.accounts import Account, accounts
from include.books.doubles import Doubles
from include.books.ours import kinds_in_use, ours
from include.books.standing import Standing
from include.facts import Count, Number, said, several
from include.ledger.chunks import parts
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.migrate import migrate
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.operations import Operations
from include.ledger.periods import in_force
from include.settings import Settings
from include.steps.language import language as spoken
from include.steps.outcomes import bring_up
from include.steps.planning import Planner
from include.steps.rebuilt_elsewhere import put_aside_elsewhere
from include.steps.rebuilt_money import Due, Entry, Holder, take_up, unexplained
from include.steps.transform import transform
from include.words import speak, speaking, text
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
    """Payments and refunds of a document that holds another one instead, or that another document may hold: for a
    person."""
    unexplained: list[Entry] = dataclasses.field(default_factory=list)
    """Payments and refunds in Kontur that nothing of their orders in the shop explains: for a person."""

    @property
    def asks_a_person(self) -> bool:
        """Whether not all is well."""
        return bool(self.doubled or self.unmatched or self.unexplained)


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
        aside = put_aside_elsewhere(session, rebuilt.unexplained, settings, RUN_ID, but=rebuilt.unmatched)
    rebuilt.unmatched += [row.key for row in aside]
    # So that who is needed is known at once, whichever days the next run looks at.
    asked = {entry.order_id for entry in rebuilt.unexplained} | {row.order_id for row in aside if row.order_id}
    with speaking(spoken(settings)):
        for order_ids in parts(sorted(asked)):
            transform(order_ids, settings, RUN_ID)
            bring_up(order_ids, settings)
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
        archived = archived_orders(shop_db, list(found.keys() - orders.keys()))
    closed = in_force(session, settings)
    planner = Planner(shop, settings, RUN_ID, operations.now(), closed)
    # What stands in Kontur may have been posted before its period was closed.
    while_open = Planner(shop, settings, RUN_ID, operations.now(), dict.fromkeys(closed))
    known = operations.of_orders(list(found))
    for order_id, by_shipment in found.items():
        order = orders.get(order_id)
        plan = while_open.plan(order, []) if order else None
        wanted = {row.key: row.plan for row in while_open.rows(plan)} if plan else {}
        called_for = None if plan is None or plan.wanted is None else {one.key for one in plan.wanted}
        shown: dict[int | None, DocumentDetails | None] = {}
        for shipment_id, document in by_shipment.items():
            mark = marker(settings.shop.code, order_id, shipment_id)
            key = document_key(order_id, shipment_id)
            shown[shipment_id] = details = account.hook.get_document(kind, document.id)
            stands = Standing.of(kind, details or document)
            present = wanted.get(key)
            if order and called_for is not None and key not in called_for:
                present = _as_if_shipped(while_open, order, key, mark, stands)
            rebuilt.documents += operations.adopt(_sale(key, order_id, account.connection, mark, stands, present))
        # With the documents known, the plan says which payments belong to them.
        now = operations.of_orders([order_id])[order_id]
        rows, others = (
            [row for row in one.rows(one.plan(order, now)) if row.parent_key] if order else []
            for one in (planner, while_open)
        )
        called = said("order_by_number", number=order.number) if order else said("order_by_id", id=order_id)
        taken_up = []
        for shipment_id, details in shown.items():
            if details is None:
                continue
            # Each document's own: Kontur may number payments within their document.
            key = document_key(order_id, shipment_id)
            own, open_, before = (
                [row for row in part if row.parent_key == key] for part in (rows, others, known[order_id])
            )
            taken_up.append(take_up(operations, Holder(key, order_id, called, details), Due(own, open_, before)))
        for one in taken_up:
            rebuilt.payments += one.payments
            rebuilt.refunds += one.refunds
            rebuilt.unmatched += one.aside
        if order_id not in archived:
            rebuilt.unexplained += unexplained(operations, taken_up, order, planner)


def _sale(
    key: str,
    order_id: int,
    connection: str,
    mark: str,
    stands: Standing,
    plan: str | None,
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
        plan=_as_it_stands(stands, plan) if plan is not None else None,
        marker=mark,
        document_date=document.date,
        amount=document.total_amount,
        doc_id=document.id,
        code="rebuilt",
        run_id=RUN_ID,
    )


def _as_if_shipped(planner: Planner, order: Order, key: str, mark: str, stands: Standing) -> str | None:
    """The plan of a document that the shop calls for no longer: without one, nobody would hear that it is so."""
    document = planner.as_if_shipped(order, stands.header.date)
    if document is None:
        return None
    return plan_to_json(dataclasses.replace(document, key=key, marker=mark, kind=DocumentKind(stands.kind)))


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
    if rebuilt.unexplained:
        entries = several(*(entry.told for entry in rebuilt.unexplained))
        log.info("%s", text(said("rebuild_unexplained", entries=entries)))
    if rebuilt.asks_a_person:
        parser.exit(1)


if __name__ == "__main__":
    main()
