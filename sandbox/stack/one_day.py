"""``python -m sandbox.stack.one_day``: what a day costs in a shop of very many orders, by what its rows cost at least.

A night of a large shop looks at one day and the three before it. What it takes from the shop is measured, the package's
own code from end to end: a connection, what tables and columns there are, the choice of orders by index
(:mod:`include.bitrix.by_index`), and all rows of the chosen ones, 500 orders at a time.

That is divided by a script that is told the orders' IDs, and fetches the same rows by primary key and by index of the
order: one connection, plain SQL, plain tuples, 500 orders at a time as well. Nobody who needs those rows can do with
less, and it has nothing to choose; it would take the same in a small shop.

What is compared is CPU: the server's and the reading process's together, as each waits for the other. Wall-clock time
says the same on an idle machine, and more of its neighbours than of us on a busy one; it is told beside it, as is the
server's part alone. Both are done in turns, and the middle one of the turns' quotients counts; before that each is done
once, so that what can be in memory is.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import MySQLdb
from rich.table import Table

from include.bitrix.by_index import ByIndex
from include.bitrix.orders import CHANGE_TYPES, RETURN_TYPES, OrderRows, read_rows
from include.bitrix.snapshot import snapshot
from include.facts import Count, said
from include.settings import Settings
from include.steps.collector import few_collections
from include.words import speak, text
from include.words.terminal import language
from sandbox.stack.cpu import cpu_s
from sandbox.stack.errors import StackError
from sandbox.stack.large_shop import WINDOW, LargeShop, running
from sandbox.stack.steps import console, step

ORDERS = 1_000_000
TIMES = 9
_CHUNK = 500
_BARE = {
    "orders": (
        "SELECT ID, LID, ACCOUNT_NUMBER, PERSON_TYPE_ID, CANCELED, DATE_CANCELED, PAYED, DATE_PAYED, STATUS_ID,"
        " DATE_STATUS, PRICE, PRICE_DELIVERY, CURRENCY, DEDUCTED, DATE_DEDUCTED, DATE_INSERT, DATE_UPDATE, RUNNING,"
        " COMPANY_ID, EXTERNAL_ORDER FROM b_sale_order WHERE ID IN %(ids)s"
    ),
    "basket": (
        "SELECT ID, ORDER_ID, NAME, PRICE, QUANTITY, CURRENCY, VAT_RATE, VAT_INCLUDED, MEASURE_CODE, MEASURE_NAME,"
        " TYPE, SET_PARENT_ID, SORT, PRODUCT_XML_ID FROM b_sale_basket WHERE ORDER_ID IN %(ids)s"
    ),
    "shipments": (
        "SELECT ID, ORDER_ID, ACCOUNT_NUMBER, DEDUCTED, DATE_DEDUCTED, PRICE_DELIVERY, CURRENCY, DELIVERY_ID,"
        " DELIVERY_NAME, COMPANY_ID FROM b_sale_order_delivery WHERE ORDER_ID IN %(ids)s AND `SYSTEM` = 'N'"
    ),
    "shipment_items": (
        "SELECT d.ORDER_ID, i.ORDER_DELIVERY_ID, i.BASKET_ID, i.QUANTITY FROM b_sale_order_delivery d"
        " JOIN b_sale_order_dlv_basket i ON i.ORDER_DELIVERY_ID = d.ID"
        " WHERE d.ORDER_ID IN %(ids)s AND d.`SYSTEM` = 'N'"
    ),
    "payments": (
        "SELECT ID, ORDER_ID, ACCOUNT_NUMBER, `SUM`, CURRENCY, PAID, DATE_PAID, PAY_SYSTEM_ID, PAY_SYSTEM_NAME,"
        " IS_RETURN, PAY_RETURN_DATE, PAY_VOUCHER_DATE, COMPANY_ID FROM b_sale_order_payment WHERE ORDER_ID IN %(ids)s"
    ),
    "properties": (
        "SELECT ORDER_ID, ORDER_PROPS_ID, CODE, NAME, VALUE FROM b_sale_order_props_value"
        " WHERE ORDER_ID IN %(ids)s AND ENTITY_TYPE = 'ORDER'"
    ),
    "changes": (
        "SELECT ORDER_ID, TYPE, ENTITY_ID, DATA, DATE_CREATE FROM b_sale_order_change"
        " WHERE ORDER_ID IN %(ids)s AND TYPE IN %(change_types)s"
    ),
    "return_receipts": (
        "SELECT p.ORDER_ID, c.PAYMENT_ID, c.DATE_PRINT_END, c.`SUM` FROM b_sale_order_payment p"
        " JOIN b_sale_cashbox_check c ON c.PAYMENT_ID = p.ID"
        " WHERE p.ORDER_ID IN %(ids)s AND c.STATUS = 'Y' AND c.TYPE IN %(return_types)s"
    ),
}
"""By the names of the package's own files, of which each reads the same rows."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """Of one time, in seconds."""

    server_cpu_s: float
    reader_cpu_s: float
    wall_s: float

    @property
    def cpu_s(self) -> float:
        """Of server and reader together."""
        return self.server_cpu_s + self.reader_cpu_s


