"""The databases of the demo: made-up shop, empty ledger, and for each a user with no more rights than it needs.

`python -m sandbox.stack.provision` does it for the containers: connections and MARIADB_ROOT_PASSWORD come from
the environment, and a shop that is there already is left as it is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import MySQLdb

from include.facts import said
from include.words import text
from sandbox.shop import generate, schema
from sandbox.shop.cases import make_case
from sandbox.stack.days import yesterday
from sandbox.stack.errors import StackError

VERSION = "25"
"""Of the shop's sale module."""
PERIOD = dt.timedelta(days=181)
_FILLED = ("kontur_demo", "filled")
"""The option that says the shop is complete."""
SHOP_RIGHTS = "SELECT"
LEDGER_RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX"


@contextlib.contextmanager
def as_root(connection: Mapping[str, Any], password: str, database: str = "") -> Iterator[MySQLdb.Connection]:
    """A session of the server that an Airflow connection (parsed JSON) leads to."""
    session = MySQLdb.connect(
        host=connection["host"],
        port=connection.get("port", 3306),
        user="root",
        password=password,
        database=database,
        charset="utf8mb4",
        autocommit=True,
        local_infile=True,
    )
    try:
        yield session
    finally:
        session.close()


def grant(session: MySQLdb.Connection, connection: Mapping[str, Any], rights: str) -> None:
    """The database and the user of an Airflow connection (parsed JSON), made if missing."""
    database, login = connection["schema"], connection["login"]
    with session.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4")
        cursor.execute("DROP USER IF EXISTS %s@'%%'", (login,))
        cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", (login, connection["password"]))
        cursor.execute(f"GRANT {rights} ON `{database}`.* TO %s@'%%'", (login,))


def provision(
    environment: Mapping[str, str],
    root_password: str,
    orders: int,
    period: dt.timedelta = PERIOD,
    cases: Iterable[tuple[str, dt.date]] = (),
) -> None:
    """Shop, ledger and users for the connections in ``environment``; an existing shop is kept.

    Args:
        environment: holds AIRFLOW_CONN_BITRIX_MYSQL and AIRFLOW_CONN_KONTUR_SYNC_MYSQL as JSON.
        root_password: of the database server.
        orders: how many the new shop has.
        period: over the time of this length up to yesterday.
        cases: named orders besides, each with its day.

    Raises:
        StackError: the shop's database holds something else.
    """
    shop = json.loads(environment["AIRFLOW_CONN_BITRIX_MYSQL"])
    ledger = json.loads(environment["AIRFLOW_CONN_KONTUR_SYNC_MYSQL"])
    with as_root(shop, root_password) as session:
        grant(session, shop, SHOP_RIGHTS)
        grant(session, ledger, LEDGER_RIGHTS)
    with as_root(shop, root_password, shop["schema"]) as session:
        _fill(session, orders, period, cases)


def _fill(session: MySQLdb.Connection, orders: int, period: dt.timedelta, cases: Iterable[tuple[str, dt.date]]) -> None:
    with session.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        if cursor.rowcount:
            cursor.execute("SELECT 1 FROM b_option WHERE MODULE_ID = %s AND NAME = %s", _FILLED)
            if not cursor.rowcount:
                raise StackError(said("stack_shop_half_filled"))
            return
        schema.create(session, VERSION)
        last_day = yesterday()
        generate.fill(session, orders=orders, date_from=last_day - period, date_to=last_day, seed=1, version=VERSION)
        for name, day in cases:
            make_case(session, name, at=day, version=VERSION)
        cursor.execute("INSERT INTO b_option (MODULE_ID, NAME, VALUE) VALUES (%s, %s, 'Y')", _FILLED)


def main() -> None:
    provision(os.environ, os.environ["MARIADB_ROOT_PASSWORD"], orders=1000)
    print(text(said("stack_shop_ready")))


if __name__ == "__main__":
    main()
