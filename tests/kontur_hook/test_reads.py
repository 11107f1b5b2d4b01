"""What is read of Kontur: typed, whole, repeated while it fails for a reason that passes."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.contract import Contract, DocumentKind
from kontur_hook.errors import (
    KonturAccessError,
    KonturConfigurationError,
    KonturError,
    KonturProtocolError,
    KonturTransientError,
)
from kontur_hook.records import DocumentDetails, DocumentSummary, KnownCounterparty, MoneyEntry

from tests.kontur_hook.hooks import HookFor, Start, Way
from tests.kontur_hook.wire import Asked, http, say

INVOICE = DocumentKind.SALE_INVOICE
COMPANY = {"id": "c1", "inn": "7701234567", "kpp": "", "name": "ООО «Ромашка»"}


def _row(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"d{number}",
        "number": str(number),
        "date": "2026-01-31",
        "counterpartyId": "c1",
        "totalAmount": 10,
        "comment": "BX1-S1045-9Y",
    } | fields


# --- Typed


def test_counterparties(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, {"items": [COMPANY, {"id": 2, "name": "Розничные покупатели", "inn": None}]}))
    found = hook_for(server.url).find_counterparties(inn="7701234567")
    assert found == [
        KnownCounterparty(id="c1", inn="7701234567", kpp=None, name="ООО «Ромашка»"),
        KnownCounterparty(id="2", inn=None, kpp=None, name="Розничные покупатели"),
    ]
    assert (server.asked[0].path, server.asked[0].query) == (
        "/budget/v1/accounts/acc%201/counterparties",
        {"inn": "7701234567"},
    )


def test_counterparties_by_name(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, {"items": []}))
    assert hook_for(server.url).find_counterparties(name="ООО «А&Б» + ?") == []
    assert server.asked[0].query == {"name": "ООО «А&Б» + ?"}
    with pytest.raises(ValueError, match="inn or name"):
        hook_for(server.url).find_counterparties()


def _document(total: str) -> bytes:
    shown = json.dumps(_row(1, totalAmount=0.5, payments=[], refunds=[])).replace("0.5", total)
    return http(200, shown.encode())


@pytest.mark.parametrize(
    ("told", "total"),
    [
        ("100.10000000000001", "100.10"),
        ("100.09999999999999", "100.10"),
        ("100.105", "100.11"),
        ("1e2", "100.00"),
        ("-0.1", "-0.10"),
    ],
)
def test_a_sum_that_a_server_computed_is_whole_kopecks(start: Start, hook_for: HookFor, told: str, total: str) -> None:
    document = hook_for(start(_document(told)).url).get_document(INVOICE, "d1")
    assert document is not None
    assert str(document.total_amount) == total


@pytest.mark.parametrize("told", ["1e15", "1e999999"])
def test_a_sum_that_none_can_be_is_an_error(start: Start, hook_for: HookFor, told: str) -> None:
    with pytest.raises(KonturProtocolError, match="totalAmount"):
        hook_for(start(_document(told)).url).get_document(INVOICE, "d1")


def test_a_document_with_its_money(start: Start, hook_for: HookFor) -> None:
    body = (
        '{"id": "d1", "number": "A-1", "date": "2026-01-31", "counterpartyId": 7, "totalAmount": 12345678901234.10,'
        ' "comment": null, "payments": [{"id": "p1", "date": "2026-02-01", "amount": 0.1, "paymentMethod": "Cash"}],'
        ' "refunds": [{"id": "r1", "date": "2026-02-02", "amount": 5, "paymentMethod": "Card"}], "new": {}}'
    )
    server = start(http(200, body.encode()))
    assert hook_for(server.url).get_document(INVOICE, "d1") == DocumentDetails(
        id="d1",
        number="A-1",
        date=dt.date(2026, 1, 31),
        counterparty_id="7",
        total_amount=Decimal("12345678901234.10"),
        comment=None,
        payments=(MoneyEntry(id="p1", date=dt.date(2026, 2, 1), amount=Decimal("0.1"), method="Cash"),),
        refunds=(MoneyEntry(id="r1", date=dt.date(2026, 2, 2), amount=Decimal(5), method="Card"),),
    )


@pytest.mark.parametrize(
    ("status", "body", "media"),
    [
        (404, {"message": "no such document"}, "application/problem+json"),
    ],
)
def test_no_such_document(start: Start, hook_for: HookFor, status: int, body: object, media: str) -> None:
    assert hook_for(start(http(status, body, media=media)).url).get_document(INVOICE, "d1") is None


@pytest.mark.parametrize(
    "answer",
    [
        http(404, b"<html></html>", media="text/html"),
        http(404),
        http(404, b"", media="application/json"),
        http(404, b'{"mess', media="application/json"),
    ],
)
def test_a_404_that_is_not_the_apis_word_is_no_proof_of_absence(start: Start, hook_for: HookFor, answer: bytes) -> None:
    with pytest.raises(KonturConfigurationError):
        hook_for(start(answer).url).get_document(INVOICE, "d1")


def test_a_404_cut_after_its_status_is_no_proof_of_absence(
    start: Start, hook_for: HookFor, no_waits: list[float]
) -> None:
    server = start(say(b"HTTP/1.1 404 Not Fo", then="close"))
    with pytest.raises(KonturTransientError):
        hook_for(server.url).get_document(INVOICE, "d1")
    assert len(server.asked) == 4
    assert len(no_waits) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "d2"},
        {"id": None},
        {"number": 1045},
        {"date": "31.01.2026"},
        {"date": None},
        {"counterpartyId": None},
        {"totalAmount": "10,00"},
        {"totalAmount": True},
        {"totalAmount": None},
        {"comment": 5},
        {"payments": None},
        {"refunds": {}},
        {"payments": ["p1"]},
        {"payments": [{"id": "p1", "date": "2026-01-31", "amount": None, "paymentMethod": "Cash"}]},
    ],
)
def test_a_document_that_is_not_as_the_contract_says(start: Start, hook_for: HookFor, fields: dict[str, Any]) -> None:
    server = start(http(200, _row(1, payments=[], refunds=[]) | fields))
    with pytest.raises(KonturProtocolError):
        hook_for(server.url).get_document(INVOICE, "d1")
    assert len(server.asked) == 1


def test_missing_payments_are_not_none_paid(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, _row(1, refunds=[])))
    with pytest.raises(KonturProtocolError, match="no list «payments»"):
        hook_for(server.url).get_document(INVOICE, "d1")


def test_an_api_without_refunds_has_none(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, _row(1, payments=[])))
    document = hook_for(server.url, contract=Contract(refunds=False)).get_document(INVOICE, "d1")
    assert document is not None
    assert document.refunds == ()


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"items": null}', b'{"items": {}}', b'{"items": [1]}', b'{"items": [{"id": NaN}]}', b"\xff"],
)
def test_a_list_that_is_not_as_the_contract_says(start: Start, hook_for: HookFor, body: bytes) -> None:
    with pytest.raises(KonturProtocolError):
        hook_for(start(http(200, body)).url).find_counterparties(inn="1")


# --- Pages


class Books:
    """A list of documents in pages, with the faults of matrix rows 45 and 46."""

    def __init__(self, size: int, *, cap: int = 1000) -> None:
        self.rows = [_row(number) for number in range(1, size + 1)]
        self.cap = cap
        self.shift_at: int | None = None
        self.shift_by = 0

    def __call__(self, asked: Asked) -> bytes:
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        if self.shift_at is not None and offset >= self.shift_at:
            offset = max(offset + self.shift_by, 0)
        return http(200, {"items": self.rows[offset : offset + min(limit, self.cap)]})


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 9, 10, 11])
@pytest.mark.parametrize("limit", [1, 2, 3, 5])
@pytest.mark.parametrize("cap", [1, 2, 1000])
def test_all_pages(start: Start, hook_for: HookFor, size: int, limit: int, cap: int) -> None:
    server = start(route=Books(size, cap=cap))
    documents = list(hook_for(server.url, contract=Contract(page_limit=limit)).list_documents(INVOICE))
    assert [document.id for document in documents] == [f"d{number}" for number in range(1, size + 1)]


def test_a_search_that_finds_nothing_costs_one_request(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, {"items": []}))
    found = hook_for(server.url).list_documents(
        INVOICE, number="A/1", date_from=dt.date(2026, 1, 1), date_to=dt.date(2026, 1, 31)
    )
    assert list(found) == []
    [asked] = server.asked
    assert asked.path.endswith("/documents/saleinvoices")
    assert asked.query == {
        "number": "A/1",
        "dateFrom": "2026-01-01",
        "dateTo": "2026-01-31",
        "limit": "500",
        "offset": "0",
    }


def test_a_row_is_typed(start: Start, hook_for: HookFor) -> None:
    server = start(route=Books(1))
    assert list(hook_for(server.url).list_documents(DocumentKind.ACT)) == [
        DocumentSummary(
            id="d1",
            number="1",
            date=dt.date(2026, 1, 31),
            counterparty_id="c1",
            total_amount=Decimal(10),
            comment="BX1-S1045-9Y",
        )
    ]
    assert server.asked[0].path.endswith("/documents/acts")


@pytest.mark.parametrize("shift_by", [1, 2, -4])
def test_pages_that_shift_while_they_are_read(start: Start, hook_for: HookFor, shift_by: int) -> None:
    """Each time: by rows that went, or by so many that came that the page before is there once more."""
    books = Books(20)
    books.shift_at, books.shift_by = 4, shift_by
    server = start(route=books)
    with pytest.raises(KonturProtocolError):
        hook_for(server.url, contract=Contract(page_limit=5)).list_documents(INVOICE)


@pytest.mark.parametrize("place", [0, 4])
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_a_list_that_grows_before_every_page_is_read_whole(
    start: Start, hook_for: HookFor, place: int, at_once: int
) -> None:
    """As when others post meanwhile, and the newest stand first, or those of a day together."""
    books = Books(20)
    before = {row["id"] for row in books.rows}

    def serve(asked: Asked) -> bytes:
        answer = books(asked)
        books.rows[place:place] = [_row(100 + len(books.rows) + number) for number in range(at_once)]
        return answer

    server = start(route=serve)
    documents = hook_for(server.url, contract=Contract(page_limit=5)).list_documents(INVOICE)
    found = [document.id for document in documents]
    assert before <= set(found) <= {row["id"] for row in books.rows}
    assert len(found) == len(set(found))


@pytest.mark.parametrize("moved", [12, 19])
def test_a_document_that_is_moved_to_the_beginning_while_it_is_read_is_not_missed(
    start: Start, hook_for: HookFor, moved: int
) -> None:
    books = Books(20)

    def serve(asked: Asked) -> bytes:
        answer = books(asked)
        if len(server.asked) == 1:
            books.rows.insert(0, books.rows.pop(moved))
        return answer

    server = start(route=serve)
    documents = hook_for(server.url, contract=Contract(page_limit=5)).list_documents(INVOICE)
    assert sorted(document.id for document in documents) == sorted(row["id"] for row in books.rows)


@pytest.mark.parametrize("at", range(20))
@pytest.mark.parametrize("change", ["insert", "delete"])
def test_a_list_that_changes_once_is_read_again(start: Start, hook_for: HookFor, at: int, change: str) -> None:
    """Whatever row comes or goes after the first page was given, the answer is one of the two lists, whole."""
    books = Books(20)
    before = [row["id"] for row in books.rows]

    def serve(asked: Asked) -> bytes:
        answer = books(asked)
        if len(server.asked) == 1 and change == "insert":
            books.rows.insert(at, _row(99))
        elif len(server.asked) == 1:
            del books.rows[at]
        return answer

    server = start(route=serve)
    documents = hook_for(server.url, contract=Contract(page_limit=5)).list_documents(INVOICE)
    assert sorted(document.id for document in documents) in (sorted(before), sorted(row["id"] for row in books.rows))


@pytest.mark.parametrize("size", [1, 2, 7])
def test_an_api_that_ignores_offset(start: Start, hook_for: HookFor, size: int) -> None:
    server = start(http(200, {"items": [_row(number) for number in range(size)]}))
    with pytest.raises(KonturProtocolError, match="ignores «offset»"):
        hook_for(server.url).list_documents(INVOICE)


def test_a_page_larger_than_asked_or_with_doubles(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, {"items": [_row(1), _row(2), _row(3)]}))
    with pytest.raises(KonturProtocolError, match="2 were asked for"):
        hook_for(server.url, contract=Contract(page_limit=2)).list_documents(INVOICE)
    server = start(http(200, {"items": [_row(1), _row(2), _row(1)]}))
    with pytest.raises(KonturProtocolError, match="twice"):
        hook_for(server.url).list_documents(INVOICE)


def test_a_second_page_that_fails_is_no_short_list(start: Start, hook_for: HookFor, no_waits: list[float]) -> None:
    server = start(http(200, {"items": [_row(1), _row(2)]}), http(500))
    with pytest.raises(KonturTransientError):
        hook_for(server.url, contract=Contract(page_limit=2)).list_documents(INVOICE)
    assert len(no_waits) == 3


@pytest.mark.parametrize("switch", ["search_documents", "read_documents", "search_counterparties_by_name", "acts"])
def test_what_is_switched_off_is_not_asked(start: Start, hook_for: HookFor, switch: str) -> None:
    server = start(http(200, {"items": []}))
    hook = hook_for(server.url, contract=Contract.model_validate({switch: False}))
    calls: dict[str, Any] = {
        "search_documents": lambda: hook.list_documents(INVOICE),
        "read_documents": lambda: hook.get_document(INVOICE, "d1"),
        "search_counterparties_by_name": lambda: hook.find_counterparties(name="x"),
        "acts": lambda: hook.list_documents(DocumentKind.ACT),
    }
    with pytest.raises(KonturConfigurationError, match=switch):
        calls[switch]()
    assert server.connections == 0


# --- Failing


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_a_read_is_repeated_while_it_may_pass(
    start: Start, hook_for: HookFor, no_waits: list[float], status: int
) -> None:
    busy = http(status, {"message": "busy"})
    server = start(busy, busy, busy, http(200, {"items": [COMPANY]}))
    assert len(hook_for(server.url).find_counterparties(inn="1")) == 1
    assert len(server.asked) == 4
    assert len(no_waits) == 3
    assert all(0 < wait <= 10 for wait in no_waits)


def test_a_read_gives_up(start: Start, hook_for: HookFor, no_waits: list[float]) -> None:
    server = start(http(503, {"message": "busy"}))
    with pytest.raises(KonturTransientError, match="busy"):
        hook_for(server.url).find_counterparties(inn="1")
    assert len(server.asked) == 4
    assert len(no_waits) == 3


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_cut_read_is_repeated(start: Start, hook_for: HookFor, no_waits: list[float], end: str) -> None:
    server = start(say(http(200, {"items": [COMPANY]})[:-5], then=end), http(200, {"items": []}))
    assert hook_for(server.url).find_counterparties(inn="1") == []
    assert len(no_waits) == 1


def test_a_read_is_repeated_by_us_alone_and_after_a_wait(
    start: Start, hook_for: HookFor, no_waits: list[float]
) -> None:
    """Libraries send it again at once if a kept connection dies under it."""
    empty = http(200, {"items": []})
    server = start(empty, say(b"", then="close"), say(b"", then="close"), empty)
    hook = hook_for(server.url)
    for _ in range(2):
        assert hook.find_counterparties(inn="1") == []
    assert len(server.asked) == 4
    assert len(no_waits) == 2


def test_many_at_once_take_as_many_connections_as_are_allowed(start: Start, hook_for: HookFor, way: Way) -> None:
    server = start(http(200, {"items": []}))
    hook = hook_for(server.url, concurrency=4)
    assert way.at_once(hook, 40, "find_counterparties", inn="1") == [[]] * 40
    assert len(server.asked) == 40
    assert server.connections <= 4


def test_retry_after_is_waited_for_up_to_a_cap(start: Start, hook_for: HookFor, no_waits: list[float]) -> None:
    def busy(seconds: int) -> bytes:
        return http(429, None, headers={"Retry-After": str(seconds)})

    server = start(busy(25), busy(31))
    with pytest.raises(KonturTransientError) as caught:
        hook_for(server.url).find_counterparties(inn="1")
    assert caught.value.retry_after_s == 31
    assert no_waits == [25]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http(401, {"message": "no"}), KonturAccessError),
        (http(402), KonturAccessError),
        (http(403, b"<html/>", media="text/html"), KonturAccessError),
        (http(404, {"message": "no account"}), KonturConfigurationError),
        (http(404, b"<html/>", media="text/html"), KonturConfigurationError),
        (http(405), KonturConfigurationError),
        (http(302, None, headers={"Location": "/login"}), KonturConfigurationError),
        (http(400, {"message": "inn"}), KonturProtocolError),
        (http(204), KonturProtocolError),
        (http(202, {"items": []}), KonturProtocolError),
        (http(200, b"<html/>", media="text/html"), KonturProtocolError),
        (http(200, b"x" * (10 * 1024 * 1024 + 1)), KonturProtocolError),
        (http(200, b"x", headers={"Content-Encoding": "gzip"}), KonturProtocolError),
    ],
)
def test_other_failures_are_told_at_once(
    start: Start, hook_for: HookFor, answer: bytes, kind: type[KonturError]
) -> None:
    server = start(answer)
    with pytest.raises(kind) as caught:
        hook_for(server.url).find_counterparties(inn="1")
    assert type(caught.value) is kind
    assert len(server.asked) == 1


# --- check_access


def test_access(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, {"items": []}))
    hook = hook_for(server.url)
    hook.check_access()
    assert hook.test_connection() == (True, "Kontur's API answers for account acc 1.")
    assert {asked.method for asked in server.asked} == {"GET"}
    assert server.asked[0].query == {"inn": "0000000000"}


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (http(401, {"message": "bad key"}), KonturAccessError, "says: bad key. Check the API key"),
        (http(401, {"message": "Bad key!"}), KonturAccessError, "says: Bad key! Check the API key"),
        (http(403, {"message": "no right"}), KonturAccessError, "Check the rights"),
        (http(404, {"message": "no such account"}), KonturConfigurationError, "Check login"),
        (http(404, b"<html/>", media="text/html"), KonturConfigurationError, "something else than the API"),
        (http(200, b"<html/>", media="text/html"), KonturConfigurationError, "does not answer like Kontur's API"),
        (http(200, {"result": []}), KonturConfigurationError, "does not answer like Kontur's API"),
        (http(200, {"items": [COMPANY]}), KonturConfigurationError, "other INNs"),
        (http(301, None, headers={"Location": "https://x"}), KonturConfigurationError, "redirects"),
    ],
)
def test_access_fails_in_words(
    start: Start, hook_for: HookFor, answer: bytes, kind: type[KonturError], words: str
) -> None:
    hook = hook_for(start(answer).url)
    with pytest.raises(kind, match=words):
        hook.check_access()
    works, message = hook.test_connection()
    assert not works
    assert words in message


@pytest.mark.parametrize(
    ("url", "words"),
    [("https://no-such-host.invalid", "not found in DNS"), ("http://127.0.0.1:1", "refuses the connection")],
)
def test_access_without_a_server(hook_for: HookFor, no_waits: list[float], url: str, words: str) -> None:
    works, message = hook_for(url).test_connection()
    assert not works
    assert words in message
    assert len(no_waits) == 3


def test_a_wrong_connection_is_told_by_the_test_button(hook_for: HookFor) -> None:
    works, message = hook_for("http://h.example").test_connection()
    assert not works
    assert message.startswith("This connection: host is http"), "its id is Airflow's, for this test"
    assert "use https" in message
