"""What is recorded of a night is what the ledger and Kontur have of it."""

from __future__ import annotations

import datetime as dt
import json
import os

import pytest
from kontur_hook import http_connection
from MySQLdb.connections import Connection

from include.ledger.connection import LedgerDatabase
from include.posting import groups
from include.steps import night
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from sandbox.stack import recorder

DAY = dt.date(2026, 3, 17)
ORDERS = 3


def test_each_post_leaves_with_the_age_of_its_intent_and_of_its_look(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", "2016-01-01")
    # The shop lies in the ledger's database.
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", os.environ["AIRFLOW_CONN_KONTUR_SYNC_MYSQL"])
    for _ in range(ORDERS):
        make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    with recorder.recording() as at_work:
        answer = json.loads(night.run(night.Job(date_from=str(DAY), date_to=str(DAY))).line())
    assert answer["error"] is None
    recorded = at_work.recorded
    with ledger_database.open() as session:
        ((attempts,),) = session.rows("SELECT COUNT(*) FROM local_kontur_bukh_attempt", [])
    assert recorded.posts == attempts >= answer["documents"] + answer["payments"] == 2 * ORDERS
    assert recorded.rounds > 0
    assert recorded.rows_per_round >= 1
    assert recorded.ms_per_round > 0
    assert 0 < recorded.oldest_look_s < recorded.oldest_intent_s < 2


def test_nothing_is_recorded_afterwards() -> None:
    before = groups.do, http_connection.Connection.exchange
    with recorder.recording():
        assert groups.do is not before[0]
    assert (groups.do, http_connection.Connection.exchange) == before
