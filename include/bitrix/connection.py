"""Connections to the shop's database, by Airflow's MySqlHook."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import MySQLdb.connections
from airflow.providers.mysql.hooks.mysql import MySqlHook
from airflow.sdk.exceptions import AirflowNotFoundException

from include.bitrix.errors import BitrixConfigurationError, in_words


@contextlib.contextmanager
def connection(conn_id: str) -> Iterator[MySQLdb.connections.Connection]:
    """A connection that is closed at the end; text travels as utf8mb4 whatever charset the tables have.

    Raises:
        BitrixError: it cannot be opened.
    """
    with in_words(conn_id):
        opened = _connect(conn_id)
    with contextlib.closing(opened):
        yield opened


def _connect(conn_id: str) -> MySQLdb.connections.Connection:
    try:
        hook = MySqlHook(conn_id, log_sql=False)
        if not hook.get_connection(conn_id).login:
            raise BitrixConfigurationError(f"Connection {conn_id} has no login: fill it in.")
        opened = hook.get_conn()
    except AirflowNotFoundException:
        raise BitrixConfigurationError(
            f"Connection {conn_id} is not defined; create it in Airflow, or set AIRFLOW_CONN_{conn_id.upper()}."
        ) from None
    if not isinstance(opened, MySQLdb.connections.Connection):
        opened.close()
        raise BitrixConfigurationError(f"Connection {conn_id}: its extra «client» must be mysqlclient, the default.")
    opened.set_character_set("utf8mb4")
    return opened
