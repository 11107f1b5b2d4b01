"""The shop's own rule: a function named in the settings that may change or veto what is planned.

    # my_shop/rules.py; settings: customize: my_shop.rules:adjust
    def adjust(order: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
        if order.lid == "s2":
            raise Veto("orders of the franchise are entered by its own accountant")
        return [dataclasses.replace(op, number=f"Ф-{op.number}") if isinstance(op, SaleDocument) else op
                for op in operations]

It gets what the order calls for and gives it back, changed or not: each operation once. It must answer the same for
the same order, because its answer is also what posted documents are compared with. Keys, markers, totals and amounts
are the shop's figures and cannot be changed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable

from include.accounting.operations import Operation
from include.bitrix.rows import Order

Adjust = Callable[[Order, tuple[Operation, ...]], Iterable[Operation]]


class Veto(Exception):  # noqa: N818 - a decision of the shop's own rule, not an error
    """Raised by the shop's own rule: nothing of this order is to be posted. Its text is the reason."""


def load(name: str) -> Adjust:
    """The function ``package.module:function``.

    Raises:
        ValueError: there is no such function.
    """
    module_name, _, function_name = name.partition(":")
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"customize: {name} cannot be imported: {error}") from None
    if not callable(function):
        raise ValueError(f"customize: {name} is not a function")  # noqa: TRY004 - the settings' value is wrong
    adjust: Adjust = function
    return adjust
