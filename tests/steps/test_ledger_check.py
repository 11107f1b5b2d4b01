"""What a run's preflight sees in Kontur's own list: documents forgotten, denied, doubled, or under another id."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturAccessError
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created
from MySQLdb.connections import Connection

from include import settings
from include.books import vanished
from include.books.ledger_check import LedgerBehindError
from include.facts import Count, said, several, to_json
from include.posting import breaker as breaker_module
from include.settings import Posting
from include.steps.extract import extract
from include.steps.preflight import preflight
from include.steps.rebuild import Rebuilt, rebuild
from include.steps.run_request import RunRequest
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, told

DAY = dt.date(2026, 3, 17)
OVERLAP_DAYS = 3


@pytest.fixture(autouse=True, params=[31, 1])
def _days_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the days are cut, the same is found."""
    monkeypatch.setattr(vanished, "DAYS_AT_ONCE", request.param)


def posted(shop: Connection, nights: Nights, *, before: int = 0) -> int:
    """An order shipped on the day, in the books."""
    day = DAY - dt.timedelta(days=before)
    order_id = make_case(shop, "paid_and_shipped_in_a_day", at=day).order_id
    assert nights.look_at([order_id]) == []
    return order_id


def look_again(day: dt.date = DAY) -> list[int]:
    """Orders that the preflight of a night sends its run to."""
    found = preflight(settings.load(), Window(day, day)).look_again
    extracted = extract(
        settings.load(), Window(dt.date(2020, 1, 1), dt.date(2020, 1, 1)), RunRequest("run"), also=found
    )
    assert found == [id_ for batch in extracted.batches for id_ in batch["order_ids"]]
    return found


def copy(kontur: Sandbox, day: dt.date = DAY, *, key: str = "copy") -> str:
    """The accountant copies the first document, our comment with it; the copy's id."""
    original = kontur.books.documents()[0]
    body = {
        "date": str(day),
        "number": original["number"] + "-К",
        "counterpartyId": original["counterparty_id"],
        "items": [{"name": "Чайник", "quantity": 1, "price": 1000, "vatRate": "none", "unit": "шт"}],
        "totalAmount": 1000,
        "comment": original["comment"],
    }
    created = KonturHook().create_document(DocumentKind.SALE_INVOICE, json.dumps(body), idempotency_key=key)
    assert isinstance(created, Created), created
    return created.id


@pytest.mark.parametrize("before", [0, OVERLAP_DAYS])
def test_a_document_of_the_overlap_that_the_ledger_forgot_stops_the_run(
    shop: Connection, nights: Nights, before: int
) -> None:
    order_id = posted(shop, nights, before=before)
    with nights.ledger.open() as session:
        session.execute("DELETE FROM local_kontur_bukh_operation WHERE order_id = %s", [order_id])
    with pytest.raises(LedgerBehindError, match=r"которых нет в журнале обмена: 1 документ \("):
        preflight(settings.load(), Window(DAY, DAY))


