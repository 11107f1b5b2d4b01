"""What several senders ask of the ledger at once, on MariaDB: all of it is done, or each by itself, or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerTransientError
from include.ledger.journal import Ending
from include.ledger.migrate import migrate
from include.ledger.named_locks import Look
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.ledger.statements import (
    Begin,
    Begun,
    Complete,
    Get,
    HasOtherDocument,
    LastLook,
    NotWritten,
    Now,
    OfOrders,
    Save,
    Statement,
    Take,
)
from include.ledger.tables import Tables
from include.posting import groups
from tests.posting.poster import operations_of, row

ROWS = [row(operation) for order_id in (1, 2, 3) for operation in operations_of(order_id)]
SALES = [each for each in ROWS if each.parent_key is None]


@pytest.fixture
def tables(ledger_database: LedgerDatabase) -> Iterator[Tables]:
    migrate(ledger_database)
    with Tables(ledger_database) as opened:
        opened.operations.plan(ROWS)
        yield opened


def sending(of: OperationRow) -> OperationRow:
    return structs.replace(of, state=State.SENDING, payload=f'{{"Чай": "{of.key} ☕"}}', attempts=1)


def intents(*of: OperationRow) -> list[Begin]:
    return [Begin(sending(each), "run") for each in of]


def statements(session: Session) -> int:
    ((_, sent),) = session.rows("SHOW SESSION STATUS LIKE 'Questions'")
    return int(sent)


def states(tables: Tables) -> list[tuple[str, str, int]]:
    return tables.session.rows(
        "SELECT op_key, state, epoch FROM local_kontur_bukh_operation WHERE parent_key IS NULL ORDER BY op_key"
    )


def journal(tables: Tables) -> list[tuple[str, int, str | None]]:
    return tables.session.rows("SELECT op_key, epoch, outcome FROM local_kontur_bukh_attempt ORDER BY op_key, epoch")


def test_outcomes_and_intents_share_one_transaction_of_few_statements(tables: Tables) -> None:
    begun = groups.do(tables, intents(*SALES))
    assert [type(each) for each in begun] == [Begun] * 3
    assert journal(tables) == [(f"sale:{n}", 1, None) for n in (1, 2, 3)]
    done = [structs.replace(each.row, state=State.DONE, doc_id=f"d{each.row.order_id}") for each in begun]
    unknown = structs.replace(
        begun[2].row, state=State.UNKNOWN, uncertain=True, unknown_since=dt.datetime(2026, 2, 3, 1, 2, 3, 456)
    )
    payment = next(each for each in ROWS if each.key == "payment:1")
    before = statements(tables.session)
    told = groups.do(
        tables,
        [
            Complete(begun[0].row, done[0], Ending("created", 201, "t1", "d1")),
            Complete(begun[2].row, unknown, Ending("unknown", None, None, "x" * 900)),
            *intents(payment),
            Complete(begun[1].row, done[1], Ending("created", 201, None, "d2")),
        ],
    )
    # BEGIN, the operations, whose the documents are, the new line, the lines' ends, COMMIT; and the question itself.
    assert statements(tables.session) - before == 7
    assert told[0] == structs.replace(done[0], epoch=2)
    assert isinstance(told[2], Begun)
    assert [stored(tables, key) for key in ("sale:1", "sale:2", "payment:1")] == [
        structs.replace(done[0], epoch=2),
        structs.replace(done[1], epoch=2),
        structs.replace(sending(payment), epoch=1),
    ]
    assert stored(tables, "sale:3") == structs.replace(unknown, epoch=2)
    (times,) = tables.session.rows(
        "SELECT SUM(done_at IS NOT NULL), SUM(state = 'done') FROM local_kontur_bukh_operation"
    )
    assert times == (2, 2)
    assert journal(tables) == [
        ("payment:1", 1, None),
        ("sale:1", 1, "created"),
        ("sale:2", 1, "created"),
        ("sale:3", 1, "unknown"),
    ]


def stored(tables: Tables, key: str) -> OperationRow:
    found = tables.operations.get(key)
    assert found is not None
    return structs.replace(found, updated_at=None, done_at=None)


def test_a_row_that_somebody_changed_stops_only_its_own_sender(tables: Tables) -> None:
    tables.session.execute("UPDATE local_kontur_bukh_operation SET epoch = 7 WHERE op_key = 'sale:2'")
    told = groups.do(tables, intents(*SALES))
    assert [type(each) for each in told] == [Begun, NotWritten, Begun]
    assert told[1] is NotWritten.CHANGED
    assert states(tables) == [("sale:1", "sending", 1), ("sale:2", "planned", 7), ("sale:3", "sending", 1)]
    assert journal(tables) == [("sale:1", 1, None), ("sale:3", 1, None)]


def test_what_another_operation_has_refuses_only_its_own(tables: Tables) -> None:
    equal = [each for each in ROWS if each.key.startswith("payment:")][:2]
    tables.session.execute("UPDATE local_kontur_bukh_operation SET parent_key = 'sale:1' WHERE op_key = 'payment:2'")
    rows = [structs.replace(each, state=State.DONE, doc_id="same") for each in equal]
    told = groups.do(tables, [Save(rows[0]), Save(rows[1]), Save(structs.replace(SALES[2], code="seen"))])
    assert [each is None for each in told] == [False, True, False]


def test_the_document_of_another_operation_refuses_only_its_own(tables: Tables) -> None:
    begun = [each.row for each in groups.do(tables, intents(*SALES))]
    done = [
        Complete(each, structs.replace(each, state=State.DONE, doc_id=id_), Ending("created", 201, None, id_))
        for each, id_ in zip(begun, ("d1", "d1", "d3"), strict=True)
    ]
    told = groups.do(tables, done)
    assert [told[0], told[2]] == [structs.replace(each.row, epoch=2) for each in (done[0], done[2])]
    assert told[1] is NotWritten.OF_ANOTHER, "two were told the same id in one round"
    assert states(tables) == [("sale:1", "done", 2), ("sale:2", "sending", 1), ("sale:3", "done", 2)]
    assert journal(tables) == [("sale:1", 1, "created"), ("sale:2", 1, None), ("sale:3", 1, "created")]
    assert groups.do(tables, [done[1]]) == [NotWritten.OF_ANOTHER], "nor alone"


def test_a_lost_commit_is_nobodys_intent(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> None:
        raise LedgerTransientError("lost")

    monkeypatch.setattr(tables.session, "_connection", _Without(tables.session._connection, lost))
    told = groups.do(tables, intents(*SALES))
    assert [type(each) for each in told] == [LedgerTransientError] * 3
    assert {state for _, state, _ in states(tables)} == {"planned"}
    assert journal(tables) == []


class _Without:
    """A connection whose COMMIT does something else."""

    def __init__(self, connection: object, commit: object) -> None:
        self._connection = connection
        self.commit = commit

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def test_what_is_read_for_several_is_each_ones_own(tables: Tables) -> None:
    tables.session.execute("UPDATE local_kontur_bukh_operation SET doc_id = 'd1' WHERE op_key = 'sale:1'")
    asked: list[Statement[Any]] = [
        OfOrders([1]),
        OfOrders([2, 9]),
        Get("sale:3"),
        Get("sale:9"),
        HasOtherDocument(SALES[0], "d1"),
        HasOtherDocument(SALES[1], "d1"),
        Now(),
    ]
    first, second, third, none, own, anothers, now = groups.do(tables, asked)
    assert sorted(each.key for each in first[1]) == ["payment:1", "refund:1", "sale:1"]
    assert [len(second[id_]) for id_ in (2, 9)] == [3, 0]
    assert (third.key, none) == ("sale:3", None)
    assert (own, anothers) == (False, True)
    assert abs(now - Operations(tables.session).now()) < dt.timedelta(minutes=1)


def test_last_looks_show_each_ones_lock_and_epoch(tables: Tables) -> None:
    assert groups.do(tables, [Take("order:1"), Take("order:2"), Take("order:1")]) == [True, True, False]
    looks = [
        LastLook("order:1", ("payment:1", "sale:1")),
        LastLook("order:3", ("sale:3",)),
        LastLook("order:2", ("sale:9",)),
    ]
    assert groups.do(tables, looks) == [Look(True, (0, 0)), Look(False, (0,)), Look(True, (None,))]
