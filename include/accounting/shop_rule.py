"""The shop's own rule is asked: what it may change, and what it must give back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from kontur_hook.contract import PaymentMethod

from include.accounting.answered_types import wrong_fields
from include.accounting.arithmetic import kopecks, quantity
from include.accounting.customize import LeftOut, Veto
from include.accounting.drafts import NO_DAY, RETAIL
from include.accounting.findings import rejection, skip
from include.accounting.named import named
from include.accounting.operations import Operation, Payment, Refund, SaleDocument
from include.accounting.rules import Rules
from include.accounting.sale.guards import wrong_answer
from include.bitrix.rows import Order
from include.facts import said

_FIXED = (
    *("key", "order_id", "marker", "total_amount", "document_key", "payment_key", "amount"),
    *("noticed", "closed_until", "came_on", "told_on"),
)
_Same = TypeVar("_Same", bound=Operation)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the shop's own rule makes of an order's operations; the empty answer leaves them as they are."""

    operations: Mapping[str, Operation] = dataclasses.field(default_factory=dict)
    left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Payments that are not to be posted, with the reason."""

    def of(self, operation: _Same) -> _Same:
        """The operation as the rule wants it; how much money it is, the rule has no say in."""
        answered = self.operations.get(operation.key)
        if not isinstance(answered, type(operation)):
            return operation
        if isinstance(answered, SaleDocument):
            return answered
        changed: dict[str, Any] = {"date": answered.date, "method": answered.method, "told_on": answered.told_on}
        return dataclasses.replace(operation, **changed)

    def day(self, document: str) -> dt.date | None:
        """The day that the rule gives a document, or leaves it; ``None``: it was not asked, or knows none."""
        answered = self.operations.get(document)
        return None if answered is None or answered.date == NO_DAY else answered.date


def ask(order: Order, operations: tuple[Operation, ...], rules: Rules) -> Answer:
    """What the shop's own rule makes of ``operations``; whether that can be posted is for the guards to say.

    Raises:
        NotPostableError: the rule vetoed the order, failed, or changed what it must not.
    """
    if rules.adjust is None:
        return Answer()
    try:
        answer = tuple(rules.adjust(order, operations))
    except Veto as veto:
        raise skip("vetoed", reason=str(veto)) from None
    except Exception as error:
        # Only the type: the text of a stranger's exception may hold a buyer's data.
        raise rejection("customize_failed", error=type(error).__name__) from error
    before = {operation.key: operation for operation in operations}
    left_out = [one for one in answer if isinstance(one, LeftOut)]
    kept = [_with_lines(_with_retail(one, rules)) for one in answer if not isinstance(one, LeftOut)]
    keys = [getattr(one, "key", None) for one in (*kept, *(one.payment for one in left_out))]
    if sorted(map(str, keys)) != sorted(before):
        raise wrong_answer(said("rule_operations"))
    for one in left_out:
        _check_left_out(one)
    for operation in kept:
        _check(before[operation.key], operation)
    methods = {operation.key: operation.method for operation in kept if isinstance(operation, Payment)}
    kept = [_with_its_method(operation, before[operation.key], methods) for operation in kept]
    kept = [_with_the_shops_day(operation, before[operation.key].date) for operation in kept]
    return Answer({operation.key: operation for operation in kept}, {one.payment.key: one.reason for one in left_out})


def _with_lines(operation: Operation) -> Operation:
    if isinstance(operation, SaleDocument) and isinstance(operation.items, list):
        return dataclasses.replace(operation, items=tuple(operation.items))
    return operation


def _with_retail(operation: Operation, rules: Rules) -> Operation:
    if isinstance(operation, SaleDocument) and operation.counterparty == RETAIL:
        return dataclasses.replace(operation, counterparty=rules.retail)
    return operation


def _with_its_method(operation: Operation, before: Operation, methods: Mapping[str, PaymentMethod]) -> Operation:
    """A refund goes back as its payment came, unless the rule says otherwise; ``methods``: of the payments, by key."""
    if not isinstance(operation, Refund) or not isinstance(before, Refund) or operation.method != before.method:
        return operation
    return dataclasses.replace(operation, method=methods.get(operation.payment_key, operation.method))


def _with_the_shops_day(operation: Operation, told: dt.date) -> Operation:
    """It is compared with what the shop tells later; a draft without a day was told none."""
    if told in {operation.date, NO_DAY}:
        return operation
    return dataclasses.replace(operation, told_on=told)


def _check_left_out(one: LeftOut) -> None:
    if not isinstance(one.payment, Payment):
        raise wrong_answer(said("rule_left_out_no_payment"))
    if not isinstance(one.reason, str) or not one.reason.strip():
        raise wrong_answer(said("rule_left_out_without_reason", operation=named(one.payment.key)))


def _check(before: Operation, after: Operation) -> None:
    if type(before) is not type(after):
        raise wrong_answer(said("rule_other_operation", operation=named(before.key)))
    for field in _FIXED:
        if getattr(before, field, None) != getattr(after, field, None):
            raise wrong_answer(said("rule_fixed_field", field=field, operation=named(before.key)))
    if type(after.date) is not dt.date:
        raise wrong_answer(said("rule_no_date", operation=named(before.key)))
    for field in wrong_fields(after):
        raise wrong_answer(said("rule_wrong_type", field=field, operation=named(before.key)))
    if isinstance(after, SaleDocument):
        _check_document(after)


def _check_document(document: SaleDocument) -> None:
    for item in document.items:
        if item.quantity <= 0 or item.quantity != quantity(item.quantity):
            raise wrong_answer(said("rule_quantity", quantity=str(item.quantity)))
        if item.price < 0 or item.price != kopecks(item.price):
            raise wrong_answer(said("rule_price", price=str(item.price)))
    if document.comment.split()[-1:] != [document.marker]:
        raise wrong_answer(said("rule_marker"))
