"""Two installations post to one Kontur account from ledgers of their own: the one that comes second refuses."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os

import MySQLdb
import pytest
from MySQLdb.connections import Connection

from include import settings
from include.books.ledger_check import LedgerBehindError
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from include.steps.preflight import preflight
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY, LATER = dt.date(2026, 3, 17), dt.date(2026, 4, 17)
LEDGER = "AIRFLOW_CONN_KONTUR_SYNC_MYSQL"
WORDS = (
    r"В Контуре \(kontur_default\) есть документы этого магазина, которых нет в журнале обмена: 1 документ \(.*\)\."
    r" .* в ту же организацию отражает другой обмен\. Ничего не отражено\."
)


def use_another_ledger(name: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the connection leads to the new, empty database ``name``."""
    with contextlib.closing(MySQLdb.connect(host="127.0.0.1", port=port, user="root")) as root:
        root.query(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    monkeypatch.setenv(LEDGER, json.dumps(json.loads(os.environ[LEDGER]) | {"schema": name}))
    migrate(LedgerDatabase())


def test_the_second_one_refuses_and_so_does_the_first_once_both_have_posted(
    nights: Nights,
    shop: Connection,
    kontur: Sandbox,
    database: str,
    mariadb_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = os.environ[LEDGER]
    make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    preflight(settings.load(), Window(DAY, DAY))
    assert nights.run(DAY) == []

    use_another_ledger(f"{database}_other", mariadb_port, monkeypatch)
    with pytest.raises(LedgerBehindError, match=WORDS):
        preflight(settings.load(), Window(DAY, DAY))

    # Live since a day on which the first one posted nothing it does post; and then the first one refuses.
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", str(LATER))
    order = make_case(shop, "private_person", at=LATER)
    preflight(settings.load(), Window(LATER, LATER))
    assert nights.look_at([order.order_id]) == []
    monkeypatch.setenv(LEDGER, first)
    with pytest.raises(LedgerBehindError, match=WORDS):
        preflight(settings.load(), Window(LATER, LATER))
    assert len(kontur.books.documents()) == 2


def test_another_shop_is_told_to_have_a_code_of_its_own_and_posts_by_it(
    nights: Nights,
    shop: Connection,
    kontur: Sandbox,
    database: str,
    mariadb_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rebuilding would take the first shop's sales for those of the second: their orders' IDs are the same."""
    make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    assert nights.run(DAY) == []

    use_another_ledger(f"{database}_other", mariadb_port, monkeypatch)
    with pytest.raises(LedgerBehindError, match=r"журнал не восстанавливайте.*\(shop\.code\)"):
        preflight(settings.load(), Window(DAY, DAY))
    monkeypatch.setenv("KONTUR__SHOP__CODE", "B")
    report = Nights(LedgerDatabase()).window(DAY, DAY)
    assert (report["documents"], report["payments"], len(kontur.books.documents())) == (1, 1, 2)
