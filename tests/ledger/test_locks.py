import MySQLdb
import pytest

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerTransientError
from include.ledger.locks import Locks


@pytest.mark.usefixtures("session")
def test_a_lock_has_one_holder_and_is_free_when_its_connection_ends(ledger_database: LedgerDatabase) -> None:
    with Locks(ledger_database) as second:
        with Locks(ledger_database) as first:
            assert first.take("order:1")
            assert first.holds("order:1")
            assert not second.take("order:1")
            assert second.take("order:2")
            assert not first.holds("order:2")
        assert second.take("order:1", wait_s=5)


def test_a_holder_whose_connection_was_killed_knows_that_it_lost_its_lock(
    ledger_database: LedgerDatabase, session: Session
) -> None:
    with Locks(ledger_database) as locks:
        assert locks.take("order:1")
        own = session.rows("SELECT CONNECTION_ID()")[0][0]
        for (id_,) in session.rows(
            "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> %s", [own]
        ):
            session.execute(f"KILL {id_}")
        assert not locks.holds("order:1")
        locks.release("order:1")


def test_locks_of_two_ledgers_on_one_server_do_not_meet(
    ledger_database: LedgerDatabase, mariadb_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": "root", "schema": "mysql"}
    monkeypatch.setenv("AIRFLOW_CONN_OTHER_LEDGER", __import__("json").dumps(other))
    with Locks(ledger_database) as first, Locks(LedgerDatabase("other_ledger")) as second:
        assert first.take("order:1")
        assert second.take("order:1")


def test_taking_a_lock_after_a_lost_connection_opens_a_new_one(
    ledger_database: LedgerDatabase, mariadb_port: int
) -> None:
    with Locks(ledger_database) as locks:
        assert locks.take("order:1")
        admin = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root", autocommit=True)
        with admin.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", [ledger_database.name])
            for (id_,) in cursor.fetchall():
                cursor.execute(f"KILL {id_}")
        admin.close()
        with pytest.raises(LedgerTransientError):
            locks.take("order:1")
        assert locks.take("order:1", wait_s=5)
