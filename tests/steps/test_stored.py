"""What another version of the package stored, or something damaged, concerns its own order only."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from MySQLdb.connections import Connection

from include.steps.load import load
from include.steps.record import record
from include.steps.transform import transform
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)
GARBAGE = [
    "garbage",
    "{}",
    '{"type": "sale", "operation": {"key": "sale:1"}}',
    '{"version": 99, "type": "sale", "operation": {}}',
]


def store(nights: Nights, column: str, text: str | None, key: str) -> None:
    """Put ``text`` into a row of the ledger."""
    table, name = ("order", "order_id") if column == "findings" else ("operation", "op_key")
    with nights.ledger.open() as session:
        sql = f"UPDATE local_kontur_bukh_{table} SET {column} = %s WHERE {name} = %s"
        assert session.execute(sql, [text, key]) == 1


def read(nights: Nights, key: str) -> str:
    with nights.ledger.open() as session:
        row = session.row("SELECT plan FROM local_kontur_bukh_operation WHERE op_key = %s", [key])
    assert row is not None
    return str(row[0])


@pytest.fixture
def two(shop: Connection) -> tuple[int, int]:
    """Two orders that are due."""
    first, second = (make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id for _ in range(2))
    return first, second


@pytest.mark.parametrize("text", GARBAGE)
def test_a_plan_that_was_never_sent_is_planned_anew(
    two: tuple[int, int], nights: Nights, kontur: Sandbox, text: str
) -> None:
    nights.plan(two)
    store(nights, "plan", text, f"sale:{two[0]}")
    assert nights.look_at(two) == []
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == 2


@pytest.mark.parametrize("text", GARBAGE)
def test_a_plan_that_load_cannot_read_stops_its_own_order_until_the_next_run(
    two: tuple[int, int], nights: Nights, kontur: Sandbox, text: str
) -> None:
    nights.plan(two)
    store(nights, "plan", text, f"sale:{two[0]}")
    load(two, nights.rules, "night")
    (square,) = record(two, nights.rules, "night")
    assert (square["order_ids"], square["code"]) == ([two[0]], "plan_unreadable")
    assert len(kontur.books.documents()) == 1
    assert nights.look_at(two) == []
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == 2


@pytest.mark.parametrize("text", GARBAGE)
def test_a_plan_of_what_was_sent_is_for_a_person_and_nothing_more_of_that_order_is_posted(
    two: tuple[int, int], nights: Nights, kontur: Sandbox, text: str
) -> None:
    nights.look_at(two[:1])
    whole = read(nights, f"sale:{two[0]}")
    store(nights, "plan", text, f"sale:{two[0]}")
    (square,) = nights.look_at(two)
    assert (square.order_id, square.code) == (two[0], "plan_unreadable")
    assert nights.sync_row(two[1]) is not None
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == 2
    store(nights, "plan", whole, f"sale:{two[0]}")
    assert nights.look_at(two) == []
    assert nights.states(two[0])[f"sale:{two[0]}"] == "done"


def test_what_was_sent_and_is_unknown_is_settled_though_its_plan_cannot_be_read(
    two: tuple[int, int], nights: Nights, kontur: Sandbox
) -> None:
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    nights.rules = nights.rules.model_copy(
        update={"posting": nights.rules.posting.model_copy(update={"settle_s": 0.000001})}
    )
    nights.look_at(two[:1])
    assert nights.states(two[0])[f"sale:{two[0]}"] == "unknown"
    store(nights, "plan", "garbage", f"sale:{two[0]}")
    (square,) = nights.look_at(two)
    assert (square.order_id, square.code) == (two[0], "plan_unreadable")
    assert nights.states(two[0])[f"sale:{two[0]}"] == "done"
    assert len(kontur.books.documents()) == 2


def test_a_damaged_payload_is_never_sent_again_and_holds_up_no_other_order(
    two: tuple[int, int], nights: Nights, kontur: Sandbox
) -> None:
    nights.rules = nights.rules.model_copy(
        update={"posting": nights.rules.posting.model_copy(update={"settle_s": 0.000001})}
    )
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    nights.look_at(two[:1])
    store(nights, "payload", "garbage", f"sale:{two[0]}")
    assert [order.order_id for order in nights.look_at(two)] == [two[0]], "it is not confirmed, and says so"
    assert nights.states(two[0])[f"sale:{two[0]}"] == "unknown"
    assert nights.states(two[1])[f"sale:{two[1]}"] == "done"
    assert len(kontur.books.documents()) == 2


def test_rows_of_before_versions_are_neither_news_nor_lost(two: tuple[int, int], nights: Nights) -> None:
    nights.plan(two)
    stored = json.loads(read(nights, f"sale:{two[0]}"))
    del stored["version"]
    store(nights, "plan", json.dumps(stored), f"sale:{two[0]}")
    store(nights, "findings", "[]", str(two[0]))
    transform(two, nights.rules, "next")
    assert json.loads(read(nights, f"sale:{two[0]}")) == stored, "the same plan replaces nothing"
    assert nights.look_at(two) == []
    assert nights.states(two[0])[f"sale:{two[0]}"] == "done"


@pytest.mark.parametrize("text", ["garbage", '[{"verdict": "of another version"}]', '{"version": 99, "findings": []}'])
def test_findings_that_cannot_be_read_concern_their_own_order(two: tuple[int, int], nights: Nights, text: str) -> None:
    nights.look_at(two)
    store(nights, "findings", text, str(two[0]))
    (square,) = record(two, nights.rules, "night-1")
    assert square["code"] == "findings_unreadable"
    assert (nights.sync_row(two[0]) or ())[0] == "error"
    assert (nights.sync_row(two[1]) or ())[0] == "synced"
    assert nights.look_at(two) == []
    assert (nights.sync_row(two[0]) or ())[0] == "synced"
