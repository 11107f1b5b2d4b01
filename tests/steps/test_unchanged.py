"""Orders that would be planned as they were are left out; whatever may change a plan makes a run look at them."""

from __future__ import annotations

import datetime as dt
import pathlib
import re
import sys
from collections.abc import Iterator

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.bitrix.snapshot import ShopDatabase, snapshot
from include.steps import fingerprint
from include.steps.extract import extract
from include.steps.load import load
from include.steps.run_request import RunRequest
from include.steps.transform import transform
from include.steps.unchanged import unchanged
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)


def left_out(nights: Nights, *orders: Made) -> set[int]:
    """Those of these orders that a run would leave out now."""
    with snapshot() as shop_db:
        return unchanged(shop_db, sorted(order.order_id for order in orders), nights.rules, "run").order_ids


def test_what_was_posted_is_left_out_by_the_very_next_night(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    posted = make_case(shop, "prepaid", at=DAY)
    rejected = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    held = make_case(shop, "prepaid_not_shipped", at=DAY)
    first = nights.window(DAY, DAY)
    assert (first["orders"], first["unchanged"], first["waiting_before"]) == (3, 0, 0)

    second = nights.window(DAY, DAY)
    assert (second["orders"], second["unchanged"]) == (0, 3)
    assert (second["waiting_before"], second["unchanged_waiting"]) == (1, 1)
    assert second["days_covered"] == 1
    assert "3" in second["text"]
    assert [d["number"] for d in kontur.books.documents()] == [posted.number]

    for order in (posted, rejected, held):
        change(shop, "order", order.order_id, COMMENTS="nobody reads this")
    assert nights.window(DAY, DAY)["order_ids"] == []
    change(shop, "order", held.order_id, DEDUCTED="Y", DATE_DEDUCTED=dt.datetime(2026, 3, 17, 12))
    assert nights.window(DAY, DAY)["order_ids"] == [held.order_id]
    assert len(kontur.books.documents()) == 2
    assert nights.window(DAY, DAY)["order_ids"] == []


def test_named_orders_a_dry_run_and_what_the_preflight_wants_are_looked_at_anyway(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    nights.window(DAY, DAY)
    window, batch = Window(DAY, DAY), [{"order_ids": [order.order_id]}]
    assert extract(nights.rules, window, RunRequest("run")).batches == [{"order_ids": []}]
    assert extract(nights.rules, window, RunRequest("run", dry_run=True)).batches == batch
    assert extract(nights.rules, window, RunRequest("run"), also=[order.order_id]).batches == batch
    assert extract(nights.rules, window, RunRequest("run", order_numbers=[order.number])).batches == batch


def test_a_run_that_is_done_again_shows_again_what_it_asked(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    rejected = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    assert len(nights.window(DAY, DAY)["squares"]) == 1
    batch = [{"order_ids": [rejected.order_id]}]
    assert extract(nights.rules, Window(DAY, DAY), RunRequest(nights.run_id)).batches == batch
    assert extract(nights.rules, Window(DAY, DAY), RunRequest("another run")).batches == [{"order_ids": []}]


# ---- each column


@pytest.fixture
def rich(nights: Nights, shop: Connection, kontur: Sandbox) -> Made:
    """An order with a row in each table that is read, known to the ledger."""
    order = make_case(shop, "refunded_later", at=DAY)
    with shop.cursor() as cursor:
        run = cursor.execute
        run("SET SESSION sql_mode = ''")
        run("SELECT ID FROM b_sale_order_payment WHERE ORDER_ID = %s", [order.order_id])
        ((payment_id,), *_) = cursor.fetchall()
        at = dt.datetime(2026, 3, 18, 12)
        run(
            "INSERT INTO b_sale_order_change (ORDER_ID, TYPE, DATA, DATE_CREATE, ENTITY_ID) VALUES (%s, 'PAYMENT_PAID',"
            ' \'a:1:{s:4:"PAID";s:1:"N";}\', %s, %s)',
            [order.order_id, at, payment_id],
        )
        run(
            "INSERT INTO b_sale_cashbox_check (PAYMENT_ID, ORDER_ID, DATE_PRINT_END, `SUM`, STATUS, TYPE)"
            " VALUES (%s, %s, %s, 1, 'Y', 'sellreturn')",
            [payment_id, order.order_id, at],
        )
        run("INSERT INTO b_sale_order_props (PERSON_TYPE_ID, NAME, CODE, IS_PAYER) VALUES (1, 'Имя', 'NAME', 'Y')")
        run(
            "INSERT INTO b_sale_order_props_value (ORDER_ID, ORDER_PROPS_ID, NAME, VALUE, CODE, ENTITY_ID, ENTITY_TYPE)"
            " VALUES (%s, %s, 'Имя', 'Пётр', '', %s, 'ORDER')",
            [order.order_id, cursor.lastrowid, order.order_id],
        )
        run("INSERT INTO b_sale_tp (CODE, NAME) VALUES ('landing1', 'a page of the shop itself')")
        run(
            "INSERT INTO b_sale_tp_order (ORDER_ID, TRADING_PLATFORM_ID, EXTERNAL_ORDER_ID) VALUES (%s, %s, '')",
            [order.order_id, cursor.lastrowid],
        )
        run("REPLACE INTO b_option (MODULE_ID, NAME, VALUE) VALUES ('sale', 'COUNT_DELIVERY_TAX', 'Y')")
        run("UPDATE b_sale_pay_system_action SET CODE = 'card', ACTION_FILE = 'card', IS_CASH = 'N'")
        run("UPDATE b_catalog_vat SET RATE = 10, EXCLUDE_VAT = 'N'")
        run("UPDATE b_sale_delivery_srv SET VAT_ID = (SELECT MIN(ID) FROM b_catalog_vat)")
        run(
            "INSERT IGNORE INTO b_sale_bizval (CODE_KEY, CONSUMER_KEY, PERSON_TYPE_ID, PROVIDER_KEY, PROVIDER_VALUE)"
            " VALUES ('BUYER_COMPANY_INN', '1C', 1, 'PROPERTY', '7')"
        )
    nights.window(DAY, DAY)
    return order


def mentioned(statements: list[str]) -> dict[str, set[str]]:
    """Table -> the columns that these statements name; not those that only break a tie in the order of rows."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        sql = re.sub(r"ORDER BY .*", "", statement)
        tables = {alias: table for table, alias in re.findall(r"(?:FROM|JOIN)\s+(b_\w+)\s+(\w+)", sql)}
        for alias, column in re.findall(r"\b(\w+)\.`?([A-Z][A-Z0-9_]*)\b", sql):
            found.setdefault(tables[alias], set()).add(column)
    return found


def other_value(column: str, kind: str, length: int | None) -> str:
    """SQL: another value of this type."""
    if kind in {"date", "datetime"}:
        return f"IF(`{column}` > '0001-01-01', `{column}` + INTERVAL 1 DAY, '2026-03-01')"
    if length is None and kind not in {"text", "mediumtext", "longtext"}:
        return f"COALESCE(`{column}`, 0) + 1000000" if kind in {"int", "mediumint"} else f"COALESCE(`{column}`, 0) + 1"
    if length == 1:
        return f"IF(`{column}` = 'Y', 'N', 'Y')"
    return f"CONCAT(LEFT(COALESCE(`{column}`, ''), {(length or 100) - 1}), 'x')"


def test_a_change_of_any_column_that_is_read_makes_the_run_look(
    nights: Nights, shop: Connection, rich: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the readers really send, so that no column can be forgotten here either."""
    sent: list[str] = []
    read = ShopDatabase.rows

    def listening(self: ShopDatabase, file: str, **values: object) -> list[dict[str, object]]:
        if file != "columns":
            sent.append(self._statement(file))
        return read(self, file, **values)

    with monkeypatch.context() as patch:
        patch.setattr(ShopDatabase, "rows", listening)
        assert left_out(nights, rich) == {rich.order_id}
    tables = mentioned(sent)
    assert len(tables) == 18, sorted(tables)
    tried, unseen = 0, []
    with shop.cursor() as cursor:
        for table, columns in tables.items():
            cursor.execute(
                "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH FROM information_schema.columns"
                " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
                [table],
            )
            kinds = {name: (kind, length) for name, kind, length in cursor.fetchall() if name in columns}
            assert kinds.keys() == columns, table
            cursor.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
            for column, (kind, length) in kinds.items():
                assert cursor.execute(f"UPDATE {table} SET `{column}` = {other_value(column, kind, length)}") > 0
                tried += 1
                if left_out(nights, rich):
                    unseen.append(f"{table}.{column}")
                cursor.execute(f"DELETE FROM {table}")
                cursor.execute(f"INSERT INTO {table} SELECT * FROM kept")
            cursor.execute("DROP TABLE kept")
            assert left_out(nights, rich) == {rich.order_id}, f"{table} is as it was"
    assert unseen == []
    assert tried > 90


def test_rows_that_are_new_or_gone_make_the_run_look(nights: Nights, shop: Connection, rich: Made) -> None:
    with shop.cursor() as cursor:
        for table in ("basket", "order_payment", "order_delivery", "order_props_value", "order_change"):
            cursor.execute(f"CREATE TABLE kept AS SELECT * FROM b_sale_{table}")
            cursor.execute(f"DELETE FROM b_sale_{table} WHERE ORDER_ID = %s LIMIT 1", [rich.order_id])
            assert left_out(nights, rich) == set(), table
            cursor.execute(f"DELETE FROM b_sale_{table}")
            cursor.execute(f"INSERT INTO b_sale_{table} SELECT * FROM kept")
            cursor.execute("DROP TABLE kept")
        assert left_out(nights, rich) == {rich.order_id}


# ---- settings and rules


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KONTUR__ACCOUNTING__CLOSED_UNTIL", "2020-01-01"),
        ("KONTUR__SHOP__SHIPPED_STATUSES", "D,F,P"),
        ("KONTUR__ACCOUNTING__COMMENT", "{{ account_number }}!"),
    ],
)
def test_changed_settings_make_the_run_look(
    nights: Nights, shop: Connection, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    nights.window(DAY, DAY)
    assert left_out(nights, order) == {order.order_id}
    monkeypatch.setenv(variable, value)
    nights.rules = settings.load()
    assert left_out(nights, order) == set()
    nights.window(DAY, DAY)
    assert left_out(nights, order) == {order.order_id}


@pytest.fixture
def own_rule(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    """A package with the shop's own rule, in force."""
    package = tmp_path / "rules_of_a_shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "names.py").write_text("LEFT_OUT = ()\n")
    (package / "rule.py").write_text("def adjust(order, operations):\n    return operations\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("KONTUR__ACCOUNTING__CUSTOMIZE", "rules_of_a_shop.rule:adjust")
    fingerprint._text_of_rule.cache_clear()
    yield package
    for name in [name for name in sys.modules if name.startswith("rules_of_a_shop")]:
        del sys.modules[name]
    fingerprint._text_of_rule.cache_clear()


@pytest.mark.parametrize("file", ["rule.py", "names.py"])
def test_another_text_of_the_shops_own_rule_makes_the_run_look(
    nights: Nights, shop: Connection, kontur: Sandbox, own_rule: pathlib.Path, file: str
) -> None:
    nights.rules = settings.load()
    order = make_case(shop, "prepaid", at=DAY)
    nights.window(DAY, DAY)
    assert left_out(nights, order) == {order.order_id}
    (own_rule / file).write_text((own_rule / file).read_text() + "# edited\n")
    fingerprint._text_of_rule.cache_clear()  # a run is another process
    assert left_out(nights, order) == set()


def test_a_rule_without_a_file_and_a_failed_one_leave_nothing_out(
    nights: Nights, shop: Connection, kontur: Sandbox, own_rule: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.rules = settings.load()
    order = make_case(shop, "prepaid", at=DAY)
    with monkeypatch.context() as patch:
        patch.setattr(fingerprint, "_text_of_rule", lambda _: None)
        nights.window(DAY, DAY)
        assert left_out(nights, order) == set()
    nights.window(DAY, DAY)
    assert left_out(nights, order) == {order.order_id}
    (own_rule / "rule.py").write_text("def adjust(order, operations):\n    raise OSError\n")
    del sys.modules["rules_of_a_shop.rule"]
    fingerprint._text_of_rule.cache_clear()
    failing = make_case(shop, "prepaid", at=DAY)
    assert [square.code for square in nights.window(DAY, DAY)["squares"]].count("customize_failed") >= 1
    assert failing.order_id in nights.window(DAY, DAY)["order_ids"]


# ---- the clock


def test_an_order_being_saved_and_one_of_a_day_to_come_are_looked_at_again(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    saving, to_come = (make_case(shop, "prepaid", at=DAY) for _ in range(2))
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order SET RUNNING = 'Y', DATE_UPDATE = NOW() WHERE ID = %s", [saving.order_id])
    change(shop, "order", to_come.order_id, DATE_DEDUCTED=dt.datetime(2100, 1, 1))
    (square,) = nights.look_at([saving.order_id, to_come.order_id])
    assert square.code == "future_date"
    assert left_out(nights, saving, to_come) == set()


def test_a_refund_that_only_today_dates_is_looked_at_once_more(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "refund_without_date", at=DAY)
    nights.look_at([order.order_id])
    assert len(kontur.books.refunds()) == 1
    assert left_out(nights, order) == set()
    nights.look_at([order.order_id])
    assert left_out(nights, order) == {order.order_id}
    assert len(kontur.books.refunds()) == 1


# ---- the ledger


def test_a_payment_that_moved_makes_the_run_look_at_both_orders(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    old, new = make_case(shop, "paid_and_shipped_in_a_day", at=DAY), make_case(shop, "shipped_unpaid", at=DAY)
    nights.window(DAY, DAY)
    assert left_out(nights, old, new) == {old.order_id, new.order_id}
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_payment SET ORDER_ID = %s WHERE ORDER_ID = %s", [new.order_id, old.order_id]
        )
    assert left_out(nights, old, new) == set()
    assert nights.window(DAY, DAY)["order_ids"] == [old.order_id, new.order_id]
    assert left_out(nights, old, new) == {old.order_id, new.order_id}
    with nights.ledger.open() as session:  # a person settles the payment, under the order that had it
        session.execute(
            "UPDATE local_kontur_bukh_operation SET state = 'review', code = 'x', epoch = epoch + 1"
            " WHERE kind = 'payment' AND order_id = %s",
            [old.order_id],
        )
    assert left_out(nights, old, new) == set()


def test_an_operation_that_a_person_settles_brings_its_order_up(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    nights.window(DAY, DAY)
    settle = "UPDATE local_kontur_bukh_operation SET state = %s, code = %s, epoch = epoch + 1 WHERE kind = 'payment'"
    with nights.ledger.open() as session:
        session.execute(settle, ["rejected", "kontur_rejected"])
    (square,) = nights.window(DAY, DAY)["squares"]
    assert square.order_id == order.order_id
    assert nights.window(DAY, DAY)["unchanged_waiting"] == 1
    with nights.ledger.open() as session:
        session.execute(settle, ["done", None])
    assert nights.window(DAY, DAY)["order_ids"] == [order.order_id]
    assert (nights.sync_row(order.order_id) or ())[0] == "synced"
    assert nights.window(DAY, DAY)["unchanged_waiting"] == 0


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM local_kontur_bukh_sync",
        "UPDATE local_kontur_bukh_sync SET STATUS = 'pending'",
        "UPDATE local_kontur_bukh_sync SET KB_DOC_ID = 'of another module'",
    ],
)
def test_an_order_table_that_tells_otherwise_is_made_true(
    nights: Nights, shop: Connection, kontur: Sandbox, damage: str
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    nights.window(DAY, DAY)
    told = nights.sync_row(order.order_id)
    with nights.ledger.open() as session:
        session.execute(damage)
    assert nights.window(DAY, DAY)["order_ids"] == [order.order_id]
    assert nights.sync_row(order.order_id) == told
    assert nights.window(DAY, DAY)["order_ids"] == []


def test_what_nobody_was_shown_is_looked_at(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    posted, rejected = make_case(shop, "prepaid", at=DAY), make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    ids = [posted.order_id, rejected.order_id]
    transform(ids, nights.rules, "run")
    load(ids, nights.rules, "run")  # ... and its worker was killed; what it posted stands in the order table
    assert left_out(nights, posted, rejected) == {posted.order_id}
    assert [square.order_id for square in nights.window(DAY, DAY)["squares"]] == [rejected.order_id]
    assert left_out(nights, posted, rejected) == set(ids)


def test_an_order_that_was_gone_and_is_back_is_looked_at(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    nights.window(DAY, DAY)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order SET ID = ID + 1000 WHERE ID = %s", [order.order_id])
        assert left_out(nights, order) == set()
        nights.look_at([order.order_id])
        cursor.execute("UPDATE b_sale_order SET ID = %s WHERE ID = %s", [order.order_id, order.order_id + 1000])
    assert left_out(nights, order) == set()
    nights.look_at([order.order_id])
    assert left_out(nights, order) == {order.order_id}
