from __future__ import annotations

import pathlib
import re
from collections.abc import Callable, Iterator

import MySQLdb
import pytest
from MySQLdb.constants import ER

import include.bitrix
from include.bitrix.access import check_rights, check_tables
from include.bitrix.checks import check_shop
from include.bitrix.columns import OPTIONAL, REQUIRED
from include.bitrix.errors import BitrixConfigurationError
from include.bitrix.orders import read_orders
from include.bitrix.selection import select_orders
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import ShopDatabase
from include.bitrix.write_back import add_document_to_comment, write_connection
from include.facts import said, several
from include.settings import Settings
from tests.bitrix.connections import airflow_connection
from tests.bitrix.schema import VERSIONS, Filler
from tests.bitrix.test_orders import EXPECTED, fill_order
from tests.bitrix.test_selection import WINDOW

Read = Callable[[], ShopDatabase]
Grant = Callable[[Filler], None]

GRANTS = pathlib.Path(include.bitrix.__path__[0]) / "grants.sql"
LACKING = {ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR}


def codes(shop_db: ShopDatabase) -> list[str]:
    return [problem.code for problem in check_tables(shop_db)]


@pytest.fixture
def grant(mariadb_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grant]:
    """Runs grants.sql as ``mariadb --force`` would, for users of this test alone, and connects as these."""
    used: list[tuple[Filler, str]] = []

    def run(shop: Filler) -> None:
        suffix = shop.database[-12:]
        text = re.sub(r"^--.*$", "", GRANTS.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for statement in text.replace("kontur_", f"k{suffix}_").split(";"):
            if statement.strip():
                try:
                    shop.execute(statement)
                except MySQLdb.Error as error:
                    if error.args[0] not in LACKING:
                        raise
        for role, variable, password in (
            ("reader", "AIRFLOW_CONN_BITRIX_MYSQL", "choose a password"),
            ("writer", "AIRFLOW_CONN_BITRIX_WRITE_MYSQL", "choose another password"),
        ):
            user = f"k{suffix}_{role}"
            used.append((shop, user))
            monkeypatch.setenv(variable, airflow_connection(mariadb_port, shop.database, user, password))

    yield run
    for shop, user in used:
        shop.execute(f"DROP USER {user}@'%'")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_grants_suffice_and_give_no_more(
    make_shop: Callable[..., Filler], read: Read, grant: Grant, version: str
) -> None:
    shop = make_shop(version)
    fill_order(shop)
    shop.add("b_lang", LID="s1")
    grant(shop)
    shop_db = read()
    settings = Settings.model_validate({"shop": {"sites": {"s1": "kontur_default"}}})
    assert read_orders(shop_db, [1045]) == [EXPECTED]
    assert select_orders(shop_db, WINDOW, settings).order_ids == [1045]
    read_shop(shop_db)
    found = {problem.code for problem in check_shop(shop_db, settings)}
    of_money = {"pay_system_gone", "pay_systems_unnamed", "delivery_vat_differs"}
    assert found - {"external_in_use", "platform_in_use"} == {*of_money, "status_unknown"}
    with write_connection() as opened:
        assert add_document_to_comment(opened, 1045, "d-1")
        with opened.cursor() as cursor, pytest.raises(MySQLdb.OperationalError, match="denied"):
            cursor.execute("SELECT PRICE FROM b_sale_order")


def test_the_grants_name_each_column_that_is_read() -> None:
    text = GRANTS.read_text(encoding="utf-8").partition("kontur_writer")[0]
    granted = {
        (table, column.strip(" \n`"))
        for columns, table in re.findall(r"GRANT SELECT \(([^)]*)\) ON (\w+)", text)
        for column in columns.split(",")
    }
    tables = {**REQUIRED, **OPTIONAL}
    assert granted == {
        (table, column)
        for table, spec in tables.items()
        for column in (*spec.columns, *spec.later, *spec.welcome)
        if not spec.whole
    }
    whole = set(re.findall(r"GRANT SELECT ON (\w+)", text))
    assert whole == {table for table, spec in tables.items() if spec.whole}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_tables_of_each_version_are_fit(make_shop: Callable[..., Filler], read: Read, version: str) -> None:
    make_shop(version)
    assert codes(read()) == []


def test_a_missing_table_and_a_missing_column(shop: Filler, read: Read) -> None:
    shop.execute("DROP TABLE b_sale_order_payment")
    shop.execute("ALTER TABLE b_sale_basket DROP COLUMN VAT_INCLUDED, DROP COLUMN SORT")
    found = {problem.code: problem for problem in check_tables(read())}
    assert set(found) == {"table_missing", "column_missing"}
    assert {problem.severity for problem in found.values()} == {"error"}
    assert found["table_missing"].said == said("table_missing", table="b_sale_order_payment")
    columns = several("VAT_INCLUDED", "SORT")
    assert found["column_missing"].said == said("column_missing", table="b_sale_basket", columns=columns)


@pytest.mark.parametrize("version", ["19", "25"])
def test_properties_granted_by_columns_are_refused_as_their_version_is_hidden(
    make_shop: Callable[..., Filler], read: Read, grant: Grant, version: str
) -> None:
    shop = make_shop(version)
    grant(shop)
    user = f"k{shop.database[-12:]}_reader@'%'"
    shop.execute(f"REVOKE SELECT ON b_sale_order_props_value FROM {user}")
    columns = "ID, ORDER_ID, ORDER_PROPS_ID, CODE, NAME, VALUE"
    shop.execute(f"GRANT SELECT ({columns}) ON b_sale_order_props_value TO {user}")
    [problem] = check_tables(read())
    assert problem.severity == "error"
    assert problem.said == said("right_missing", column="b_sale_order_props_value.ENTITY_TYPE")


def test_a_column_that_is_not_granted_does_not_pass_for_an_older_version(
    shop: Filler, read: Read, grant: Grant
) -> None:
    grant(shop)
    shop.execute(f"REVOKE SELECT (RUNNING) ON b_sale_order FROM k{shop.database[-12:]}_reader@'%'")
    [problem] = check_tables(read())
    assert (problem.severity, problem.said) == ("error", said("right_missing", column="b_sale_order.RUNNING"))


def test_receipts_that_are_not_granted_are_said_where_the_version_has_them(
    make_shop: Callable[..., Filler], read: Read
) -> None:
    shop = make_shop("19")
    shop.execute("DROP TABLE b_sale_cashbox_check")
    assert codes(read()) == ["receipts_unreadable"]


def test_money_in_floats_is_refused(shop: Filler, read: Read) -> None:
    shop.execute("ALTER TABLE b_sale_order_payment MODIFY `SUM` double NOT NULL")
    [problem] = check_tables(read())
    assert problem.severity == "error"
    assert problem.said == said("money_not_decimal", column="b_sale_order_payment.SUM", type="double")


def test_tables_without_transactions_are_said(shop: Filler, read: Read) -> None:
    shop.execute("ALTER TABLE b_sale_basket ENGINE = MyISAM")
    [problem] = check_tables(read())
    assert problem.severity == "warning"
    assert problem.said == said("not_transactional", table="b_sale_basket", engine="MyISAM")


@pytest.mark.parametrize(
    ("rights", "excess"),
    [
        ("SELECT ON {db}.*", None),
        ("SELECT, UPDATE, DELETE ON {db}.*", ("DELETE", "UPDATE")),
        ("UPDATE (COMMENTS), SELECT (ID, COMMENTS) ON {db}.b_sale_order", ("UPDATE",)),
        ("ALL PRIVILEGES ON {db}.*", ("ALL PRIVILEGES",)),
        ("INSERT ON *.*", ("INSERT",)),
        ("SELECT, INSERT, UPDATE ON {db}.local_kontur_bukh_sync", None),
        ("ALL PRIVILEGES ON another_database.*", None),
    ],
)
def test_rights_to_write_are_said(
    shop: Filler,
    read: Read,
    mariadb_port: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    rights: str,
    excess: tuple[str, ...] | None,
) -> None:
    user = f"r_{shop.database[-12:]}"
    shop.execute("CREATE TABLE local_kontur_bukh_sync (ORDER_ID int)")
    shop.execute(f"CREATE USER {user}@'%' IDENTIFIED BY 'secret-of-mine'")
    try:
        shop.execute(f"GRANT SELECT ON {shop.database}.b_sale_order TO {user}@'%'")
        shop.execute(f"GRANT {rights.format(db=shop.database)} TO {user}@'%'")
        value = airflow_connection(mariadb_port, shop.database, user, "secret-of-mine")
        monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", value)
        found = [problem.said for problem in check_rights(read())]
    finally:
        shop.execute(f"DROP USER {user}@'%'")
    assert found == ([] if excess is None else [said("may_write", rights=several(*excess))])


@pytest.mark.usefixtures("shop")
def test_another_failure_is_not_taken_for_a_missing_column(read: Read) -> None:
    shop_db = read()
    with pytest.raises(BitrixConfigurationError, match="no_such_table"):
        shop_db.hides("no_such_table", "ID")
