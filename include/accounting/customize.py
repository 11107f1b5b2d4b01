"""The shop's own rule: a function named in the settings that may change, leave out or veto what is planned.

    # my_shop/rules.py; settings: customize: my_shop.rules:adjust
    from dataclasses import replace
    from include.accounting.customize import Counterparty, LeftOut, Operation, Order, Payment, SaleDocument, Veto

    def adjust(order: Order, operations: tuple[Operation, ...]) -> Iterable[Operation | LeftOut]:
        if order.lid == "s2":
            raise Veto("orders of the franchise are entered by its own accountant")
        return [replace(op, number=f"Ф-{op.number}") if isinstance(op, SaleDocument) else op for op in operations]

It gets what the order calls for and gives it back, changed or not: each operation once. It must answer the same for
the same order, because its answer is also what posted documents are compared with. Keys, markers, totals and amounts
are the shop's figures and cannot be changed.

It is asked before the guards, so also about an order that they will refuse, and what it changed is judged anew. Such an
order's document is a draft: its buyer as typed (``NOBODY`` where nothing is known), ``UNKNOWN_RATE`` for a rate that is
not mapped, ``NO_DAY`` where nothing dates it. What the rule leaves as it is, is refused as if there were no rule. Where
no draft can be made (a line with a negative price, another currency), it is asked with no operations and can only veto.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterable

from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod, VatRate

from include.accounting.drafts import NO_DAY, NOBODY, RETAIL, UNKNOWN_RATE
from include.accounting.operations import Counterparty, Item, Operation, Payment, Refund, SaleDocument
from include.bitrix.rows import Order
from include.errors import HouseError
from include.facts import said
from include.settings import SettingsError

__all__ = [
    "NOBODY",
    "NO_DAY",
    "RETAIL",
    "UNKNOWN_RATE",
    "Adjust",
    "Counterparty",
    "CounterpartyType",
    "DocumentKind",
    "Item",
    "LeftOut",
    "Operation",
    "Order",
    "Payment",
    "PaymentMethod",
    "Refund",
    "SaleDocument",
    "VatRate",
    "Veto",
]


@dataclasses.dataclass(frozen=True, slots=True)
class LeftOut:
    """Given back in a payment's place: it is not posted, nor its refund, and the reason is noted."""

    payment: Payment
    reason: str


Adjust = Callable[[Order, tuple[Operation, ...]], Iterable[Operation | LeftOut]]


class Veto(HouseError):  # noqa: N818 - a decision of the shop's own rule, not an error
    """Raised by the shop's own rule: nothing of this order is to be posted. Its text is the reason."""


def load(name: str) -> Adjust:
    """The function ``package.module:function``.

    Raises:
        SettingsError: there is no such function.
    """
    module_name, _, function_name = name.partition(":")
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except (Exception, SystemExit) as error:
        # A module that is imported may do anything.
        raise SettingsError(said("customize_missing", name=name, error=str(error) or type(error).__name__)) from error
    if not callable(function):
        raise SettingsError(said("customize_no_function", name=name))
    adjust: Adjust = function
    return adjust
