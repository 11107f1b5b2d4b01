"""Connections to servers of the tests, as Airflow reads them from its environment."""

from __future__ import annotations

import json


def airflow_connection(
    port: int, database: str, login: str = "root", password: str = "", extra: dict[str, object] | None = None
) -> str:
    """The value of an ``AIRFLOW_CONN_*`` variable."""
    return json.dumps(
        {
            "conn_type": "mysql",
            "host": "127.0.0.1",
            "port": port,
            "schema": database,
            "login": login,
            "password": password,
            "extra": extra or {},
        }
    )
