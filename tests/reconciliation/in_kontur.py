"""Orders posted into a sandbox, as the package posts them, and read back."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterable, Sequence

from kontur_hook.contract import CounterpartyType, DocumentKind
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created, Outcome

from include.accounting.operations import Operation, Payment, SaleDocument
from include.accounting.payload import body
from include.books.accounts import Account
from include.books.reading import listed, read_documents
from include.reconciliation.batches import Carried, conclude, reconcile, to_read
from include.reconciliation.difference import Difference
from include.reconciliation.figures import Month
from include.reconciliation.sides import Depth, InBooks, InLedger, InShop, Kept, Scope, Sides
from include.reconciliation.strays import Strays
from include.window import Window
from tests.reconciliation.three_sides import SHOP_CODE, kept, wanted


def account(hook: KonturHook) -> Account:
    return Account(hook.kontur_conn_id, hook, hook._contract)


def buyer(hook: KonturHook) -> str:
    company = {"name": "ООО «Пример»", "inn": "7707083893", "kpp": "773601001", "type": CounterpartyType.LEGAL_ENTITY}
    return _id(hook.create_counterparty(json.dumps(company), idempotency_key="buyer"))


def post(hook: KonturHook, counterparty_id: str, operations: Iterable[Operation]) -> list[Kept]:
    """Documents first; the ledger's rows of what was posted."""
    rows: list[Kept] = []
    ids: dict[str, str] = {}
    for operation in operations:
        payload = body(operation, counterparty_id=counterparty_id)
        if isinstance(operation, SaleDocument):
            id_ = _id(hook.create_document(operation.kind, payload, idempotency_key=operation.key))
            ids[operation.key] = id_
            rows.append(kept(operation, doc_id=id_, counterparty_id=counterparty_id))
            continue
        create = hook.create_payment if isinstance(operation, Payment) else hook.create_refund
        parent = ids[operation.document_key]
        entry = create(DocumentKind.SALE_INVOICE, parent, payload, idempotency_key=operation.key)
        rows.append(kept(operation, doc_id=_id(entry)))
    return rows


def _id(outcome: Outcome) -> str:
    assert isinstance(outcome, Created), outcome
    return outcome.id


@dataclasses.dataclass
class Compared:
    """What a whole reconciliation comes to."""

    rows: list[Difference]
    month: Month
    asked: int
    """Documents that were read one by one."""


def compared(
    hook: KonturHook, operations: Sequence[Operation], rows: Sequence[Kept], depth: Depth, window: Window
) -> Compared:
    """All of it: lists of the window, single documents, batches of one order."""
    scope = Scope(window=window, depth=depth, shop_code=SHOP_CODE)
    standing = list(listed(account(hook), DocumentKind.SALE_INVOICE, window))
    strays, carried = Strays(standing, SHOP_CODE), Carried.of(scope)
    found: list[Difference] = []
    asked = 0
    for order_id, own in itertools.groupby(operations, key=lambda one: one.order_id):
        said = wanted(*own)
        ledger = InLedger(operations=tuple(row for row in rows if _order_of(row, operations) == order_id))
        order = Sides(order_id=order_id, shop=InShop(number=str(order_id), wanted=said), ledger=ledger)
        marked = [one for one in standing if f"-S{order_id}" in (one.header.comment or "")]
        order = dataclasses.replace(order, books=InBooks.of(marked))
        reads = list(read_documents(account(hook), to_read(order, scope)))
        asked += len(reads)
        order = dataclasses.replace(order, books=InBooks.of(marked, reads))
        found += reconcile([[order]], strays, scope, carried)
    found += conclude(strays, carried)
    return Compared(found, carried.figures.month(), asked)


def _order_of(row: Kept, operations: Sequence[Operation]) -> int:
    return next(one.order_id for one in operations if one.key == row.key)
