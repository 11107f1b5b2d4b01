"""Bring the ledger's tables to the version of this code; ``python -m include.ledger.migrate`` does only that."""

from __future__ import annotations

import pathlib

import sqlalchemy
import sqlalchemy.pool
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from include.facts import said
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerConfigurationError, in_words
from include.ledger.locks import Locks
from include.ledger.named_locks import Connection
from include.words import speak
from include.words.terminal import language

_WAIT_S = 60
_VERSION_TABLE = "local_kontur_bukh_version"


def migrate(database: LedgerDatabase) -> None:
    """Apply the versions that are missing; two runs at once do it one after the other.

    Raises:
        LedgerTransientError: the database is away.
        LedgerConfigurationError: a right is missing, or a table of ours is not InnoDB.
    """
    config = _config()
    with Locks(lambda: Connection(database)) as locks:
        if not locks.take("migrate", wait_s=_WAIT_S):
            raise LedgerConfigurationError(said("ledger_migrating", seconds=_WAIT_S))
        engine = sqlalchemy.create_engine(
            "mysql+mysqldb://", creator=database.connect, poolclass=sqlalchemy.pool.NullPool
        )
        try:
            with in_words(database.connection_id), engine.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except sqlalchemy.exc.DBAPIError as error:
            with in_words(database.connection_id):
                raise error.orig or error from error
        finally:
            engine.dispose()
    _check_engine(database)


def version_of(session: Session) -> str | None:
    """The version of the ledger's tables; ``None``: there are none."""
    there = session.row(
        f"SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '{_VERSION_TABLE}'"
    )
    row = session.row(f"SELECT version_num FROM {_VERSION_TABLE}") if there else None
    return str(row[0]) if row else None


def is_up_to_date(session: Session) -> bool:
    """Whether the tables are those of this code."""
    return version_of(session) == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(pathlib.Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _check_engine(database: LedgerDatabase) -> None:
    """Locks and transactions rest on InnoDB."""
    with database.open() as session:
        others = session.rows(
            "SELECT table_name, engine FROM information_schema.tables WHERE table_schema = DATABASE()"
            " AND table_name LIKE 'local\\_kontur\\_bukh\\_%%' AND table_name <> 'local_kontur_bukh_sync'"
            " AND engine <> 'InnoDB'"
        )
    if others:
        table, engine = others[0]
        raise LedgerConfigurationError(said("ledger_engine", table=table, engine=engine))


if __name__ == "__main__":
    speak(language())
    migrate(LedgerDatabase())