@dataclasses.dataclass(frozen=True, slots=True)
class OneDay:
    """Turns of both."""

    of_orders: int
    """That the shop has."""
    orders: int
    """That the day's night looks at."""
    rows: int
    """Of these orders."""
    ours: Sequence[Cost]
    bare: Sequence[Cost]

    def ratio(self, cost: Callable[[Cost], float]) -> float:
        """The package's cost by the bare script's, in the middle one of the turns."""
        return statistics.median(cost(ours) / cost(bare) for ours, bare in zip(self.ours, self.bare, strict=True))

    @property
    def told(self) -> dict[str, Any]:
        """By the names of `.run/bench.json`."""
        millions, rest = divmod(self.of_orders, 1_000_000)
        name = f"day_in_{self.of_orders if rest else f'{millions}m'}_orders"
        return {
            f"{name}_ratio": round(self.ratio(lambda cost: cost.cpu_s), 2),
            f"{name}_server_ratio": round(self.ratio(lambda cost: cost.server_cpu_s), 2),
            f"{name}_wall_ratio": round(self.ratio(lambda cost: cost.wall_s), 2),
            f"{name}_looked_at": self.orders,
            f"{name}_rows": self.rows,
            f"{name}_cpu_s": round(statistics.median(cost.cpu_s for cost in self.ours), 3),
            f"{name}_bare_cpu_s": round(statistics.median(cost.cpu_s for cost in self.bare), 3),
        }


def measure(shop: LargeShop, of_orders: int, times: int) -> OneDay:
    """Both in turns, in a shop with contents.

    Args:
        shop: at work.
        of_orders: how many it has.
        times: turns.

    Raises:
        StackError: they do not read the same rows.
    """
    with shop.connected():
        order_ids, rows = _warmed_up(shop)
        turns = [(_cost(shop, _ours), _cost(shop, lambda: _bare(shop, order_ids))) for _ in range(times)]
    return OneDay(of_orders, len(order_ids), rows, *zip(*turns, strict=True))


def _warmed_up(shop: LargeShop) -> tuple[list[int], int]:
    """The orders that are looked at, and how many rows they have, by both."""
    read = _ours()
    return list(read), _same_rows(read, _bare(shop, list(read)))


@few_collections()
def _ours() -> Mapping[int, OrderRows]:
    """Order -> its rows; as a task does it."""
    found: dict[int, OrderRows] = {}
    with snapshot() as shop_db:
        order_ids = ByIndex(shop_db).select(WINDOW, Settings()).order_ids
        for start in range(0, len(order_ids), _CHUNK):
            found |= read_rows(shop_db, order_ids[start : start + _CHUNK])
    return found


def _bare(shop: LargeShop, order_ids: Sequence[int]) -> Mapping[str, list[tuple[Any, ...]]]:
    """Name of what is read -> its rows."""
    found: dict[str, list[tuple[Any, ...]]] = collections.defaultdict(list)
    with (
        contextlib.closing(MySQLdb.connect(host="127.0.0.1", port=shop.port, user="root", database="shop")) as opened,
        opened.cursor() as cursor,
    ):
        for start in range(0, len(order_ids), _CHUNK):
            values = {
                "ids": order_ids[start : start + _CHUNK],
                "change_types": CHANGE_TYPES,
                "return_types": RETURN_TYPES,
            }
            for name, statement in _BARE.items():
                cursor.execute(statement, values)
                found[name].extend(cursor.fetchall())
    return found


def _same_rows(ours: Mapping[int, OrderRows], bare: Mapping[str, Sequence[object]]) -> int:
    """How many they are."""
    read: collections.Counter[str] = collections.Counter()
    for of_order in ours.values():
        read.update({name: len(rows) for name, rows in of_order.items()})
    for name in {*read, *bare}:
        if (count := len(bare.get(name, ()))) != read[name]:
            raise StackError(said("bench_other_rows", table=name, bare=count, ours=read[name]))
    return read.total()


def _cost(shop: LargeShop, read: Callable[[], object]) -> Cost:
    server, reader, began = cpu_s(shop.pid), time.process_time(), time.monotonic()
    read()
    return Cost(cpu_s(shop.pid) - server, time.process_time() - reader, time.monotonic() - began)


def run(orders: int, times: int) -> OneDay:
    """A new shop of so many orders, and both in it.

    Raises:
        StackError: as :func:`measure`.
    """
    with contextlib.ExitStack() as stack:
        with step(text(said("bench_large_shop", orders=Count(orders, "order")))):
            shop = stack.enter_context(running(orders, contents=True))
        with step(text(said("bench_day", orders=Count(orders, "order")))):
            return measure(shop, orders, times)


def table(day: OneDay) -> Table:
    """Each way a column, and what is divided."""
    shown = Table(f"{day.orders:,} orders, {day.rows:,} rows", "a night", "bare SQL", "ratio")
    for column in shown.columns[1:]:
        column.justify = "right"
    costs: dict[str, Callable[[Cost], float]] = {
        "CPU of both": lambda cost: cost.cpu_s,
        "CPU, server alone": lambda cost: cost.server_cpu_s,
        "time": lambda cost: cost.wall_s,
    }
    for name, cost in costs.items():
        both = (statistics.median(map(cost, turns)) for turns in (day.ours, day.bare))
        shown.add_row(name, *(f"{1000 * one:.0f} ms" for one in both), f"{day.ratio(cost):.2f}")
    return shown


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.stack.one_day", description="What one day costs in a large shop."
    )
    parser.add_argument("--orders", type=int, default=ORDERS, help="of the made-up shop (default: %(default)s)")
    parser.add_argument("--times", type=int, default=TIMES, help="both in turns (default: %(default)s)")
    given = parser.parse_args()
    speak(language())
    day = run(given.orders, given.times)
    console.print(table(day))
    console.print_json(data=day.told)


if __name__ == "__main__":
    main()
