"""The orders that a person named: by the number that people see in the shop, or by the ID of ``b_sale_order``."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from include.bitrix.snapshot import ShopDatabase
from include.errors import ForAPerson, HouseError
from include.facts import Said, said
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
        if wrong := [said("order_id_no_number", given=text) for text in ids if not _is_id(text)]:
            raise UnknownOrdersError(*_cut(wrong))
        named = cls(tuple(int(text) for text in ids), tuple(_texts(order_numbers)))
        if (order_ids or order_numbers) and not named:
            raise UnknownOrdersError(*_cut([said("orders_blank")]))
        return named

    def __bool__(self) -> bool:
        return bool(self.ids or self.numbers)


def find_named(
    shop_db: ShopDatabase, named: NamedOrders, settings: Settings, *, known: Collection[int] = ()
) -> list[int]:
    """The IDs of the orders that are named, ascending; a number that two orders have means both.

    Among others, those of the IDs that are ``known`` elsewhere are found also if the shop has deleted them: one that
    cannot be looked at stops none of the others.

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
    unknown: list[Said] = []
    for number in dict.fromkeys(named.numbers):
        found = [order for order in orders.values() if order.number == number]
        chosen.update((order.id, order) for order in found)
        if not found:
            unknown.append(_no_number(number, orders.values()))
    deleted = {id_ for id_ in named.ids if id_ in known and id_ not in orders} if orders else set()
    for id_ in dict.fromkeys(id_ for id_ in named.ids if id_ not in deleted):
        if id_ in orders:
            chosen[id_] = orders[id_]
        else:
            unknown.append(_no_id(id_, orders.values()))
    unknown += [
        said("order_of_unmapped_site", order=order.number, id=order.id, site=order.site)
        for order in chosen.values()
        if settings.shop.connection_of(order.site, order.company) is None
    ]
    if unknown:
        raise UnknownOrdersError(*_cut(unknown))
    return sorted(chosen.keys() | deleted)


@dataclasses.dataclass(frozen=True, slots=True)
class _Named:
    id: int
    site: str
    number: str
    company: int | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> _Named:
        return cls(row["ID"], row["LID"], row["ACCOUNT_NUMBER"] or str(row["ID"]), row["COMPANY_ID"] or None)


def _no_number(number: str, orders: Iterable[_Named]) -> Said:
    for order in orders:
        if str(order.id) == number:
            return said("order_number_is_id", given=number, order=order.number)
        if order.number.casefold() == number.casefold():
            return said("order_number_misspelt", given=number, order=order.number)
    return said("order_number_unknown", given=number)


def _no_id(id_: int, orders: Iterable[_Named]) -> Said:
    by_number = [order.id for order in orders if order.number == str(id_)]
    return said("order_id_is_number", given=id_, id=by_number[0]) if by_number else said("order_id_unknown", given=id_)


def _texts(values: Sequence[int | str] | None) -> list[str]:
    return [text for value in values or () if (text := str(value).strip())]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _cut(unknown: Sequence[Said]) -> list[Said]:
    """The first of them, how many there are beside, and what to do."""
    more = len(unknown) - _MOST_SAID
    rest = [said("orders_more", count=more)] if more > 0 else []
    return [*unknown[:_MOST_SAID], *rest, said("orders_correct_and_start")]
