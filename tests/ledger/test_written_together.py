"""Rows that one statement writes become what each becomes by itself."""

import datetime as dt
import random

import pytest
from msgspec import structs

from include.ledger.connection import Session
from include.ledger.journal import Ending, Journal
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.operations import Operations

_COUNT = 12


def planned(key: str) -> OperationRow:
    return OperationRow(
        key=key, order_id=7, connection="kontur_default", kind=Kind.SALE_INVOICE, parent_key=None, state=State.PLANNED
    )


def changed(row: OperationRow, dice: random.Random) -> OperationRow:
    """Some outcome of it; few values, so that some of them are shared by many rows, by one, or by all."""
    moment = dt.datetime(2026, 2, 3, 4, 5, 6, 789)
    return structs.replace(
        row,
        state=dice.choice([State.SENDING, State.SENDING, State.DONE, State.UNKNOWN]),
        attempts=dice.choice([0, 1, 1]),
        uncertain=dice.random() < 0.3,
        payload=dice.choice([row.payload, None, '{"total": 1}', f'{{"of": "{dice.random()}"}}']),
        doc_id=dice.choice([None, f"d{dice.random()}"]),
        unknown_since=dice.choice([None, moment]),
        code=dice.choice([None, "found"]),
        message=dice.choice([None, "[]"]),
        run_id=dice.choice(["run-1", "run-1", "run-2"]),
    )


def told(session: Session, prefix: str) -> list[tuple[object, ...]]:
    return session.rows(
        "SELECT SUBSTR(op_key, 3), state, epoch, attempts, uncertain, payload, payload_hash,"
        " TRIM(TRAILING 'b' FROM doc_id), unknown_since, absent_since, code, message, run_id, done_at IS NOT NULL"
        " FROM local_kontur_bukh_operation"
        " WHERE op_key LIKE %s ORDER BY op_key",
        [prefix + "%"],
    )


@pytest.mark.parametrize("seed", range(20))
def test_written_together_or_one_by_one_rows_become_the_same(session: Session, seed: int) -> None:
    dice, operations = random.Random(seed), Operations(session)
    for n in range(_COUNT):
        for prefix in ("a:", "b:"):
            operations.plan([planned(f"{prefix}{n:02}")])
            row = operations.get(f"{prefix}{n:02}")
            assert row is not None
            for _ in range(n % 3):  # they stand at different epochs
                row = operations.save(structs.replace(row, state=State.SENDING, payload="{}"))
                assert row is not None
    rows = operations.get_all([f"a:{n:02}" for n in range(_COUNT)])
    after = [changed(rows[f"a:{n:02}"], dice) for n in range(_COUNT)]
    frozen = {row.key for row in after if row.payload == rows[row.key].payload}
    dice.shuffle(after)

    assert operations.save_all(after, frozen) == _COUNT
    for row in after:
        twin = structs.replace(row, key=row.key.replace("a:", "b:"), doc_id=row.doc_id and row.doc_id + "b")
        assert operations.save(twin) is not None
    assert told(session, "a:") == told(session, "b:")


def test_a_row_at_another_epoch_is_not_written_with_the_others(session: Session) -> None:
    operations = Operations(session)
    operations.plan([planned("a:1"), planned("a:2"), planned("a:3")])
    rows = [*operations.get_all(["a:1", "a:2", "a:3"]).values()]
    assert operations.save(structs.replace(rows[1], state=State.REVIEW)) is not None

    sending = [structs.replace(row, state=State.SENDING, payload="{}") for row in rows]
    assert operations.save_all(sending) == 2
    assert [(state, epoch) for _, state, epoch, *_ in told(session, "a:")] == [
        ("sending", 1),
        ("review", 1),
        ("sending", 1),
    ]


def test_only_rows_that_are_written_are_looked_at(session: Session) -> None:
    operations, journal = Operations(session), Journal(session)
    operations.plan([planned(f"a:{n:04}") for n in range(2_000)])
    rows = [*operations.get_all([f"a:{n:04}" for n in range(0, 2_000, 100)]).values()]
    rows = [structs.replace(row, state=State.SENDING, epoch=row.epoch + n % 2) for n, row in enumerate(rows)]
    journal.begin_all([(planned(f"a:{n:04}"), "run-1") for n in range(2_000)])
    journal.begin_all([(row, "run-2") for row in rows if row.epoch])
    session.execute("FLUSH STATUS")

    assert operations.save_all(rows) == 10  # every second one stands at another epoch
    journal.complete_all([(row, Ending("created", 201, None, row.key)) for row in rows])
    looked_at = session.rows("SHOW SESSION STATUS LIKE 'Handler_read%%'")
    assert sum(int(count) for _, count in looked_at) < 200
    ended = session.rows("SELECT op_key, epoch, detail FROM local_kontur_bukh_attempt WHERE ended_at IS NOT NULL")
    assert sorted(ended) == [(row.key, row.epoch, row.key) for row in rows]
