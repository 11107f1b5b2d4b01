"""Documents' ids in the comments of the orders, by a user that may write nothing else."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator

import pytest
from MySQLdb.connections import Connection

from include.bitrix.errors import BitrixConfigurationError
from include.settings import Accounting, Settings
from include.steps import decide
from include.steps.preflight import preflight
from include.steps.write_back import write_back
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.steps.nights import Nights, change
from tests.steps.test_decide import BY, long_ago

DAY = dt.date(2026, 3, 17)
ON = Settings(accounting=Accounting(go_live=dt.date(2016, 1, 1), write_back_comment=True))
VARIABLE = "AIRFLOW_CONN_BITRIX_WRITE_MYSQL"


@pytest.fixture
def writer(shop: Connection, mariadb_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with shop.cursor() as cursor:
        cursor.execute("SELECT DATABASE()")
        (database,) = cursor.fetchone()
        name = f"w_{database[-12:]}"
        cursor.execute(f"CREATE USER {name}@'%'")
        cursor.execute(f"GRANT SELECT (ID, COMMENTS), UPDATE (COMMENTS) ON {database}.b_sale_order TO {name}@'%'")
        connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": name}
        monkeypatch.setenv(VARIABLE, json.dumps({**connection, "schema": database}))
        yield
        cursor.execute(f"DROP USER {name}@'%'")


@pytest.fixture
def order(nights: Nights, shop: Connection) -> Made:
    """Posted."""
    made = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    change(shop, "order", made.order_id, COMMENTS="Позвонить до обеда")
    nights.run(DAY)
    return made


def row(shop: Connection, order: Made) -> tuple[object, object]:
    with shop.cursor() as cursor:
        cursor.execute("SELECT COMMENTS, DATE_UPDATE FROM b_sale_order WHERE ID = %s", [order.order_id])
        comment, updated = cursor.fetchone()
        return comment, updated


def expected(kontur: Sandbox) -> str:
    (document,) = kontur.books.documents()
    return f"Позвонить до обеда\nКонтур: документ {document['id']} от 17.03.2026"


@pytest.mark.usefixtures("writer")
def test_it_is_added_once_and_the_order_does_not_count_as_changed(
    shop: Connection, kontur: Sandbox, order: Made
) -> None:
    _, updated = row(shop, order)
    write_back([order.order_id], ON)
    assert row(shop, order) == (expected(kontur), updated)
    write_back([order.order_id], ON)
    assert row(shop, order) == (expected(kontur), updated)
    # A manager took it out: that is their decision.
    change(shop, "order", order.order_id, COMMENTS="Позвонить до обеда")
    write_back([order.order_id], ON)
    assert row(shop, order)[0] == "Позвонить до обеда"


@pytest.mark.usefixtures("writer")
def test_it_is_off_by_default(shop: Connection, order: Made) -> None:
    write_back([order.order_id], Settings())
    assert row(shop, order)[0] == "Позвонить до обеда"


@pytest.mark.usefixtures("writer")
def test_what_was_not_posted_is_not_written(nights: Nights, shop: Connection) -> None:
    held = make_case(shop, "prepaid_not_shipped", at=DAY)
    nights.run(DAY)
    write_back([held.order_id], ON)
    assert row(shop, held)[0] is None


def test_a_failure_is_said_in_words_and_made_good_by_a_later_run(
    nights: Nights,
    shop: Connection,
    kontur: Sandbox,
    order: Made,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with caplog.at_level(logging.WARNING):
        write_back([order.order_id], ON)
    assert "не записаны в комментарии заказов: 1 из 1." in caplog.text
    assert "Подключения bitrix_write_mysql нет." in caplog.text
    assert (nights.sync_row(order.order_id) or ())[0] == "synced"

    request.getfixturevalue("writer")
    write_back([], ON)
    assert row(shop, order)[0] == expected(kontur)


@pytest.mark.usefixtures("writer")
def test_a_comment_without_room_does_not_keep_the_others_from_theirs(
    nights: Nights, shop: Connection, kontur: Sandbox, order: Made, caplog: pytest.LogCaptureFixture
) -> None:
    full = make_case(shop, "shipped_unpaid", at=DAY - dt.timedelta(days=1), order_id=order.order_id + 1)
    change(shop, "order", full.order_id, COMMENTS="x" * 65_530)
    later = make_case(shop, "shipped_unpaid", at=DAY, order_id=order.order_id + 2)
    nights.look_at([full.order_id, later.order_id])
    with caplog.at_level(logging.WARNING):
        write_back([order.order_id, full.order_id, later.order_id], ON)
    assert "не записаны в комментарии заказов: 1 из 3." in caplog.text
    assert row(shop, full)[0] == "x" * 65_530
    assert all("Контур: документ" in str(row(shop, made)[0]) for made in (order, later))


@pytest.mark.usefixtures("writer", "nights")
def test_preflight_tries_it_without_writing_anything(order: Made, shop: Connection) -> None:
    before = row(shop, order)
    preflight(ON, Window(DAY, DAY))
    assert row(shop, order) == before


@pytest.mark.usefixtures("shop", "nights")
def test_preflight_names_the_connection_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(BitrixConfigurationError, match=f"Подключения bitrix_write_mysql нет.*{VARIABLE}"):
        preflight(ON, Window(DAY, DAY))


@pytest.mark.usefixtures("writer", "nights")
def test_preflight_says_so_when_its_user_may_not_write(shop: Connection) -> None:
    with shop.cursor() as cursor:
        cursor.execute("SELECT DATABASE()")
        (database,) = cursor.fetchone()
        cursor.execute(f"REVOKE UPDATE (COMMENTS) ON {database}.b_sale_order FROM w_{database[-12:]}@'%'")
    with pytest.raises(BitrixConfigurationError, match="bitrix_write_mysql"):
        preflight(ON, Window(DAY, DAY))


@pytest.mark.usefixtures("writer")
def test_a_comment_whose_charset_lacks_russian_gets_latin_letters(
    shop: Connection, kontur: Sandbox, order: Made
) -> None:
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order SET COMMENTS = 'Call'")
        cursor.execute("ALTER TABLE b_sale_order MODIFY COMMENTS TEXT CHARACTER SET latin1")
    (document,) = kontur.books.documents()
    for _ in range(2):
        write_back([order.order_id], ON)
        assert row(shop, order)[0] == f"Call\nKontur: dokument {document['id']} ot 17.03.2026"


@pytest.fixture
def switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """For commands, in a Russian terminal."""
    monkeypatch.setenv("KONTUR__ACCOUNTING__WRITE_BACK_COMMENT", "true")
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")


@pytest.fixture
def gone(nights: Nights, shop: Connection, kontur: Sandbox, order: Made) -> str:
    """The id of the order's document, which somebody deletes in Kontur; a run has seen that."""
    make_case(shop, "shipped_unpaid", at=DAY)
    nights.run(DAY)
    long_ago(nights)
    (document,) = [d["id"] for d in kontur.books.documents() if f"-S{order.order_id}-" in d["comment"]]
    kontur.control("DELETE", f"/documents/{document}")
    preflight(nights.rules, Window(DAY, DAY))
    nights.look_at([order.order_id])
    return str(document)


