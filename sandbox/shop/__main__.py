"""Fill a database with a demo shop: ``python -m sandbox.shop --port 3306 --database shop --orders 1000``."""

from __future__ import annotations

import argparse
import calendar
import datetime as dt
import os
import sys
import zoneinfo

import MySQLdb
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sandbox.shop import generate, schema

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")


def half_a_year(today: dt.date) -> tuple[dt.date, dt.date]:
    """The six months up to the day before ``today``."""
    months = today.year * 12 + today.month - 1 - 6
    year, month = divmod(months, 12)
    day = min(today.day, calendar.monthrange(year, month + 1)[1])
    return dt.date(year, month + 1, day), today - dt.timedelta(days=1)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    date_from, date_to = half_a_year(dt.datetime.now(MOSCOW).date())
    parser = argparse.ArgumentParser(prog="python -m sandbox.shop", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3306)
    parser.add_argument("--user", default="root")
    parser.add_argument("--password", default=os.environ.get("MYSQL_PWD", ""), help="default: MYSQL_PWD")
    parser.add_argument("--database", default="shop", help="created if it is not there; must hold no shop yet")
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--from", dest="date_from", type=dt.date.fromisoformat, default=date_from, metavar="DAY")
    parser.add_argument("--to", dest="date_to", type=dt.date.fromisoformat, default=date_to, metavar="DAY")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--version", choices=schema.VERSIONS, default="25")
    parser.add_argument("--charset", choices=schema.CHARSETS, default="utf8mb4")
    arguments = parser.parse_args(argv)
    if arguments.date_from > arguments.date_to:
        parser.error("--from is later than --to")
    return arguments


def main(argv: list[str] | None = None) -> None:
    """Create the tables and fill them; progress goes to the terminal."""
    options = _arguments(argv)
    connection = MySQLdb.connect(
        host=options.host, port=options.port, user=options.user, password=options.password, charset="utf8mb4"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{options.database}` CHARACTER SET {options.charset}")
        cursor.execute(f"SHOW TABLES FROM `{options.database}` LIKE 'b\\_sale\\_order'")
        if cursor.rowcount:
            sys.exit(f"Database {options.database} already holds a shop. Drop it, or name another one by --database.")
    connection.select_db(options.database)
    schema.create(connection, options.version, options.charset)
    columns = (TextColumn("demo shop"), BarColumn(), MofNCompleteColumn(), TextColumn("orders"), TimeElapsedColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("orders", total=options.orders)
        generate.fill(
            connection,
            orders=options.orders,
            date_from=options.date_from,
            date_to=options.date_to,
            seed=options.seed,
            version=options.version,
            progress=lambda made: bar.update(task, completed=made),
        )
    connection.close()
    print(f"{options.orders:,} orders of {options.date_from} to {options.date_to} in {options.database}")


if __name__ == "__main__":
    main()
