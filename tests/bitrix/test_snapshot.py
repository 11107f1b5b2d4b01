from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from include.bitrix import snapshot as module
from include.bitrix.errors import BitrixConfigurationError, BitrixError, BitrixTransientError
from include.bitrix.snapshot import ShopDatabase, snapshot
from include.facts import said
from sandbox.shop.numbers import numbers
from tests.bitrix.connections import airflow_connection
from tests.bitrix.schema import Filler

Read = Callable[[], ShopDatabase]


@pytest.fixture
def sql(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a test name a statement where otherwise a file is named."""
    monkeypatch.setattr(module, "statement", lambda text, **_: text)


@pytest.mark.usefixtures("sql")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE b_sale_order SET PRICE = 1",
        "DELETE FROM b_sale_order",
        "SELECT ID FROM b_sale_order FOR UPDATE",
    ],
)
def test_nothing_can_be_written_or_locked(shop: Filler, read: Read, statement: str) -> None:
    shop.order(1)
    with pytest.raises(BitrixError) as caught:
        read().rows(statement)
    assert caught.value.code == 1792
    assert shop.execute("SELECT PRICE = 100 FROM b_sale_order") == ((1,),)


@pytest.mark.usefixtures("sql")
def test_what_others_write_meanwhile_is_not_seen(shop: Filler, read: Read) -> None:
    shop.order(1)
    shop_db = read()
    shop.order(2)
    count = "SELECT COUNT(*) AS n FROM b_sale_order"
    assert shop_db.rows(count) == [{"n": 1}]
    assert read().rows(count) == [{"n": 2}]


@pytest.mark.usefixtures("sql")
def test_the_snapshot_is_of_its_beginning_not_of_the_first_read(shop: Filler, read: Read) -> None:
    shop_db = read()
    shop.order(1)
    assert shop_db.rows("SELECT COUNT(*) AS n FROM b_sale_order") == [{"n": 0}]


@pytest.mark.usefixtures("sql", "shop")
def test_a_statement_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, read: Read) -> None:
    monkeypatch.setattr(module, "STATEMENT_LIMIT_S", 1)
    with pytest.raises(BitrixTransientError) as caught:
        read().rows(f"SELECT SUM(a.seq * b.seq) AS n FROM {numbers(1_000_000, 'a')}, {numbers(1_000_000, 'b')}")
    assert caught.value.said is not None
    assert caught.value.said.code == "db_slow"


@pytest.mark.usefixtures("sql", "shop")
def test_rows_are_streamed_and_the_snapshot_stays_usable_after_an_early_end(read: Read) -> None:
    shop_db = read()
    rows = shop_db.stream(f"SELECT seq AS n FROM {numbers(100_000)} ORDER BY seq")
    assert [next(rows)["n"], next(rows)["n"]] == [1, 2]
    rows.close()  # type: ignore[attr-defined]
    assert shop_db.rows("SELECT 7 AS n") == [{"n": 7}]


@pytest.mark.usefixtures("sql")
@pytest.mark.parametrize(
    "extra", [{"cursor": "DictCursor"}, {"cursor": "SSCursor"}, {"charset": "cp1251"}, {"charset": "utf8"}]
)
def test_the_connections_own_extras_do_no_harm(
    shop: Filler, read: Read, monkeypatch: pytest.MonkeyPatch, mariadb_port: int, extra: dict[str, object]
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb_port, shop.database, extra=extra))
    shop.add("b_sale_person_type", ID=1, NAME="Юрлицо 📦")
    assert read().rows("SELECT NAME, DATE('2026-01-05') AS d FROM b_sale_person_type") == [
        {"NAME": "Юрлицо 📦", "d": dt.date(2026, 1, 5)}
    ]


def test_another_driver_is_refused_in_words(shop: Filler, monkeypatch: pytest.MonkeyPatch, mariadb_port: int) -> None:
    value = airflow_connection(mariadb_port, shop.database, extra={"client": "mysql-connector-python"})
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", value)
    with pytest.raises(BitrixConfigurationError) as caught, snapshot():
        pass
    assert caught.value.said == said("connection_client", id="bitrix_mysql")
