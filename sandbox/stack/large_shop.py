"""``python -m sandbox.stack.large_shop --orders 1000000``: what choosing a night's orders costs the shop's server.

One day and the three before it, in a made-up shop of 1,000 orders a day: read as a whole, and by index.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import pathlib
import tempfile
from collections.abc import Callable

import MySQLdb
import MySQLdb.connections
import psutil
from rich.table import Table

from include.bitrix.by_index import ByIndex
from include.bitrix.selection import Selection, select_orders
from include.bitrix.snapshot import ShopDatabase, snapshot
from include.settings import Settings
from include.window import Window
from sandbox import mariadb
from sandbox.shop import large, schema
from sandbox.stack.steps import console

_DAY = dt.date(2026, 3, 17)
_WINDOW = Window(_DAY - dt.timedelta(days=Settings().run.overlap_days), _DAY)
_WAYS: dict[str, Callable[[ShopDatabase], Selection]] = {
    "as a whole": lambda shop_db: select_orders(shop_db, _WINDOW, Settings()),
    "by index": lambda shop_db: ByIndex(shop_db).select(_WINDOW, Settings()),
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.stack.large_shop", description="Choosing a night's orders."
    )
    parser.add_argument("--orders", type=int, default=1_000_000)
    orders = parser.parse_args().orders
    port = mariadb.free_port()
    options = ("--innodb-buffer-pool-size=1G", "--innodb-flush-log-at-trx-commit=2")
    with (
        tempfile.TemporaryDirectory(prefix="large-shop-") as folder,
        mariadb.running(pathlib.Path(folder, "mariadb"), port, *options) as server,
        contextlib.closing(MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True)) as root,
    ):
        _fill(root, orders)
        login = {"conn_type": "mysql", "host": "127.0.0.1", "port": port, "login": "root", "schema": "shop"}
        os.environ["AIRFLOW_CONN_BITRIX_MYSQL"] = json.dumps(login)
        table = Table(
            "", "orders", "rows read", "server CPU, s", title=f"{orders} orders, {_WINDOW.date_from} to {_DAY}"
        )
        for name, choose in _WAYS.items():
            table.add_row(name, *_measured(choose, root, psutil.Process(server.pid)))
    console.print(table)


def _fill(root: MySQLdb.connections.Connection, orders: int) -> None:
    with root.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
    root.select_db("shop")
    schema.create(root)
    with schema.bitrix_session(root):
        large.fill(root, orders, dt.datetime.combine(_DAY, dt.time(23, 59, 59)))


def _measured(
    choose: Callable[[ShopDatabase], Selection], root: MySQLdb.connections.Connection, server: psutil.Process
) -> tuple[str, str, str]:
    """Of the second time, when what can be in memory is."""
    with snapshot() as shop_db:
        choose(shop_db)
        rows, before = large.rows_read(root), server.cpu_times()
        found = choose(shop_db)
        after = server.cpu_times()
        rows = large.rows_read(root) - rows
    seconds = after.user + after.system - before.user - before.system
    return str(len(found.order_ids)), str(rows), f"{seconds:.2f}"


if __name__ == "__main__":
    main()