def test_a_document_that_kontur_holds_twice_is_shown_until_one_is_gone(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order_id = posted(shop, nights)
    assert look_again() == []
    original, number = (kontur.books.documents()[0][name] for name in ("id", "number"))
    surplus = copy(kontur)
    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    assert (square.state, square.code) == ("review", "doubled")
    assert told(square).endswith(
        f"Kontur has it 2 times. Keep one there (№ {number} of {DAY:%d.%m.%Y}, id {original}),"
        f" delete the others: № {number}-К of {DAY:%d.%m.%Y}, id {surplus}."
    )
    status, doc_id, _ = nights.sync_row(order_id) or ()
    assert (status, doc_id) == ("error", original)
    assert look_again() == [order_id]
    assert nights.look_at([order_id]) == [], "a person is asked once"

    assert kontur.control("DELETE", f"/documents/{surplus}") == {"removed": 1}
    assert look_again() == [order_id]
    assert nights.look_at([order_id]) == []
    assert nights.sync_row(order_id) == ("synced", original, None)
    assert look_again() == []
    assert len(kontur.books.documents()) == 1


@pytest.mark.parametrize("comment", ["{own} see {other}", "See {other}. {own}"])
def test_a_document_whose_comment_names_another_order_is_no_double_of_that(
    shop: Connection, nights: Nights, kontur: Sandbox, comment: str
) -> None:
    for _ in range(2):
        posted(shop, nights)
    own, other = kontur.books.documents()
    text = comment.format(own=own["comment"], other=other["comment"])
    kontur.control("PATCH", f"/documents/{own['id']}", {"comment": text})
    assert look_again() == []


READS = pytest.mark.parametrize("can_read", [True, False], ids=["read by id", "looked up by number"])


def cannot_read(kontur: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    kontur.set_options(read_documents=False)
    monkeypatch.setenv("KONTUR__CONTRACT__READ_DOCUMENTS", "false")


@READS
def test_a_copy_on_another_day_is_a_double_until_it_is_gone(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, *, can_read: bool
) -> None:
    order_id = posted(shop, nights, before=20)
    if not can_read:
        cannot_read(kontur, monkeypatch)
    (document,) = kontur.books.documents()
    original, number, day = document["id"], document["number"], DAY - dt.timedelta(days=20)
    surplus = copy(kontur)
    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    assert (square.state, square.code) == ("review", "doubled")
    assert told(square).endswith(
        f"Kontur has it 2 times. Keep one there (№ {number} of {day:%d.%m.%Y}, id {original}),"
        f" delete the others: № {number}-К of {DAY:%d.%m.%Y}, id {surplus}."
    )
    assert (nights.sync_row(order_id) or ())[:2] == ("error", original)

    much_later = DAY + dt.timedelta(days=30)
    assert look_again(much_later) == [order_id], "none of the two is listed, and both stand"
    assert nights.look_at([order_id]) == [], "a person is asked once"
    assert (nights.sync_row(order_id) or ())[:2] == ("error", original)

    kontur.control("DELETE", f"/documents/{surplus}")
    assert look_again(much_later) == [order_id]
    assert nights.look_at([order_id]) == []
    assert nights.sync_row(order_id) == ("synced", original, None)
    assert look_again() == look_again(much_later) == []


@READS
def test_a_double_is_not_over_because_one_of_the_two_is_listed_no_longer(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, *, can_read: bool
) -> None:
    order_id = posted(shop, nights, before=OVERLAP_DAYS)
    if not can_read:
        cannot_read(kontur, monkeypatch)
    original = kontur.books.documents()[0]["id"]
    surplus = copy(kontur)
    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    for day in (DAY + dt.timedelta(days=1), DAY - dt.timedelta(days=1)):
        assert look_again(day) == [order_id], "one of the two is listed"
        assert nights.look_at([order_id]) == []
        assert (nights.sync_row(order_id) or ())[:2] == ("error", original)

    kontur.control("DELETE", f"/documents/{original}")
    assert look_again(DAY + dt.timedelta(days=1)) == [order_id]
    assert nights.look_at([order_id]) == []
    assert nights.sync_row(order_id) == ("synced", surplus, None), "the person has kept the copy"
    assert square.code == "doubled"


def test_a_copy_that_lost_our_marker_is_a_document_of_its_own(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order_id = posted(shop, nights, before=20)
    original = kontur.books.documents()[0]["id"]
    surplus = copy(kontur)
    assert look_again() == [order_id]
    kontur.control("PATCH", f"/documents/{surplus}", {"comment": "Another sale"})
    assert look_again() == [order_id]
    assert nights.look_at([order_id]) == []
    assert nights.sync_row(order_id) == ("synced", original, None)


def test_a_document_whose_comment_was_edited_is_not_given_up_for_its_copy(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order_id = posted(shop, nights, before=20)
    original = kontur.books.documents()[0]["id"]
    copy(kontur)
    kontur.control("PATCH", f"/documents/{original}", {"comment": "mine"})
    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    assert square.code == "doubled"
    assert (nights.sync_row(order_id) or ())[:2] == ("error", original)


def test_of_two_copies_one_is_kept_where_the_original_is_gone(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order_id = posted(shop, nights, before=20)
    original, number = (kontur.books.documents()[0][name] for name in ("id", "number"))
    kept, surplus = sorted([copy(kontur), copy(kontur, key="again")])
    kontur.control("DELETE", f"/documents/{original}")
    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    assert told(square).endswith(
        f"Kontur has it 2 times. Keep one there (№ {number}-К of {DAY:%d.%m.%Y}, id {kept}),"
        f" delete the others: № {number}-К of {DAY:%d.%m.%Y}, id {surplus}."
    )


def test_where_both_of_a_double_are_deleted_the_document_is_gone(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order_id = posted(shop, nights, before=20)
    copy(kontur)
    assert look_again() == [order_id]
    for document in kontur.books.documents():
        kontur.control("DELETE", f"/documents/{document['id']}")
    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    assert square.code == "vanished"


def test_one_that_was_sent_again_stays_doubled_though_a_search_finds_one(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = posted(shop, nights, before=20)
    with nights.ledger.open() as session:
        session.execute(
            "UPDATE local_kontur_bukh_operation SET uncertain = 1, attempts = 2, done_at = done_at - INTERVAL 1 HOUR"
            " WHERE op_key = %s",
            [f"sale:{order_id}"],
        )
    copy(kontur)
    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    assert square.code == "doubled"


def test_what_a_search_found_doubled_is_left_to_the_search(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order_id = posted(shop, nights)
    original, surplus = kontur.books.documents()[0]["id"], copy(kontur)
    message = to_json([said("sent_again_doubled", times=Count(2, "time"), ids=several(original, surplus))])
    with nights.ledger.open() as session:
        session.execute(
            "UPDATE local_kontur_bukh_operation SET uncertain = 1, attempts = 2, code = 'doubled', message = %s"
            " WHERE op_key = %s",
            [message, f"sale:{order_id}"],
        )
    for day in (DAY, DAY + dt.timedelta(days=30)):
        assert look_again(day) == [order_id]
        with nights.ledger.open() as session:
            assert session.row(
                "SELECT message FROM local_kontur_bukh_operation WHERE op_key = %s", [f"sale:{order_id}"]
            ) == (message,)


def test_a_document_that_stands_alone_on_its_day_is_not_asked_for(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    posted(shop, nights)
    before = len(kontur.books.requests())
    assert look_again() == []
    assert [r for r in kontur.books.requests()[before:] if r["method"] == "GET" and "/saleinvoices/" in r["path"]] == []


def test_an_answer_with_the_id_of_something_else_is_put_right_and_shown(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    other = copy_of_nothing(kontur)
    kontur.set_faults(next=[{"fault": "foreign_id_after_commit", "path_ends_with": "/saleinvoices"}])
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    nights.look_at([order.order_id])
    (own,) = [row["id"] for row in kontur.books.documents() if row["number"] == order.number]
    assert nights.sync_row(order.order_id) == ("synced", other, None)

    assert look_again() == [order.order_id]
    (square,) = nights.look_at([order.order_id])
    assert (square.state, square.code) == ("review", "wrong_id")
    document = f"№ {order.number} of {DAY:%d.%m.%Y}, id {own}"
    assert f"with the id {other}, and the document is another one ({document})." in told(square)
    status, doc_id, _ = nights.sync_row(order.order_id) or ()
    assert (status, doc_id) == ("error", own)


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_of_what_was_written_stops_the_next_run_until_a_rebuild_takes_it_up(
    shop: Connection, nights: Nights, kontur: Sandbox, status: int
) -> None:
    order_id = written_and_denied(shop, kontur, status)
    (square,) = nights.look_at([order_id])
    assert square.code == "kontur_rejected"
    assert "A fault of the sandbox" in told(square)
    assert nights.states(order_id)[f"sale:{order_id}"] == "rejected"
    assert_refused_until_rebuilt(order_id, nights, kontur)


def test_a_key_refused_after_the_write_stops_this_run_and_the_next_until_a_rebuild_takes_it_up(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order_id = written_and_denied(shop, kontur, 401)
    with pytest.raises(KonturAccessError):
        nights.look_at([order_id])
    assert nights.states(order_id)[f"sale:{order_id}"] == "planned"
    assert_refused_until_rebuilt(order_id, nights, kontur)


def test_busy_after_the_write_doubles_and_the_next_run_shows_it(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker_module, "_LONGEST_PAUSE_S", 0.1)
    order_id = written_and_denied(shop, kontur, 429)
    assert nights.look_at([order_id]) == []
    surplus, kept = [row["id"] for row in kontur.books.documents()]
    number = kontur.books.documents()[0]["number"]
    assert nights.sync_row(order_id) == ("synced", kept, None)

    assert look_again() == [order_id]
    (square,) = nights.look_at([order_id])
    assert square.code == "doubled"
    assert told(square).endswith(
        f"Kontur has it 2 times. Keep one there (№ {number} of {DAY:%d.%m.%Y}, id {kept}),"
        f" delete the others: № {number} of {DAY:%d.%m.%Y}, id {surplus}."
    )
    assert {row["document_id"] for row in kontur.books.payments()} == {kept}


def written_and_denied(shop: Connection, kontur: Sandbox, status: int) -> int:
    """An order whose document Kontur will write and then deny by ``status``, against the contract."""
    kontur.set_faults(next=[{"fault": f"status_{status}_after_commit", "path_ends_with": "/saleinvoices"}])
    return make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id


def assert_refused_until_rebuilt(order_id: int, nights: Nights, kontur: Sandbox) -> None:
    (document,) = kontur.books.documents()
    assert kontur.books.payments() == []
    with pytest.raises(LedgerBehindError, match=r"которых нет в журнале обмена: 1 документ \("):
        preflight(settings.load(), Window(DAY, DAY))
    at_once = nights.rules.model_copy(update={"posting": Posting(settle_s=0.01)})
    assert rebuild(at_once, DAY, DAY) == Rebuilt(documents=1)
    assert look_again() == []
    assert nights.look_at([order_id]) == []
    assert nights.sync_row(order_id) == ("synced", document["id"], None)
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == 1


def copy_of_nothing(kontur: Sandbox) -> str:
    """A document that somebody typed in, for the same buyer; its id."""
    hook = KonturHook()
    buyer = {"name": "Розничные покупатели", "type": "Individual"}
    counterparty = hook.create_counterparty(json.dumps(buyer), idempotency_key="typed")
    assert isinstance(counterparty, Created)
    sale = {
        "date": str(DAY),
        "number": "typed",
        "counterpartyId": counterparty.id,
        "items": [{"name": "Чайник", "quantity": 1, "price": 1000, "vatRate": "none", "unit": "шт"}],
        "totalAmount": 1000,
        "comment": "",
    }
    created = hook.create_document(DocumentKind.SALE_INVOICE, json.dumps(sale), idempotency_key="typed")
    assert isinstance(created, Created)
    return created.id


def test_an_empty_ledger_looks_at_all_days_since_go_live(
    shop: Connection, nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(shop, nights, before=OVERLAP_DAYS + 20)
    lose(nights)
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", str(DAY - dt.timedelta(days=OVERLAP_DAYS + 19)))
    assert look_again() == [], "what was shipped before go_live is not ours to post"
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", str(DAY - dt.timedelta(days=OVERLAP_DAYS + 20)))
    with pytest.raises(LedgerBehindError, match=r"которых нет в журнале обмена: 1 документ \("):
        look_again()


@pytest.mark.usefixtures("shop", "kontur")
def test_an_empty_ledger_refuses_after_go_live_where_kontur_cannot_be_searched(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(nights)
    monkeypatch.setenv("KONTUR__CONTRACT__SEARCH_DOCUMENTS", "false")
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", str(DAY))
    assert look_again() == [], "the first run begins with that day"
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", str(DAY - dt.timedelta(days=OVERLAP_DAYS + 1)))
    with pytest.raises(LedgerBehindError) as refused:
        look_again()
    assert refused.value.said == said("ledger_empty", go_live=DAY - dt.timedelta(days=OVERLAP_DAYS + 1))


def lose(nights: Nights) -> None:
    with nights.ledger.open() as session:
        session.execute("DELETE FROM local_kontur_bukh_operation")
