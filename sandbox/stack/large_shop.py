"""``python -m sandbox.stack.large_shop --orders 1000000``: what choosing a night's orders costs the shop's server.

One day and the three before it, in a made-up shop of 1,000 orders a day: read as a whole, and by index.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime as dt
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from unittest import mock

import MySQLdb
import MySQLdb.connections
from rich.table import Table

from include.bitrix.by_index import ByIndex
from include.bitrix.selection import Selection, select_orders
from include.bitrix.snapshot import ShopDatabase, snapshot
from include.settings import Settings
from include.window import Window
from sandbox import mariadb
from sandbox.shop import large, schema
from sandbox.stack.cpu import cpu_s
from sandbox.stack.steps import console

_DAY = dt.date(2026, 3, 17)
WINDOW = Window(_DAY - dt.timedelta(days=Settings().run.overlap_days), _DAY)
"""A day, and those that its night looks at again."""
_WAYS: dict[str, Callable[[ShopDatabase], Selection]] = {
    "as a whole": lambda shop_db: select_orders(shop_db, WINDOW, Settings()),
    "by index": lambda shop_db: ByIndex(shop_db).select(WINDOW, Settings()),
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.stack.large_shop", description="Choosing a night's orders."
    )
    parser.add_argument("--orders", type=int, default=1_000_000)
    orders = parser.parse_args().orders
    with running(orders) as shop, shop.connected():
        title = f"{orders} orders, {WINDOW.date_from} to {_DAY}"
        table = Table("", "orders", "rows read", "server CPU, s", title=title)
        for name, choose in _WAYS.items():
            table.add_row(name, *_measured(choose, shop))
    console.print(table)


@dataclasses.dataclass(frozen=True, slots=True)
class LargeShop:
    """A shop on a server of its own."""

    root: MySQLdb.connections.Connection
    port: int
    pid: int
    """Of the server."""

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """With this process's ``bitrix_mysql`` leading to it."""
        login = {"conn_type": "mysql", "host": "127.0.0.1", "port": self.port, "login": "root", "schema": "shop"}
        with mock.patch.dict(os.environ, AIRFLOW_CONN_BITRIX_MYSQL=json.dumps(login)):
            yield


@contextlib.contextmanager
def running(orders: int, *, contents: bool = False) -> Iterator[LargeShop]:
    """A new shop of so many orders up to :data:`WINDOW`'s last day.

    Its server has memory enough for all that is read, so that nothing hangs on the disk.

    Args:
        orders: how many, :data:`sandbox.shop.large.PER_DAY` a day.
        contents: with goods and properties.
    """
    port = mariadb.free_port()
    options = ("--innodb-buffer-pool-size=1G", "--innodb-flush-log-at-trx-commit=2")
    with (
        tempfile.TemporaryDirectory(prefix="large-shop-") as folder,
        mariadb.running(pathlib.Path(folder, "mariadb"), port, *options) as server,
        contextlib.closing(MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True)) as root,
    ):
        with root.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
        root.select_db("shop")
        schema.create(root)
        with schema.bitrix_session(root):
            large.fill(root, orders, dt.datetime.combine(_DAY, dt.time(23, 59, 59)))
            if contents:
                large.fill_contents(root, orders)
        yield LargeShop(root, port, server.pid)


def _measured(choose: Callable[[ShopDatabase], Selection], shop: LargeShop) -> tuple[str, str, str]:
    """Of the second time, when what can be in memory is."""
    with snapshot() as shop_db:
        choose(shop_db)
        rows, before = large.rows_read(shop.root), cpu_s(shop.pid)
        found = choose(shop_db)
        seconds = cpu_s(shop.pid) - before
        rows = large.rows_read(shop.root) - rows
    return str(len(found.order_ids)), str(rows), f"{seconds:.2f}"


if __name__ == "__main__":
    main()
