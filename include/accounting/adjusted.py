"""Plans after the shop's own rule: what it may change, and that its answer can be posted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from include.accounting.customize import Veto
from include.accounting.days import check_day
from include.accounting.findings import NotPostableError, rejection, skip
from include.accounting.inn import check_inn, check_kpp
from include.accounting.money import kopecks, quantity
from include.accounting.operations import Operation, SaleDocument
from include.accounting.rules import Rules
from include.accounting.vat import check_rate
from include.bitrix.rows import Order

_FIXED = (
    *("key", "order_id", "marker", "total_amount", "document_key", "payment_key", "amount"),
    *("noticed", "closed_until"),
)


def customized(order: Order, operations: tuple[Operation, ...], rules: Rules, today: dt.date) -> dict[str, Operation]:
    """What the shop's own rule makes of ``operations``, by key, validated again.

    Raises:
        NotPostableError: the rule vetoed the order, failed, or answered with something that must not be posted.
    """
    if rules.adjust is None or not operations:
        return {operation.key: operation for operation in operations}
    try:
        answer = tuple(rules.adjust(order, operations))
    except Veto as veto:
        raise skip("vetoed", f"vetoed by the shop's own rule: {veto}") from None
    except Exception as error:
        # Only the type: the text of a stranger's exception may hold a buyer's data.
        raise rejection(
            "customize_failed", f"the shop's own rule failed with {type(error).__name__}: mend customize's function"
        ) from error
    before = {operation.key: operation for operation in operations}
    keys = [getattr(operation, "key", None) for operation in answer]
    if sorted(map(str, keys)) != sorted(before):
        raise _wrong("did not give back each operation once; to leave an order out it raises Veto")
    for operation in answer:
        _validate(before[operation.key], operation, rules, today)
    return {operation.key: operation for operation in answer}


def _wrong(what: str) -> NotPostableError:
    return rejection("customize_invalid", f"the shop's own rule {what}: mend customize's function")


def _validate(before: Operation, after: Operation, rules: Rules, today: dt.date) -> None:
    if type(before) is not type(after):
        raise _wrong(f"turned {before.key} into something else")
    for field in _FIXED:
        if getattr(before, field, None) != getattr(after, field, None):
            raise _wrong(f"changed {field} of {before.key}, which is the shop's own figure")
    if after.date != before.date:
        check_day(after.date, f"{after.key} by the shop's own rule", rules, today)
    if isinstance(after, SaleDocument):
        _validate_document(after, rules)


def _validate_document(document: SaleDocument, rules: Rules) -> None:
    total = sum((kopecks(item.quantity * item.price) for item in document.items), start=Decimal(0))
    if total != document.total_amount:
        raise _wrong(f"made lines of {total:.2f} where the total is {document.total_amount:.2f}")
    for item in document.items:
        if item.quantity <= 0 or item.quantity != quantity(item.quantity):
            raise _wrong(f"gave a line the quantity {item.quantity}")
        if item.price < 0 or item.price != kopecks(item.price):
            raise _wrong(f"gave a line the price {item.price}")
        check_rate(item.vat_rate, document.date, f"«{item.name[:40]}»", rules)
    if document.counterparty.inn is not None:
        check_inn(document.counterparty.inn)
    if document.counterparty.kpp is not None:
        check_kpp(document.counterparty.kpp)
    if not document.number.strip():
        raise _wrong("emptied the document's number")
    if document.comment.split()[-1:] != [document.marker]:
        raise _wrong("took the marker off the comment's end")
