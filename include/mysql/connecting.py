"""Connecting to a MySQL or MariaDB server by an Airflow connection, whatever the server's defaults are."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import MySQLdb.connections
from airflow.providers.mysql.hooks.mysql import MySqlHook
from airflow.sdk.exceptions import AirflowNotFoundException
from MySQLdb.cursors import Cursor

from include.facts import said
from include.mysql.errors import MisconfiguredError

IDLE_LIMIT_S = 3600
"""How long a connection may wait for its next statement. Longer than any request to Kontur, whatever the server's own
``wait_timeout`` is; and short enough that the locks of a machine that went dead are free again within the hour."""


class Connector:
    """Opens connections; Airflow's is looked up once, so that threads may call :meth:`open`."""

    def __init__(self, connection_id: str, *, needs: Sequence[str]) -> None:
        """``needs``: the fields that have to be filled in.

        Raises:
            MisconfiguredError: there is no such connection, or it cannot be used as it is.
        """
        try:
            connection = MySqlHook.get_connection(connection_id)
        except AirflowNotFoundException:
            variable = f"AIRFLOW_CONN_{connection_id.upper()}"
            raise MisconfiguredError(said("connection_missing", id=connection_id, variable=variable)) from None
        if connection.extra_dejson.get("client", "mysqlclient") != "mysqlclient":
            raise MisconfiguredError(said("connection_client", id=connection_id))
        for field in needs:
            if not getattr(connection, field):
                raise MisconfiguredError(said("connection_incomplete", id=connection_id, field=field.capitalize()))
        self._hook = MySqlHook(mysql_conn_id=connection_id, log_sql=False, connection=connection)
        self.schema: str = connection.schema or ""

    def open(self) -> MySQLdb.connections.Connection:
        """A connection whose text travels as utf8mb4, and whose rows are tuples, whatever the extra says.

        Raises:
            MySQLdb.Error: the server cannot be reached, or refuses.
        """
        opened: Any = self._hook.get_conn()
        try:
            opened.set_character_set("utf8mb4")
            opened.cursorclass = Cursor
            with contextlib.closing(opened.cursor()) as cursor:
                cursor.execute(f"SET SESSION wait_timeout = {IDLE_LIMIT_S}")
        except BaseException:
            opened.close()
            raise
        return opened  # type: ignore[no-any-return]


def statement_limit(opened: MySQLdb.connections.Connection, seconds: int) -> str:
    """The session's setting by which the server ends a query that takes longer."""
    if "MariaDB" in opened.get_server_info():
        return f"max_statement_time = {seconds}"
    return f"max_execution_time = {seconds * 1000}"
