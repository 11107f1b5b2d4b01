import MySQLdb
import pytest

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerTransientError
from include.ledger.locks import Locks
from include.ledger.named_locks import Connection
from tests.locking import held


def locks_of(database: LedgerDatabase) -> Locks[Connection]:
    return Locks(lambda: Connection(database))


@pytest.mark.usefixtures("session")
def test_a_lock_has_one_holder_and_is_free_when_its_connection_ends(ledger_database: LedgerDatabase) -> None:
    with locks_of(ledger_database) as second:
        with locks_of(ledger_database) as first:
            assert first.take("order:1")
            assert held(first, "order:1") == [True]
            assert not second.take("order:1")
            assert second.take("order:2")
            assert held(first, "order:2") == [False]
        assert second.take("order:1", wait_s=5)


def kill_others(session: Session) -> None:
    others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    for (id_,) in session.rows(others):
        session.execute(f"KILL {id_}")


def test_where_nobody_has_a_lock_a_connection_that_was_lost_is_missed_by_nobody(
    ledger_database: LedgerDatabase, session: Session
) -> None:
    with locks_of(ledger_database) as locks:
        assert locks.take("order:1")
        locks.release("order:1")
        kill_others(session)
        assert locks.take("order:2")
        assert held(locks, "order:2") == [True]
        kill_others(session)
        with pytest.raises(LedgerTransientError):
            locks.take("order:3")


def test_a_holder_whose_connection_was_killed_knows_that_it_lost_its_lock(
    ledger_database: LedgerDatabase, session: Session
) -> None:
    with locks_of(ledger_database) as locks:
        assert locks.take("order:1")
        kill_others(session)
        assert held(locks, "order:1") == [False]
        locks.release("order:1")


def test_locks_of_two_ledgers_on_one_server_do_not_meet(
    ledger_database: LedgerDatabase, mariadb_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": "root", "schema": "mysql"}
    monkeypatch.setenv("AIRFLOW_CONN_OTHER_LEDGER", __import__("json").dumps(other))
    with locks_of(ledger_database) as first, locks_of(LedgerDatabase("other_ledger")) as second:
        assert first.take("order:1")
        assert second.take("order:1")


@pytest.mark.usefixtures("session")
def test_senders_of_one_task_share_the_connection_and_no_lock(ledger_database: LedgerDatabase) -> None:
    with locks_of(ledger_database) as locks, locks_of(ledger_database) as another_task:
        assert another_task.take("order:3")
        assert locks.take_all(["order:1", "order:2", "order:1", "order:3"]) == [True, True, False, False]
        assert not locks.take("order:1"), "the server itself would give it once more"
        assert held(locks, "order:1", "order:2", "order:3") == [True, True, False]
        locks.release_all(["order:1", "order:2"])
        assert another_task.take_all(["order:1", "order:2"]) == [True, True]


@pytest.mark.usefixtures("session")
def test_a_lock_that_was_lost_is_nobodys_until_its_holder_knows_though_a_new_connection_is_there(
    ledger_database: LedgerDatabase, mariadb_port: int
) -> None:
    with locks_of(ledger_database) as locks:
        assert locks.take("order:1")
        admin = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root", autocommit=True)
        with admin.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", [ledger_database.name])
            for (id_,) in cursor.fetchall():
                cursor.execute(f"KILL {id_}")
        admin.close()
        with pytest.raises(LedgerTransientError):
            locks.take("order:2")
        assert locks.take("order:2"), "a new connection was opened"
        assert not locks.take("order:1"), (
            "a colleague would take it on the new one, and its holder would believe it his"
        )
        assert held(locks, "order:1", "order:2") == [False, True]
        locks.release("order:1")
        assert locks.take("order:1")
