from __future__ import annotations

import datetime as dt

import MySQLdb
import pytest

from sandbox.shop import __main__ as command


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (dt.date(2026, 11, 22), dt.date(2026, 5, 22)),
        (dt.date(2026, 3, 1), dt.date(2025, 9, 1)),
        (dt.date(2026, 8, 31), dt.date(2026, 2, 28)),
    ],
)
def test_half_a_year_ends_yesterday(today: dt.date, first: dt.date) -> None:
    assert command.half_a_year(today) == (first, today - dt.timedelta(days=1))


def test_it_fills_a_new_database_and_refuses_one_that_holds_a_shop(
    mariadb_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--port", str(mariadb_port), "--database", "shop_by_command", "--orders", "20", "--charset", "cp1251"]
    arguments += ["--from", "2026-09-01", "--to", "2026-09-30"]
    with MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root") as connection:
        cursor = connection.cursor()
        try:
            command.main(arguments)
            assert "20 orders of 2026-09-01 to 2026-09-30 in shop_by_command" in capsys.readouterr().out
            cursor.execute("SELECT COUNT(*) FROM shop_by_command.b_sale_order")
            assert cursor.fetchone() == (20,)
            with pytest.raises(SystemExit, match="already holds a shop"):
                command.main(arguments)
        finally:
            cursor.execute("DROP DATABASE shop_by_command")
