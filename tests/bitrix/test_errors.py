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
    message = str(caught.value)
    assert message.startswith("Connection bitrix_mysql: ")
    assert SECRET not in message
    return caught.value


def test_a_wrong_password(shop: Filler, reader: str, mariadb_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    value = airflow_connection(mariadb_port, shop.database, reader, SECRET + "x")
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", value)
    error = refused()
    assert isinstance(error, BitrixConfigurationError)
    assert error.code == ER.ACCESS_DENIED_ERROR
    assert "check the connection's login and password" in str(error)


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
    assert "the database does not exist or this user may not use it" in str(error)


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb.free_port(), "shop"))
    error = refused()
    assert isinstance(error, BitrixUnreachableError)
    assert "no database server answers" in str(error)


def test_a_connection_that_airflow_does_not_know() -> None:
    with pytest.raises(BitrixConfigurationError, match="AIRFLOW_CONN_BITRIX_MYSQL"), snapshot():
        pass


def test_a_missing_table(shop: Filler, read: Callable[[], ShopDatabase]) -> None:
    shop.execute("DROP TABLE b_sale_basket")
    with pytest.raises(BitrixConfigurationError, match=r"not the tables of a Bitrix shop: .*b_sale_basket"):
        read_orders(read(), [1])


def test_a_missing_right(
    shop: Filler,
    reader: str,
    mariadb_port: int,
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[], ShopDatabase],
) -> None:
    shop.execute(f"GRANT SELECT ON {shop.database}.b_sale_order TO {reader}@'%'")
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb_port, shop.database, reader, SECRET))
    with pytest.raises(BitrixConfigurationError, match=r"a right is missing: .*b_sale_basket.*grants\.sql"):
        read_orders(read(), [1])


def test_a_connection_that_is_lost_half_way(shop: Filler, read: Callable[[], ShopDatabase]) -> None:
    shop_db = read()
    [(victim,)] = shop.execute(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s AND ID <> CONNECTION_ID()", shop.database
    )
    shop.execute(f"KILL {victim}")
    with pytest.raises(BitrixTransientError, match="the connection was lost; try again later"):
        shop_db.rows("any_order")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2005, BitrixUnreachableError),
        (2026, BitrixConfigurationError),
        (1040, BitrixTransientError),
        (1205, BitrixTransientError),
        (1213, BitrixTransientError),
        (1226, BitrixTransientError),
        (1412, BitrixTransientError),
        (3024, BitrixTransientError),
        (1130, BitrixConfigurationError),
        (1143, BitrixConfigurationError),
        (1064, BitrixError),
    ],
)
def test_an_error_is_of_the_kind_that_says_what_to_do(code: int, kind: type[BitrixError]) -> None:
    with pytest.raises(BitrixError) as caught, in_words("bitrix_mysql"):
        raise MySQLdb.OperationalError(code, "what the server said")
    assert type(caught.value) is kind
    assert caught.value.code == code


def test_an_error_without_a_number_is_still_told() -> None:
    with pytest.raises(BitrixError, match="InterfaceError"), in_words("bitrix_mysql"):
        raise MySQLdb.InterfaceError
