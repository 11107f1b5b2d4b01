"""A demo shop of some version of Bitrix, an empty ledger and an empty Kontur, and what the daily DAG does with them."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import pathlib
import unittest.mock
from collections.abc import Iterator

import MySQLdb
from MySQLdb.connections import Connection

from include import settings
from include.steps.extract import extract
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.record import record
from include.steps.run_request import RunRequest
from include.steps.transform import transform
from include.window import Window
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from sandbox.shop import generate, schema

SHOPS = (("16.5", "cp1251"), ("19", "utf8mb4"), ("22.8", "cp1251"), ("25", "utf8mb4"), ("2026", "cp1251"))
"""Version of the sale module, charset of the tables."""
FIRST, LAST = dt.date(2025, 10, 1), dt.date(2026, 3, 31)
"""Half a year around the turn of the standard VAT."""
WINDOW = Window(FIRST - dt.timedelta(days=60), LAST)
"""The demo shop's cases began up to two months before."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """Where it happens."""

    shop: Connection
    version: str
    kontur: Sandbox
    ledger: pathlib.Path
    """Kontur's, not ours."""


@contextlib.contextmanager
def ground(port: int, folder: pathlib.Path, shop: tuple[str, str], orders: int, seed: int) -> Iterator[Ground]:
    """A filled shop, and connections to all three, for as long as the block lasts.

    Args:
        port: of a MariaDB on this machine; two databases are made there and dropped.
        folder: for the server's ledger.
        shop: version of the sale module, charset of its tables.
        orders: how many the shop has.
        seed: of the shop.
    """
    version, charset = shop
    name = f"v{version.replace('.', '_')}_{charset}"
    shop_name, ledger_name = f"shop_{name}", f"ledger_{name}"
    root = MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True, charset="utf8mb4")
    with root.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {shop_name} CHARACTER SET {charset}")
        cursor.execute(f"CREATE DATABASE {ledger_name} CHARACTER SET utf8mb4")
    root.select_db(shop_name)
    schema.create(root, version, charset)
    generate.fill(root, orders=orders, date_from=FIRST, date_to=LAST, seed=seed, version=version)
    ledger = folder / f"{name}.sqlite"
    mysql = {"conn_type": "mysql", "host": "127.0.0.1", "port": port, "login": "root"}
    with serving.running(ledger) as kontur:
        connections = {
            "AIRFLOW_CONN_BITRIX_MYSQL": json.dumps({**mysql, "schema": shop_name}),
            "AIRFLOW_CONN_KONTUR_SYNC_MYSQL": json.dumps({**mysql, "schema": ledger_name}),
            "AIRFLOW_CONN_KONTUR_DEFAULT": json.dumps(
                {"conn_type": "kontur", "host": kontur.base_url, "login": "demo", "password": "demo-key"}
            ),
        }
        with unittest.mock.patch.dict(os.environ, connections):
            yield Ground(root, version, kontur, ledger)
    with root.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {shop_name}")
        cursor.execute(f"DROP DATABASE {ledger_name}")
    root.close()


def post(run_id: str) -> None:
    """What the daily DAG does, task by task, over all days of the shop."""
    rules = settings.load()
    preflight(rules, WINDOW)
    batches = [batch["order_ids"] for batch in extract(rules, WINDOW, RunRequest("run")).batches]
    for ids in batches:
        transform(ids, rules, run_id)
        load(ids, rules, run_id)
    record([id_ for ids in batches for id_ in ids], rules, run_id)
