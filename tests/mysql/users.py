"""Users of the tests' MariaDB, and Airflow's connections to it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import MySQLdb


def connection(port: int, schema: str, login: str = "root", **fields: Any) -> str:
    """An Airflow connection as its variable has it."""
    base = {"conn_type": "mysql", "host": "127.0.0.1", "port": port, "login": login, "schema": schema}
    return json.dumps(base | fields)


@contextlib.contextmanager
def user(port: int, database: str, options: str) -> Iterator[str]:
    """A user of ``database`` with these options of CREATE USER."""
    root = MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
    name = f"u_{database[-12:]}"
    with contextlib.closing(root), root.cursor() as cursor:
        cursor.execute(f"CREATE USER {name}@'127.0.0.1' {options}")
        cursor.execute(f"GRANT ALL ON {database}.* TO {name}@'127.0.0.1'")
        yield name
        cursor.execute(f"DROP USER {name}@'127.0.0.1'")
