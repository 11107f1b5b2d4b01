"""The orders that a person named: by the number that people see in the shop, or by the ID of ``b_sale_order``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from include.bitrix.snapshot import ShopDatabase
from include.errors import ForAPerson, HouseError
from include.settings import Settings

_CHUNK = 500
_MOST_SAID = 50


class UnknownOrdersError(ForAPerson, HouseError):
    """The shop does not have orders that were named; ``str()`` has a line for each of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class NamedOrders:
    """False when nobody is named."""

    ids: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()

    @classmethod
    def of(cls, order_ids: Sequence[int | str] | None, order_numbers: Sequence[str] | None) -> NamedOrders:
        """From a run's parameters; blanks around a number or ID, and blank lines beside others, are the form's.

        Raises:
            UnknownOrdersError: something in ``order_ids`` is no ID, or all that is given is blank: whoever meant to
                name orders must not get a run over whole days.
        """
        ids = _texts(order_ids)
        wrong = [f"«{text}» is no order ID: IDs are whole numbers" for text in ids if not _is_id(text)]
        if wrong:
            raise UnknownOrdersError(_in_words(wrong))
        named = cls(tuple(int(text) for text in ids), tuple(_texts(order_numbers)))
        if (order_ids or order_numbers) and not named:
            raise UnknownOrdersError(_in_words(["no order is named, there are blanks only"]))
        return named

    def __bool__(self) -> bool:
        return bool(self.ids or self.numbers)


def find_named(shop_db: ShopDatabase, named: NamedOrders, settings: Settings) -> list[int]:
    """The IDs of the orders that are named, ascending; a number that two orders have means both.

    Numbers compare exactly, whatever the column's collation holds for equal; an order without a number is called by
    its ID.

    Raises:
        UnknownOrdersError: the shop does not have some of them, or their site is not mapped.
        BitrixError: the database refused a query.
    """
    names = sorted({*named.numbers, *(str(id_) for id_ in named.ids)})
    orders: dict[int, _Named] = {}
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        ids = tuple(int(name) for name in chunk if _is_id(name)) or (None,)
        rows = shop_db.rows("named_orders", ids=ids, numbers=tuple(chunk))
        orders.update((row["ID"], _Named.of(row)) for row in rows)
    chosen: dict[int, _Named] = {}
    unknown: list[str] = []
    for number in dict.fromkeys(named.numbers):
        found = [order for order in orders.values() if order.number == number]
        chosen.update((order.id, order) for order in found)
        if not found:
            unknown.append(_no_number(number, orders.values()))
    for id_ in dict.fromkeys(named.ids):
        if id_ in orders:
            chosen[id_] = orders[id_]
        else:
            unknown.append(_no_id(id_, orders.values()))
    unknown += [
        f"order № {order.number} (ID {order.id}) is of site «{order.site}», which shop.sites does not name"
        for order in chosen.values()
        if settings.shop.connection_of(order.site) is None
    ]
    if unknown:
        raise UnknownOrdersError(_in_words(unknown))
    return sorted(chosen)


@dataclasses.dataclass(frozen=True, slots=True)
class _Named:
    id: int
    site: str
    number: str

    @classmethod
    def of(cls, row: dict[str, Any]) -> _Named:
        return cls(row["ID"], row["LID"], row["ACCOUNT_NUMBER"] or str(row["ID"]))


def _no_number(number: str, orders: Iterable[_Named]) -> str:
    for order in orders:
        if str(order.id) == number:
            return f"no order № {number}; the order with ID {number} is № {order.number}"
        if order.number.casefold() == number.casefold():
            return f"no order № {number}; there is № {order.number}"
    return f"no order № {number}"


def _no_id(id_: int, orders: Iterable[_Named]) -> str:
    by_number = [order.id for order in orders if order.number == str(id_)]
    return f"no order with ID {id_}" + (f"; the order № {id_} has ID {by_number[0]}" if by_number else "")


def _texts(values: Sequence[int | str] | None) -> list[str]:
    return [text for value in values or () if (text := str(value).strip())]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _in_words(unknown: Sequence[str]) -> str:
    more = len(unknown) - _MOST_SAID
    lines = [*unknown[:_MOST_SAID], *([f"and {more} more"] if more > 0 else [])]
    return "\n".join([*lines, "Nothing was posted. Correct order_numbers or order_ids, and start the run again."])
