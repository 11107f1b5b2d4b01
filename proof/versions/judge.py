"""A demo shop of each version of Bitrix, posted and checked.

Each goes through preflight, extract, transform, load and record on a real MariaDB and over real HTTP; then the
independent checker reads the shop and the server's ledger, and a second pass must post nothing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import pathlib
import time
import unittest.mock

import MySQLdb

from include import settings
from include.steps.extract import extract
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.record import record
from include.steps.tasks import Asked
from include.steps.transform import transform
from include.window import Window
from sandbox import books
from sandbox.kontur import serving
from sandbox.kontur.books import Books
from sandbox.shop import generate, schema

SHOPS = (("16.5", "cp1251"), ("19", "utf8mb4"), ("22.8", "cp1251"), ("25", "utf8mb4"), ("2026", "cp1251"))
"""Version of the sale module, charset of the tables."""
FIRST, LAST = dt.date(2025, 10, 1), dt.date(2026, 3, 31)
"""Half a year around the turn of the standard VAT."""
WINDOW = Window(FIRST - dt.timedelta(days=60), LAST)
"""The demo shop's cases began up to two months before."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found, and what a second pass added: documents, payments, refunds."""

    result: books.Result
    added: tuple[int, int, int]
    seconds: float


def judge(port: int, folder: pathlib.Path, version: str, charset: str, orders: int, seed: int) -> Verdict:
    """Fill a shop, post it twice, and have the books checked.

    Args:
        port: of a MariaDB on this machine; two databases are made there and dropped.
        folder: for the server's ledger.
        version: of the sale module.
        charset: of the shop's tables.
        orders: how many the shop has.
        seed: of the shop.
    """
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
            began = time.monotonic()
            _post("first")
            seconds = time.monotonic() - began
            before = _counts(kontur.books)
            _post("second")
            after = _counts(kontur.books)
    result = books.check(root, ledger, WINDOW.date_from, WINDOW.date_to, taxes=_taxes())
    with root.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {shop_name}")
        cursor.execute(f"DROP DATABASE {ledger_name}")
    root.close()
    return Verdict(result, (after[0] - before[0], after[1] - before[1], after[2] - before[2]), seconds)


def _taxes() -> books.Taxes:
    """What the settings in force make of VAT; delivery as on Bitrix's receipt has none in the demo's shop."""
    accounting = settings.load().accounting
    delivery = "none" if accounting.delivery_vat is settings.DeliveryVat.BITRIX else accounting.delivery_vat.value
    return books.Taxes(guard=accounting.vat_guard.value, delivery=delivery)


def _post(run_id: str) -> None:
    """What the daily DAG does, task by task."""
    rules = settings.load()
    preflight(rules, WINDOW)
    batches = [batch["order_ids"] for batch in extract(rules, WINDOW, Asked("run")).batches]
    for ids in batches:
        transform(ids, rules, run_id)
        load(ids, rules, run_id)
    record([id_ for ids in batches for id_ in ids], rules, run_id)


def _counts(kontur: Books) -> tuple[int, int, int]:
    return len(kontur.documents()), len(kontur.payments()), len(kontur.refunds())