def say(*words: str) -> None:
    assert decide.main([*words, *BY]) == 0


def line(document: str) -> str:
    return f"Контур: документ {document} от 17.03.2026"


def lines(shop: Connection, order: Made) -> list[str]:
    """What was added to the order's comment."""
    return str(row(shop, order)[0]).split("\n")[1:]


def mark_written(nights: Nights, shop: Connection, order: Made, document: str) -> None:
    """As a run did before the document was deleted."""
    change(shop, "order", order.order_id, COMMENTS=f"Позвонить до обеда\n{line(document)}")
    with nights.ledger.open() as session:
        session.execute(
            "REPLACE INTO local_kontur_bukh_write_back VALUES (%s, UTC_TIMESTAMP(6))", [f"sale:{order.order_id}"]
        )


@pytest.mark.usefixtures("writer", "switched_on")
def test_a_document_that_was_sent_again_is_told_by_its_new_id(
    nights: Nights, shop: Connection, order: Made, gone: str
) -> None:
    mark_written(nights, shop, order, gone)
    say("send-again", "--order", order.number)
    assert lines(shop, order) == [line(gone)], "nothing stands in Kontur yet"
    nights.look_at([order.order_id])
    for _ in range(2):
        write_back([order.order_id], ON)
        assert lines(shop, order) == [line(gone), line((nights.sync_row(order.order_id) or ())[1])]


@pytest.mark.usefixtures("writer", "switched_on")
def test_a_document_that_a_run_posted_anew_is_told_by_its_new_id(
    nights: Nights, shop: Connection, order: Made, gone: str
) -> None:
    """Cancelled, deleted in Kontur, and then a sale after all."""
    mark_written(nights, shop, order, gone)
    change(shop, "order", order.order_id, CANCELED="Y", DATE_CANCELED=f"{DAY} 12:00:00")
    nights.look_at([order.order_id])
    write_back([order.order_id], ON)
    assert lines(shop, order) == [line(gone)]
    change(shop, "order", order.order_id, CANCELED="N", DATE_CANCELED=None)
    nights.look_at([order.order_id])
    write_back([order.order_id], ON)
    assert lines(shop, order) == [line(gone), line((nights.sync_row(order.order_id) or ())[1])]


@pytest.mark.usefixtures("writer", "switched_on")
def test_a_document_that_a_person_names_in_the_place_of_a_vanished_one(
    nights: Nights, shop: Connection, kontur: Sandbox, order: Made, gone: str
) -> None:
    mark_written(nights, shop, order, gone)
    (typed,) = [d["id"] for d in kontur.books.documents()]
    kontur.control("PATCH", f"/documents/{typed}", {"comment": "by hand"})
    with nights.ledger.open() as session:
        session.execute("DELETE FROM local_kontur_bukh_operation WHERE doc_id = %s", [typed])
    say("settle", "--order", order.number, "--operation", f"sale:{order.order_id}", "--id", typed)
    assert lines(shop, order) == [line(gone), line(typed)]


@pytest.mark.usefixtures("writer", "switched_on")
@pytest.mark.parametrize("word", [None, "stays-gone", "send-again"])
def test_what_is_gone_from_kontur_is_not_written(
    nights: Nights, shop: Connection, order: Made, gone: str, word: str | None
) -> None:
    """Asked for while it stood, and not written then: the connection was not there yet."""
    with nights.ledger.open() as session:
        session.execute("INSERT INTO local_kontur_bukh_write_back VALUES (%s, NULL)", [f"sale:{order.order_id}"])
    if word is not None:
        say(word, "--order", order.number)
    write_back([order.order_id], ON)
    assert lines(shop, order) == []
