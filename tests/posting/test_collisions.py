"""Another session holds the rows that a sender needs: its short transaction is done again, its request never."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from kontur_hook.outcome import Outcome

from include.books.requests import Create
from include.ledger import connection as connection_module
from include.ledger.connection import Session
from include.ledger.errors import is_collision
from include.ledger.operation import OperationRow
from include.ledger.statements import Begin, Begun, Complete, NotWritten
from include.ledger.tables import Tables
from include.mysql.errors import error_code
from include.posting.core import Result
from sandbox.kontur.serving import Sandbox
from tests.posting.driver_scenarios import DiedError
from tests.posting.poster import Poster, in_kontur, operations_of

LOCK_WAIT, DEADLOCK = 1205, 1213
_ROW = "SELECT 1 FROM local_kontur_bukh_operation WHERE op_key = 'sale:1' FOR UPDATE"
_WAITS = 3
"""One second each: together longer than an intent may be old at the last check, which counts from its write."""
_JOURNAL = "SELECT 1 FROM local_kontur_bukh_attempt FOR UPDATE"
_WAITING = "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"


@pytest.fixture(autouse=True)
def _one_order(poster: Poster) -> None:
    in_kontur(poster.account, None, None, "Розничные покупатели")
    poster.plan(operations_of(1)[0])


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender waits for a row one second instead of twenty."""
    impatient = connection_module._SESSION.replace("innodb_lock_wait_timeout = 20", "innodb_lock_wait_timeout = 1")
    monkeypatch.setattr(connection_module, "_SESSION", impatient)


@pytest.fixture
def other(poster: Poster) -> Iterator[Session]:
    """A session that takes what it can get for as long as it wants."""
    with poster.ledger.open() as session:
        session.execute("SET SESSION innodb_lock_wait_timeout = 20")
        yield session


@pytest.fixture
def collisions(other: Session, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the errors that sent a transaction back; after ``_WAITS`` of them the other session lets go."""
    seen: list[int] = []

    def noted(error: BaseException) -> bool:
        if is_collision(error):
            seen.append(error_code(error))
            if seen == [LOCK_WAIT] * _WAITS:
                other.execute("ROLLBACK")
        return is_collision(error)

    monkeypatch.setattr(connection_module, "is_collision", noted)
    return seen


def before_the_intent(monkeypatch: pytest.MonkeyPatch, strike: Callable[[], None]) -> None:
    begin = Begin.on

    def beginning(self: Begin, tables: Tables) -> Begun | NotWritten:
        strike()
        return begin(self, tables)

    monkeypatch.setattr(Begin, "on", beginning)


def before_the_record(monkeypatch: pytest.MonkeyPatch, strike: Callable[[], None]) -> None:
    complete = Complete.on

    def completing(self: Complete, tables: Tables) -> OperationRow | NotWritten:
        strike()
        return complete(self, tables)

    monkeypatch.setattr(Complete, "on", completing)


POINTS = pytest.mark.parametrize("at", [before_the_intent, before_the_record])
At = Callable[[pytest.MonkeyPatch, Callable[[], None]], None]


def posted_once(poster: Poster, kontur: Sandbox) -> None:
    assert poster.states() == {"sale:1": "done"}
    assert len(kontur.books.documents()) == 1
    posts = [r for r in kontur.books.requests() if (r["method"], r["path"][-13:]) == ("POST", "/saleinvoices")]
    assert [r["status"] for r in posts] == [201]
    with poster.ledger.open() as session:
        assert session.rows("SELECT outcome FROM local_kontur_bukh_attempt") == [("created",)]


@POINTS
@pytest.mark.usefixtures("_impatient")
def test_a_lock_wait(
    poster: Poster,
    kontur: Sandbox,
    other: Session,
    collisions: list[int],
    monkeypatch: pytest.MonkeyPatch,
    at: At,
) -> None:
    def take_the_row() -> None:
        other.execute("BEGIN")
        other.execute(_ROW)

    at(monkeypatch, take_the_row)
    assert poster.post(1).results == {Result.DONE: 1}
    assert collisions == [LOCK_WAIT] * _WAITS
    posted_once(poster, kontur)


@POINTS
def test_a_deadlock(
    poster: Poster,
    kontur: Sandbox,
    other: Session,
    collisions: list[int],
    monkeypatch: pytest.MonkeyPatch,
    at: At,
) -> None:
    """The sender has the row and wants the journal, the other session has the journal and wants the row."""
    other.execute("CREATE TABLE ballast (n INT) ENGINE=InnoDB")
    ended: list[threading.Thread] = []

    def cross() -> None:
        # Gaps are locked, too, so that not even a new line fits in; and what has written more is not the victim.
        other.execute("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        other.execute("BEGIN")
        other.insert("INSERT INTO ballast", "(%s)", [(number,) for number in range(1000)])
        other.execute(_JOURNAL)
        ended.append(threading.Thread(target=want_the_row))
        ended[0].start()

    def want_the_row() -> None:
        with poster.ledger.open() as watching:
            deadline = time.monotonic() + 10
            while not watching.rows(_WAITING)[0][0] and time.monotonic() < deadline:
                time.sleep(0.01)
        other.execute(_ROW)
        other.execute("ROLLBACK")

    at(monkeypatch, cross)
    assert poster.post(1).results == {Result.DONE: 1}
    ended[0].join()
    assert collisions == [DEADLOCK]
    posted_once(poster, kontur)


@pytest.mark.usefixtures("_impatient")
def test_a_lock_wait_at_the_claim_of_what_a_dead_sender_left(
    poster: Poster, kontur: Sandbox, other: Session, collisions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, contextlib.suppress(DiedError):
        patched.setattr(Create, "by", _dies)
        poster.post(1)
    assert poster.states() == {"sale:1": "sending"}
    other.execute("BEGIN")
    other.execute(_ROW)
    assert poster.post(1).results == {Result.WAITING: 1}
    assert collisions == [LOCK_WAIT] * _WAITS
    assert poster.states() == {"sale:1": "unknown"}
    assert kontur.books.documents() == []


async def _dies(*_: object) -> Outcome:
    raise DiedError
