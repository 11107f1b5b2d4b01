"""What is known as posted and stands in Kontur no longer: deleted there, emptied, or another account."""

from __future__ import annotations

import datetime as dt
import json
import logging

import pytest
from msgspec import structs
from MySQLdb.connections import Connection

from include import settings
from include.books.vanished import BooksGoneError
from include.errors import ForAPerson
from include.facts import Count, said
from include.ledger.operations import Operations
from include.steps.preflight import preflight
from include.window import Window
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, told

DAY = dt.date(2026, 3, 17)


def posted(shop: Connection, nights: Nights, count: int, *, before: int = 0, long_ago: bool = True) -> list[int]:
    """Orders shipped on the day, or as many days before it, in the books since an hour."""
    day = DAY - dt.timedelta(days=before)
    ids = [make_case(shop, "paid_and_shipped_in_a_day", at=day).order_id for _ in range(count)]
    assert nights.look_at(ids) == []
    if long_ago:
        with nights.ledger.open() as session:
            session.execute("UPDATE local_kontur_bukh_operation SET done_at = done_at - INTERVAL 1 HOUR")
    return ids


def look_again() -> list[int]:
    return preflight(settings.load(), Window(DAY, DAY)).look_again


def document(kontur: Sandbox, order_id: int) -> str:
    (found,) = [d["id"] for d in kontur.books.documents() if f"-S{order_id}-" in d["comment"]]
    return str(found)


def test_one_of_some_is_named_and_its_order_shown_once(
    shop: Connection, nights: Nights, kontur: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    ids = posted(shop, nights, 3)
    gone = document(kontur, ids[1])
    kontur.control("DELETE", f"/documents/{gone}")
    with caplog.at_level(logging.WARNING):
        assert look_again() == [ids[1]]
    assert f": 1 документ (BX1-S{ids[1]}-" in caplog.text
    (square,) = nights.look_at(ids)
    assert square.code == "vanished"
    assert gone in told(square)
    assert (nights.sync_row(ids[1]) or ())[:2] == ("error", gone)
    assert look_again() == [ids[1]]
    assert nights.look_at(ids) == [], "a person is asked once"
    assert len(kontur.books.documents()) == 2, "and it is not posted again"


def test_one_that_stands_again_needs_nobody_any_more(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    ids = posted(shop, nights, 3, before=20)
    with nights.ledger.open() as session:
        operations = Operations(session)
        row = operations.get(f"sale:{ids[0]}")
        assert row is not None
        assert operations.save(structs.replace(row, code="vanished", message="gone"))
    assert look_again() == [ids[0]], "though it is of no day of this run"
    assert nights.look_at(ids) == []
    assert (nights.sync_row(ids[0]) or ())[0] == "synced"
    assert look_again() == []


def test_a_document_that_was_given_another_day_is_there(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    ids = posted(shop, nights, 4)
    for order_id in ids:
        kontur.control("PATCH", f"/documents/{document(kontur, order_id)}", {"date": "2026-05-01"})
    assert look_again() == []


def test_where_documents_cannot_be_read_they_are_looked_up_by_number(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = posted(shop, nights, 3)
    kontur.set_options(read_documents=False)
    monkeypatch.setenv("KONTUR__CONTRACT__READ_DOCUMENTS", "false")
    kontur.control("PATCH", f"/documents/{document(kontur, ids[0])}", {"date": "2026-05-01", "comment": "mine"})
    kontur.control("DELETE", f"/documents/{document(kontur, ids[1])}")
    assert look_again() == [ids[1]]


def test_what_was_posted_a_moment_ago_may_not_be_listed_yet(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    posted(shop, nights, 3, long_ago=False)
    kontur.set_options(search_lag_s=600, read_documents=False)
    assert look_again() == []


@pytest.mark.parametrize("before", [0, 20])
def test_an_emptied_account_stops_the_run(shop: Connection, nights: Nights, kontur: Sandbox, before: int) -> None:
    ids = posted(shop, nights, 3, before=before)
    kontur.control("DELETE", "/accounts/demo/books")
    with pytest.raises(BooksGoneError, match=r"3 документа.*учёт очищен, или .*другую организацию") as refused:
        look_again()
    assert refused.value.said == said("books_gone", connection="kontur_default", documents=Count(3, "document"))
    assert issubclass(BooksGoneError, ForAPerson)
    assert all((nights.sync_row(order_id) or ())[0] == "synced" for order_id in ids), "nothing was marked"


def test_another_account_stops_the_run(
    shop: Connection, nights: Nights, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    posted(shop, nights, 3)
    with serving.running(tmp_path_factory.mktemp("other") / "kontur.sqlite", accounts={"other": "k"}) as other:
        connection = {"conn_type": "kontur", "host": other.base_url, "login": "other", "password": "k"}
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))
        with pytest.raises(BooksGoneError, match="kontur_default"):
            look_again()


def test_all_of_these_days_are_not_all_of_an_account(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    posted(shop, nights, 1, before=20)
    ids = posted(shop, nights, 4)
    for order_id in ids:
        kontur.control("DELETE", f"/documents/{document(kontur, order_id)}")
    assert look_again() == ids


def test_two_documents_are_too_few_to_speak_of_an_account(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    ids = posted(shop, nights, 2)
    kontur.control("DELETE", "/accounts/demo/books")
    assert look_again() == ids


def test_where_kontur_cannot_be_searched_nothing_is_said(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(shop, nights, 3)
    kontur.control("DELETE", "/accounts/demo/books")
    monkeypatch.setenv("KONTUR__CONTRACT__SEARCH_DOCUMENTS", "false")
    assert look_again() == []
