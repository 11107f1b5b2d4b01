"""Every named case of the demo shop through extract, transform, load and record, on the real parts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.sandbox.kontur.serving import Sandbox
from include.sandbox.shop.cases import CASES, Made, make_case
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.record import record
from include.steps.transform import transform
from include.window import Window

DAY = dt.date(2026, 3, 17)
WINDOW = Window(DAY - dt.timedelta(days=30), DAY + dt.timedelta(days=60))
ZONE = settings.load().shop.zone
SLOW = {"ten_thousand_lines"}


@pytest.fixture
def made(shop: Connection) -> dict[str, Made]:
    return {name: make_case(shop, name, at=DAY) for name in CASES if name not in SLOW}


def test_the_books_hold_what_each_case_calls_for(
    made: dict[str, Made], ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    preflight(settings.load(), WINDOW)
    ids = sorted(case.order_id for case in made.values())
    for start in range(0, len(ids), 50):
        transform(ids[start : start + 50], settings.load(), "run-1")
        load(ids[start : start + 50], settings.load(), "run-1", last_try=True)
    record(ids, "run-1")

    documents = {d["number"]: d for d in kontur.books.documents()}
    problems = {}
    with ledger_database.open() as session:
        states = dict(session.rows("SELECT order_id, state FROM local_kontur_bukh_order"))
        messages = dict(session.rows("SELECT order_id, message FROM local_kontur_bukh_order"))
    for name, case in made.items():
        expected = [(d.number, d.date.isoformat(), d.total) for d in case.outcome.documents]
        found = [documents[case.number]] if case.number in documents else []
        actual = [(d["number"], d["date"], d["total"]) for d in found]
        money = [
            sorted((m["date"], m["amount"], m["method"]) for m in rows if m["number"] == case.number)
            for rows in (kontur.books.payments(), kontur.books.refunds())
        ]
        wanted = [
            sorted(((m.date or dt.datetime.now(ZONE).date()).isoformat(), m.amount, m.method) for m in rows)
            for rows in (case.outcome.payments, case.outcome.refunds)
        ]
        if (expected, wanted) != (actual, money):
            problems[name] = (expected, actual, wanted, money, states.get(case.order_id), messages.get(case.order_id))
    for name, problem in problems.items():
        print(name, *problem, sep="\n    ")
    assert not problems
    assert sum((d["total"] for d in documents.values()), start=Decimal(0)) > 0
