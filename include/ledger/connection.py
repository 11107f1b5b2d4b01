"""Connections to the ledger's database: strict mode, UTC, READ COMMITTED, whatever the server's defaults are."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tenacity

from include.ledger.chunks import chunked
from include.ledger.errors import LedgerCrowdedError, in_words, is_collision
from include.mysql.connecting import Connector

CONNECTION_ID = "kontur_sync_mysql"

_SESSION = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO',"
    " time_zone = '+00:00', innodb_lock_wait_timeout = 20"
)
_COLLISION_TRIES = 5
PATIENCE_S = 20.0
"""How long a task waits for a connection where all are taken."""


class Session:
    """One connection. Statements are committed one by one, unless they stand in :meth:`transaction`."""

    read_only = False

    def __init__(self, connection: Any, connection_id: str) -> None:
        self._connection = connection
        self._id = connection_id
        self.execute(_SESSION)
        self.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """The number of rows found or changed (MySQL counts a row that an UPDATE leaves as it is as not changed)."""
        with in_words(self._id), contextlib.closing(self._connection.cursor()) as cursor:
            return int(cursor.execute(sql, tuple(parameters)))

    def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """A statement for each row; for few rows, or those that :meth:`insert` cannot write."""
        if rows:
            with in_words(self._id), contextlib.closing(self._connection.cursor()) as cursor:
                cursor.executemany(sql, [tuple(row) for row in rows])

    def insert(self, into: str, row: str, rows: Sequence[Sequence[object]], then: str = "") -> None:
        """Many rows by few statements: ``into VALUES row, row, … then``.

        The driver's own ``executemany`` joins rows only where they hold nothing but ``%s``, no ``UTC_TIMESTAMP(6)``.

        Args:
            into: ``INSERT INTO table (columns)``.
            row: what stands for one row, ``(%s, …, UTC_TIMESTAMP(6))``.
            rows: its parameters, a sequence for each row.
            then: ``ON DUPLICATE KEY UPDATE …``.
        """
        for part in chunked(rows):
            self.execute(
                f"{into} VALUES {', '.join([row] * len(part))} {then}", [value for values in part for value in values]
            )

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with in_words(self._id), contextlib.closing(self._connection.cursor()) as cursor:
            cursor.execute(sql, tuple(parameters))
            return list(cursor.fetchall())

    def row(self, sql: str, parameters: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, if there is one."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def in_transaction(self, work: Callable[[], None], tries: int = _COLLISION_TRIES) -> None:
        """Do ``work`` in one transaction; again from the start where MySQL rolled it back for another's sake.

        A COMMIT whose answer is lost raises: whether it was done must be read again.

        Args:
            work: what is done in it.
            tries: how often in all, where others collide with it.
        """
        for attempt in range(1, tries + 1):
            try:
                with in_words(self._id):
                    self._connection.begin()
                work()
                with in_words(self._id):
                    self._connection.commit()
            except BaseException as error:
                with contextlib.suppress(Exception):
                    self._connection.rollback()
                cause = error.__cause__
                if cause is not None and is_collision(cause) and attempt < tries:
                    continue
                raise
            else:
                return

    def close(self) -> None:
        """Close; a connection that is already gone is no error."""
        with contextlib.suppress(Exception):
            self._connection.close()


class LedgerDatabase:
    """Opens sessions; Airflow's connection is looked up once, so that threads may call :meth:`open`."""

    def __init__(self, connection_id: str = CONNECTION_ID) -> None:
        self.connection_id = connection_id
        with in_words(connection_id):
            self._connector = Connector(connection_id, needs=["host", "login", "schema"])
        self.name = self._connector.schema

    def connect(self) -> Any:
        """A bare connection of the driver, autocommit on."""
        with in_words(self.connection_id):
            connection: Any = self._connector.open()
            connection.autocommit(True)
            return connection

    def connect_patiently(self, patience_s: float) -> Any:
        """As :meth:`connect`; where the user has all the connections that it may, others end theirs meanwhile.

        Raises:
            LedgerCrowdedError: none did within ``patience_s``.
        """
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LedgerCrowdedError),
            wait=tenacity.wait_random(0.1, 1),
            stop=tenacity.stop_after_delay(patience_s),
            reraise=True,
        ):
            with attempt:
                return self.connect()
        raise AssertionError

    @contextlib.contextmanager
    def open(self, patience_s: float = PATIENCE_S) -> Iterator[Session]:
        """A session for as long as the block lasts; see :meth:`connect_patiently`."""
        session = Session(self.connect_patiently(patience_s), self.connection_id)
        try:
            yield session
        finally:
            session.close()
