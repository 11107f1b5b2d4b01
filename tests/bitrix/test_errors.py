from __future__ import annotations

from collections.abc import Callable, Iterator

import MySQLdb
import pytest
from MySQLdb.constants import ER

from include.bitrix.errors import (
    BitrixConfigurationError,
    BitrixError,
    BitrixTransientError,
    BitrixUnreachableError,
    in_words,
)
from include.bitrix.orders import read_orders
from include.bitrix.snapshot import ShopDatabase, snapshot
from include.facts import Said, facts, said
from include.words import Language, speaking
from sandbox import mariadb
from tests.bitrix.connections import airflow_connection
from tests.bitrix.schema import Filler

SECRET = "p4ss/w0rd?%@:"


@pytest.fixture
def reader(shop: Filler) -> Iterator[str]:
    """A user with a password and no rights yet."""
    name = f"u_{shop.database[-12:]}"
    shop.execute(f"CREATE USER {name}@'%%' IDENTIFIED BY %s", SECRET)
    yield name
    shop.execute(f"DROP USER {name}@'%'")


def refused() -> BitrixError:
    with pytest.raises(BitrixError) as caught, snapshot():
        pass
    assert caught.value.said is not None
    assert dict(caught.value.said.facts)["database"] == said("db_of_the_shop", connection="bitrix_mysql")
    assert SECRET not in str(caught.value)
    return caught.value


def code_of(error: BitrixError) -> str:
    assert error.said is not None
    return error.said.code


def answer_of(error: BitrixError) -> str:
    """What the server said."""
    assert error.said is not None
    return str(dict(error.said.facts)["answer"])


def test_a_wrong_password(shop: Filler, reader: str, mariadb_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    value = airflow_connection(mariadb_port, shop.database, reader, SECRET + "x")
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", value)
    error = refused()
    assert isinstance(error, BitrixConfigurationError)
    assert error.code == ER.ACCESS_DENIED_ERROR
    assert code_of(error) == "db_login"


def test_a_right_password_with_signs_that_urls_escape(
    shop: Filler, reader: str, mariadb_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.execute(f"GRANT SELECT ON {shop.database}.* TO {reader}@'%'")
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb_port, shop.database, reader, SECRET))
    with snapshot() as shop_db:
        assert shop_db.rows("any_order") == []


def test_an_unknown_database(shop: Filler, mariadb_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb_port, shop.database + "x"))
    error = refused()
    assert isinstance(error, BitrixConfigurationError)
    assert code_of(error) == "shop_db_unknown"


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb.free_port(), "shop"))
    error = refused()
    assert isinstance(error, BitrixUnreachableError)
    assert code_of(error) == "db_unreachable"


def test_a_connection_that_airflow_does_not_know() -> None:
    with pytest.raises(BitrixConfigurationError) as caught, snapshot():
        pass
    assert caught.value.said == said("connection_missing", id="bitrix_mysql", variable="AIRFLOW_CONN_BITRIX_MYSQL")


def test_a_missing_table(shop: Filler, read: Callable[[], ShopDatabase]) -> None:
    shop.execute("DROP TABLE b_sale_basket")
    with pytest.raises(BitrixConfigurationError) as caught:
        read_orders(read(), [1])
    assert code_of(caught.value) == "shop_db_tables"
    assert "b_sale_basket" in answer_of(caught.value)


def test_a_missing_right(
    shop: Filler,
    reader: str,
    mariadb_port: int,
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[], ShopDatabase],
) -> None:
    shop.execute(f"GRANT SELECT ON {shop.database}.b_sale_order TO {reader}@'%'")
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb_port, shop.database, reader, SECRET))
    with pytest.raises(BitrixConfigurationError) as caught:
        read_orders(read(), [1])
    assert code_of(caught.value) == "shop_db_right"
    assert "b_sale_basket" in answer_of(caught.value)


def test_a_connection_that_is_lost_half_way(shop: Filler, read: Callable[[], ShopDatabase]) -> None:
    shop_db = read()
    [(victim,)] = shop.execute(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s AND ID <> CONNECTION_ID()", shop.database
    )
    shop.execute(f"KILL {victim}")
    with pytest.raises(BitrixTransientError) as caught:
        shop_db.rows("any_order")
    assert code_of(caught.value) == "db_lost"


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (2005, BitrixUnreachableError, "db_unreachable"),
        (2026, BitrixConfigurationError, "db_tls"),
        (1040, BitrixTransientError, "db_crowded"),
        (1205, BitrixTransientError, "db_locked"),
        (1213, BitrixTransientError, "db_locked"),
        (1226, BitrixTransientError, "db_crowded"),
        (1412, BitrixTransientError, "db_altered"),
        (3024, BitrixTransientError, "db_slow"),
        (1130, BitrixConfigurationError, "db_login"),
        (1143, BitrixConfigurationError, "shop_db_right"),
        (1064, BitrixError, "shop_db_refused"),
    ],
)
def test_an_error_is_of_the_kind_that_says_what_to_do(code: int, kind: type[BitrixError], told: str) -> None:
    with pytest.raises(BitrixError) as caught, in_words("bitrix_mysql"):
        raise MySQLdb.OperationalError(code, "what the server said")
    assert type(caught.value) is kind
    assert caught.value.code == code
    database = said("db_of_the_shop", connection="bitrix_mysql")
    expected = facts(database=database, answer="what the server said", number=str(code))
    assert caught.value.said == Said(told, expected)


def test_an_error_without_a_number_is_still_told() -> None:
    with pytest.raises(BitrixError) as caught, in_words("bitrix_mysql"):
        raise MySQLdb.InterfaceError
    assert caught.value.code is None
    assert answer_of(caught.value) == "InterfaceError"


def test_it_is_told_in_the_language_that_is_spoken() -> None:
    with pytest.raises(BitrixError) as caught, in_words("bitrix_mysql"):
        raise MySQLdb.OperationalError(2013, "Lost connection")
    assert str(caught.value) == (
        "База данных магазина (подключение bitrix_mysql): соединение прервалось (ошибка 2013: Lost connection)."
        " Повторите попытку позже."
    )
    with speaking(Language.EN):
        assert str(caught.value) == (
            "The database of the shop (connection bitrix_mysql): the connection was lost (error 2013: Lost connection)."
            " Try again later."
        )
