from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import MySQLdb.connections
import pytest

from include.bitrix.errors import BitrixConfigurationError, BitrixError
from include.bitrix.write_back import add_document_to_comment, write_connection
from include.facts import said
from tests.bitrix.connections import airflow_connection
from tests.bitrix.schema import VERSIONS, Filler

LINE = "Контур: документ d-12 от 05.02.2026"


@pytest.fixture(autouse=True)
def writer(shop: Filler, mariadb_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A user that may do nothing but what ``grants.sql`` gives to the writer."""
    name = f"w_{shop.database[-12:]}"
    shop.execute(f"CREATE USER {name}@'%'")
    shop.execute(f"GRANT SELECT (ID, COMMENTS), UPDATE (COMMENTS) ON {shop.database}.b_sale_order TO {name}@'%'")
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_WRITE_MYSQL", airflow_connection(mariadb_port, shop.database, name))
    yield
    shop.execute(f"DROP USER {name}@'%'")


def comment(shop: Filler) -> object:
    [(text,)] = shop.execute("SELECT COMMENTS FROM b_sale_order WHERE ID = 1")
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, LINE),
        ("", LINE),
        ("Позвонить до обеда", f"Позвонить до обеда\n{LINE}"),
        ("Первая\r\nВторая 📦 % %s '", f"Первая\r\nВторая 📦 % %s '\n{LINE}"),
        (f"{LINE}3", f"{LINE}3\n{LINE}"),
        (LINE.lower(), f"{LINE.lower()}\n{LINE}"),
    ],
)
def test_the_line_is_added_once_to_what_stands_there(shop: Filler, before: str | None, after: str) -> None:
    shop.order(1, COMMENTS=before, DATE_UPDATE="2026-02-05 10:00:00")
    with write_connection() as opened:
        assert add_document_to_comment(opened, 1, LINE) is True
        assert comment(shop) == after
        assert add_document_to_comment(opened, 1, LINE) is False
    assert comment(shop) == after
    assert shop.execute("SELECT CAST(DATE_UPDATE AS CHAR) FROM b_sale_order") == (("2026-02-05 10:00:00",),)


def test_a_line_that_an_editor_has_moved_is_found(shop: Filler) -> None:
    shop.order(1, COMMENTS=f"Раз\r\n{LINE}\r\nдва")
    with write_connection() as opened:
        assert add_document_to_comment(opened, 1, LINE) is False


@pytest.mark.parametrize("version", VERSIONS)
def test_tables_of_cp1251(
    make_shop: Callable[..., Filler], mariadb_port: int, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    shop = make_shop(version, "cp1251")
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_WRITE_MYSQL", airflow_connection(mariadb_port, shop.database))
    shop.order(1, COMMENTS="Ёлка")
    with write_connection() as opened:
        assert add_document_to_comment(opened, 1, LINE) is True
        assert add_document_to_comment(opened, 1, LINE) is False
        assert comment(shop) == f"Ёлка\n{LINE}"
        with pytest.raises(BitrixError):
            add_document_to_comment(opened, 1, "нет в cp1251: 📦")
    assert comment(shop) == f"Ёлка\n{LINE}"


def test_an_order_that_is_gone_is_left() -> None:
    with write_connection() as opened:
        assert add_document_to_comment(opened, 404, LINE) is False


def test_a_full_comment_is_an_error_and_not_a_loss(shop: Filler) -> None:
    full = "x" * 65_530
    shop.order(1, COMMENTS=full)
    with write_connection() as opened, pytest.raises(BitrixError, match="bitrix_write_mysql"):
        add_document_to_comment(opened, 1, LINE)
    assert comment(shop) == full


def test_many_at_once_add_it_once(shop: Filler) -> None:
    shop.order(1, COMMENTS="Раз")
    with write_connection() as a, write_connection() as b, write_connection() as c:
        added: list[bool] = []
        start = threading.Barrier(3)

        def add(opened: MySQLdb.connections.Connection) -> None:
            start.wait()
            added.extend(add_document_to_comment(opened, 1, f"{LINE} {n}") for n in range(50))

        threads = [threading.Thread(target=add, args=(opened,)) for opened in (a, b, c)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(added), sum(added)) == (150, 50)
    assert sorted(str(comment(shop)).split("\n")) == sorted(["Раз", *(f"{LINE} {n}" for n in range(50))])


def test_the_writer_may_write_nothing_else(shop: Filler) -> None:
    shop.order(1)
    with (
        write_connection() as opened,
        opened.cursor() as cursor,
        pytest.raises(MySQLdb.OperationalError, match="denied"),
    ):
        cursor.execute("UPDATE b_sale_order SET PRICE = 0")


def test_no_connection_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_BITRIX_WRITE_MYSQL")
    with pytest.raises(BitrixConfigurationError) as caught, write_connection():
        pass
    variable = "AIRFLOW_CONN_BITRIX_WRITE_MYSQL"
    assert caught.value.said == said("connection_missing", id="bitrix_write_mysql", variable=variable)
