"""What the screens say, and what their buttons do, on a ledger that is worked out by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from kontur_page import month, nights, order_acts

from include.accounting.operations import Finding, Verdict
from include.accounting.stored_findings import findings_to_json
from include.facts import said
from include.ledger.actions import Action, Actions, Deed
from include.ledger.closings import CLOSED
from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import LedgerDatabase
from include.ledger.differences import Differences
from include.posting.closing import About, FindingDeclaration
from include.posting.deciding import DecisionError, Declaration, Word
from include.steps.reconciliation import deciding
from tests.kontur_page.filled import AT, UNPAID, fill
from tests.kontur_page.readers import EDITOR, READER, RETRIER, Reader, text

Open = Callable[..., Reader]


@pytest.fixture(scope="module", autouse=True)
def _filled(ledger: LedgerDatabase) -> None:
    fill(ledger)


@pytest.fixture
def acts(ledger: LedgerDatabase) -> Iterator[Callable[[], list[tuple[Any, ...]]]]:
    """What was written into the action table since."""
    with ledger.open() as session:
        before = session.rows("SELECT COALESCE(MAX(id), 0) FROM local_kontur_bukh_action")[0]
        yield lambda: session.rows(
            "SELECT who, kind, why, order_id FROM local_kontur_bukh_action WHERE id > %s ORDER BY id", before
        )


def test_orders_wait_with_their_reasons(open_page: Open) -> None:
    """1001 and 1002 for their INN, 1003 for its payment; the whole INN is shown here."""
    told = open_page(READER).screen("/needs")
    assert "Needs a person 3" in told
    assert told.index("№ 1003") < told.index("№ 1002") < told.index("№ 1001")
    assert "7707083894" in told
    assert "250.50" in told
    assert not [number for number in ("1004", "1005", "1006") if f"№ {number}" in told]


def test_one_reason_alone(open_page: Open) -> None:
    page = open_page(READER)
    told = page.screen("/needs?code=paid_without_payment")
    assert "№ 1003" in told
    assert "№ 1002" not in told
    assert "code=inn_checksum" in page.get("/needs").text


def test_the_list_goes_on_where_it_ended(open_page: Open) -> None:
    told = open_page(READER).screen("/needs?before=3")
    assert "№ 1003" not in told
    assert "№ 1002" in told


def test_a_reader_has_no_buttons(open_page: Open) -> None:
    for path in ("/needs?code=inn_checksum", "/order/3", "/months/kontur_default/2026-09"):
        assert 'method="post"' not in open_page(READER).get(path).text
        assert 'method="post"' in open_page(EDITOR).get(path).text


def test_all_of_a_reason_are_tried_again_in_one_run(open_page: Open, acts: Any) -> None:
    page = open_page(EDITOR)
    assert page.fill_in("/needs/retry", code="inn_checksum").status_code == 303
    assert page.started == [[1, 2]]
    assert acts() == [("editor", "retried", "", 1), ("editor", "retried", "", 2)]
    assert page.noted == [("retry", "editor", {"code": "inn_checksum", "orders": 2, "run_id": "manual__1"})]


def test_what_nobody_waits_for_starts_nothing(open_page: Open, acts: Any) -> None:
    page = open_page(EDITOR)
    answer = page.fill_in("/needs/retry", code="vat_unknown")
    assert answer.status_code == 409
    assert "Nothing waits for this any longer" in text(answer)
    assert (page.started, acts()) == ([], [])


def test_a_run_that_does_not_start_leaves_no_action(
    open_page: Open, acts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kontur_page import acting

    page = open_page(EDITOR)

    def refuse(order_ids: object, who: str) -> str:
        raise acting.NotStartedError(said("page_dag_paused", dag="kontur_by_hand"))

    monkeypatch.setattr(acting, "_start", refuse)
    answer = page.fill_in("/order/3/retry")
    assert answer.status_code == 409
    assert "paused in Airflow" in text(answer)
    assert acts() == []


@pytest.mark.parametrize(("ids", "told"), [([5], "Orders posted: 1 of 1."), ([1, 5], "Orders posted: 1 of 2.")])
def test_a_run_says_how_it_ended(open_page: Open, monkeypatch: pytest.MonkeyPatch, ids: list[int], told: str) -> None:
    page = open_page(EDITOR)
    assert 'href="/order/5?run=manual__1">Refresh' in page.get("/order/5?run=manual__1").text
    monkeypatch.setattr(nights, "is_over", lambda *_: True)
    monkeypatch.setattr(nights, "orders_of_run", lambda _: ids)
    for path in ("/order/5", "/needs"):
        assert told in page.screen(f"{path}?run=manual__1")
    assert "Nothing waits for this reason" in page.screen("/needs?code=nobody_has_this")


def test_an_order_tells_all_of_it(open_page: Open) -> None:
    """Its document, its payment, the requests with their trace ids, what was sent, what is noted."""
    told = open_page(READER).screen("/order/5")
    assert "Order № 1005" in told
    body = "&#34;totalAmount&#34;: 5000.00"
    for part in ("doc-5", "pay-5", "trace-sale:5", "201", body, "store credit", "01.10.2026 05:00"):
        assert part in told, part


def test_an_order_tells_its_buyer_and_lines(open_page: Open) -> None:
    told = open_page(READER).screen("/order/5")
    assert "Buyer: ООО «Ромашка» · INN 7707083893 · KPP 773601001" in told
    assert "Куртка 3 шт 1,333.33 ₽ 4,000.00 ₽ VAT 22 %" in told
    assert "Доставка 1 шт 1,000.00 ₽ 1,000.00 ₽ without VAT" in told


def test_the_button_that_helps_comes_first(open_page: Open) -> None:
    """Nothing of 1003 is in the books: trying again may help. Of 1005 all is: what is asked is to be done in Kontur."""
    page = open_page(EDITOR)
    assert "<button>Try again</button>" in page.get("/order/3").text
    assert '<details class="decide"><summary>It is done by hand, or need not be</summary>' in page.get("/order/3").text


def test_trying_again_is_beside_the_point_where_all_is_in_the_books(open_page: Open, ledger: LedgerDatabase) -> None:
    told = Finding(verdict=Verdict.REVIEW, code="refund_without_return")
    with ledger.open() as session:
        before = session.rows("SELECT findings FROM local_kontur_bukh_order WHERE order_id = 5")[0]
        sql = "UPDATE local_kontur_bukh_order SET findings = %s WHERE order_id = 5"
        session.execute(sql, [findings_to_json([told])])
        try:
            shown = open_page(EDITOR).get("/order/5").text
        finally:
            session.execute(sql, before)
    assert '<button class="quiet">Try again</button>' in shown
    assert '<details class="decide" open><summary>It is done by hand, or need not be</summary>' in shown


def test_what_came_of_a_request_is_said_in_words(open_page: Open) -> None:
    page = open_page(READER)
    assert "Posted. 201 trace-sale:5" in page.screen("/order/5")
    assert "No answer: whether it was posted is not known. For developers read timeout" in page.screen("/order/4")
    for name in ("sale:", "payment:", "kontur_default"):
        assert name not in page.screen("/order/5").replace("trace-sale:5", ""), name
    assert "payment 5" in page.screen("/order/5")


def test_what_a_reconciliation_misses_in_kontur_can_be_sent_again_here(open_page: Open) -> None:
    """The document of 1005 is gone; its payment may be, and goes with it."""
    page = open_page(EDITOR)
    assert "Differences from the books" in page.screen("/order/5")
    shown = page.get("/order/5").text
    assert [shown.count(f'name="word" value="{word}"') for word in ("send_again", "stays_gone", "stands")] == [1, 1, 0]


def test_groups_have_names_that_a_person_understands(open_page: Open) -> None:
    assert "A slip in the INN 2" in open_page(READER).screen("/needs")


def test_what_a_person_decides_is_handed_over_as_he_saw_it(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Declaration] = []

    def decide(_: object, given: Declaration) -> object:
        asked.append(given)
        raise DecisionError(said("decide_overtaken_by", who="Anna"))

    monkeypatch.setattr(order_acts, "decide", decide)
    page = open_page(EDITOR)
    shown = page.get("/order/4").text
    assert 'name="epoch" value="3"' in shown
    seen_at = shown.partition('name="seen_at" value="')[2].partition('"')[0]
    answer = page.fill_in(
        "/order/4/decide", key="sale:4", word="stands", epoch=3, seen_at=seen_at, why="seen there", document=" doc-4 "
    )
    assert answer.status_code == 409
    assert "Anna" in text(answer)
    only = asked[0]
    assert (only.order_id, only.key, only.word, only.who, only.why, only.id) == (
        4,
        "sale:4",
        Word.STANDS,
        "editor",
        "seen there",
        "doc-4",
    )
    assert (only.seen.epoch, only.seen.at.isoformat()) == (3, seen_at)


def test_a_finding_is_closed_as_it_was_shown(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    declared: list[FindingDeclaration] = []
    monkeypatch.setattr(order_acts, "declare", lambda _, given: declared.append(given))
    page = open_page(EDITOR)
    what = html.unescape(page.get("/order/3").text.partition('name="what" value="')[2].partition('"')[0])
    answer = page.fill_in("/order/3/finding", what=what, about="close", why="typed in by hand")
    assert answer.status_code == 303
    assert declared == [FindingDeclaration(3, UNPAID, About.CLOSE, "editor", "typed in by hand")]


def test_whoever_reads_sees_what_was_closed_and_by_whom(open_page: Open, ledger: LedgerDatabase) -> None:
    closed = Action(
        who="Anna", kind=Deed.FINDING_CLOSED, why="typed in", order_id=3, facts=(UNPAID,), before="review", after=CLOSED
    )
    with ledger.open() as session:
        Actions(session).append(closed)
        try:
            page = open_page(READER)
            assert "Closed by hand: Anna." in page.screen("/order/3")
            assert "<textarea" not in page.get("/order/3").text
        finally:
            session.execute("DELETE FROM local_kontur_bukh_action WHERE who = 'Anna'")


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("1005", ["1005"]),
        ("№ 1005", ["1005"]),
        ("5", ["1005"]),
        ("doc-5", ["1005"]),
        ("7707083893", ["1005"]),
        ("5 000,00", ["1005"]),
        ("5,000.00 ₽", ["1005"]),
        ("900", ["1006"]),
        ("'; DROP TABLE x; --", []),
        ("ничего", []),
        ("99999999999999999999", []),
    ],
)
def test_search_by_whatever_one_has(open_page: Open, asked: str, numbers: list[str]) -> None:
    answer = open_page(READER).get("/search", params={"q": asked})
    assert answer.status_code == 200
    assert [n for n in ("1001", "1002", "1003", "1004", "1005", "1006") if f"<b>№ {n}</b>" in answer.text] == numbers


def test_what_was_found_by_a_sum_or_an_id_is_told(open_page: Open) -> None:
    page = open_page(READER)
    for asked, told in (
        ("900", "Payment of 05.09.2026 for 900.00 ₽"),
        ("pay-5", "Payment of 05.09.2026 for 5,000.00 ₽"),
    ):
        assert told in page.screen(f"/search?q={asked}")
    assert "05.09.2026" not in page.screen("/search?q=1005")


def test_today(open_page: Open) -> None:
    told = open_page(READER).screen("/")
    for part in ("There was no run yet", "of them within a day: 3", "900.00 ₽", "payments that wait for shipment: 1"):
        assert part in told, part


def test_the_home_page_says_how_many_wait(open_page: Open) -> None:
    card = open_page(READER).get("/card", headers={"Accept-Language": "en"}).json()
    assert card == {"text": "Kontur: needs a person — 3", "href": "/plugin/kontur/kontur/needs"}


def test_the_tab_of_a_run_has_its_orders(open_page: Open) -> None:
    """Airflow puts the run's id into the address as it is; all six orders are of this run."""
    told = open_page(READER).screen("/run?run_id=scheduled__1")
    assert "Orders of the run 6" in told
    assert "No orders of this run" in open_page(READER).screen("/run?run_id=scheduled__2026-09-01T21:00:00+00:00")


def test_the_tab_of_a_mapped_task_has_its_orders(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def orders_of(*given: object) -> list[int]:
        asked.append(given)
        return [3]

    page = open_page(READER)
    monkeypatch.setattr(nights, "orders_of", orders_of)
    told = page.screen("/task?dag_id=bitrix_to_kontur&run_id=a+b&task_id=attention&map_index=0")
    assert "№ 1003" in told
    page.screen("/task?dag_id=bitrix_to_kontur&run_id=a&task_id=report&map_index={MAP_INDEX}")
    assert asked == [("bitrix_to_kontur", "a+b", "attention", 0), ("bitrix_to_kontur", "a", "report", -1)]


def test_a_month_shows_what_the_books_lack(open_page: Open) -> None:
    """30 days of 1,000 × (7 × day mod 11), but the fifth: 5,000 in the shop, nothing in the books.

    The residues of 1 to 30 are two rounds of 0 … 10 (55 each), and 7 3 10 6 2 9 5 1 (43): 153; the fifth's 2 is left
    out. So 151,000 in the books, 156,000 in the shop.
    """
    told = open_page(READER).screen("/months/kontur_default/2026-09")
    assert "Sales 156,000.00 ₽ 151,000.00 ₽ 5,000.00 ₽" in told
    assert "Differences 1 of 1 to decide" in told
    assert "№ 1005" in told
    listed = open_page(READER).screen("/months?before=2026-11")
    assert "10.2026 Not compared yet" in listed
    assert "09.2026 156,000.00 ₽ 151,000.00 ₽ 5,000.00 ₽ 1 —" in listed


def test_a_month_of_which_some_days_were_compared_has_no_totals(open_page: Open, ledger: LedgerDatabase) -> None:
    """Two of the 31 days of August, 700 in the shop; the older of two readings is told."""
    with ledger.open() as session:
        ComparedDays(session).save(
            [
                DayRow(
                    connection="kontur_default",
                    day=dt.date(2026, 8, day),
                    measure="documents",
                    depth="full",
                    shop=Decimal(350),
                    books=Decimal(350),
                    differences={},
                    run_id="reconciled",
                    read_at=dt.datetime(2026, 9, day, 2, 0),
                )
                for day in (1, 2)
            ]
        )
    told = open_page(EDITOR).screen("/months/kontur_default/2026-08")
    assert "Days compared: 2 of 31." in told
    assert "Compare the month" in told
    assert "Kontur as of 01.09.2026" in told
    assert "700.00" not in told
    listed = open_page(READER).screen("/months?before=2026-11")
    assert "08.2026 Days compared: 2 of 31." in listed
    assert "07.2026" not in listed, "nothing happened before August"
    assert "700.00" not in listed


def test_a_month_is_compared_from_its_page(open_page: Open) -> None:
    page, path = open_page(EDITOR), "/months/kontur_default/2026-10"
    assert "Compare the month" in page.screen(path)
    for other in (READER, RETRIER):
        assert "Compare the month" not in open_page(other).screen(path)
    assert open_page(RETRIER).fill_in(f"{path}/compare").status_code == 403
    page = open_page(EDITOR)
    answer = page.fill_in(f"{path}/compare")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?run=manual__1")
    assert page.compared == [("2026-10", "editor")]
    assert [event for event, *_ in page.noted] == ["compare"]
    assert "/dags/kontur_reconciliation/runs/manual__1" in page.get(f"{path}?run=manual__1").text


def difference_on(screen: str) -> tuple[int, str]:
    """Of the first one: its id, and what its form says of what it shows."""
    found = re.search(r'name="difference" value="(\d+)".*?name="seen" value="([^"]+)"', screen)
    assert found is not None
    return int(found[1]), found[2]


@pytest.mark.parametrize("screen", ["/months/kontur_default/2026-09", "/order/5"])
def test_what_is_accepted_is_what_was_on_the_screen(screen: str, open_page: Open, ledger: LedgerDatabase) -> None:
    """Meanwhile a comparison has found something else of the same document."""
    page = open_page(EDITOR)
    id_, seen = difference_on(page.get(screen).text)
    with ledger.open() as session:
        (row,) = Differences(session).of_order(5)
        Differences(session).see(
            [dataclasses.replace(row, books_amount=Decimal("90000.00"))], AT + dt.timedelta(days=1)
        )
    form = {"difference": id_, "seen": seen, "why": "deleted on purpose"}
    if screen == "/order/5":
        answer = page.fill_in("/order/5/difference", about="accept", **form)
    else:
        answer = page.fill_in(f"{screen}/decide", **form)
    unseen = page.fill_in("/order/5/difference", difference=id_, about="accept", why="deleted on purpose")
    with ledger.open() as session:
        Differences(session).see([row], AT)
        (now,) = Differences(session).of_order(5)
    assert (answer.status_code, unseen.status_code, now.is_decided) == (409, 409, False)
    assert "has changed meanwhile" in text(answer)


def test_a_difference_is_decided_by_name_and_once(open_page: Open, acts: Any) -> None:
    page = open_page(EDITOR)
    shown = page.get("/months/kontur_default/2026-09").text
    id_, seen = difference_on(shown)
    path = "/months/kontur_default/2026-09/decide"
    assert page.fill_in(path, difference=id_, seen=seen, why="").status_code == 409
    nothing = page.fill_in(path, why="returned to <us>")
    assert nothing.status_code == 422
    assert "Tick at least one difference" in text(nothing)
    assert "returned to &lt;us&gt;</textarea>" in nothing.text
    assert page.fill_in(path, difference=id_, seen=seen, why="returned to us").status_code == 303
    again = page.fill_in(path, difference=id_, seen=seen, why="me too")
    assert again.status_code == 409
    assert "editor" in text(again)
    assert acts() == [("editor", "difference_decided", "returned to us", 5)]
    assert "editor: returned to us" in page.screen("/months/kontur_default/2026-09")


def test_an_accepted_difference_is_opened_again_where_it_was_accepted_and_on_its_order(
    open_page: Open, acts: Any
) -> None:
    page, path = open_page(EDITOR), "/months/kontur_default/2026-09"
    id_, seen = difference_on(page.get("/order/5").text)
    of_order = "/order/5/difference"
    if 'value="reopen"' not in page.get("/order/5").text:
        assert (
            page.fill_in(of_order, difference=id_, seen=seen, about="accept", why="returned to us").status_code == 303
        )
    assert "Accepted" in page.screen("/order/5")
    assert f'name="accepted" value="{id_}"' in page.get(path).text
    assert page.fill_in(f"{path}/undecide", accepted=id_, why="").status_code == 409
    assert page.fill_in(f"{path}/undecide", accepted=id_, why="it was not").status_code == 303
    assert "Differences 1 of 1 to decide" in page.screen(path)
    assert page.fill_in(of_order, difference=id_, about="reopen", why="again").status_code == 409
    assert page.fill_in(of_order, difference=id_, seen=seen, about="accept", why="it was").status_code == 303
    assert page.fill_in(of_order, difference=id_, about="reopen", why="it was not").status_code == 303
    assert [(kind, why) for _, kind, why, _ in acts()][-3:] == [
        ("difference_reopened", "it was not"),
        ("difference_decided", "it was"),
        ("difference_reopened", "it was not"),
    ]
    assert "Accepted difference opened again" in page.screen("/order/5")


def test_what_was_posted_since_the_comparison_asks_nobody(open_page: Open, ledger: LedgerDatabase) -> None:
    page, path = open_page(EDITOR), "/months/kontur_default/2026-09"
    posted = "posted 02.10.2026 05:00; the next comparison drops it"
    assert posted not in page.screen(path)
    sql = "UPDATE local_kontur_bukh_operation SET done_at = %s WHERE op_key = 'sale:5'"
    with ledger.open() as session:
        session.execute(sql, [AT + dt.timedelta(days=1)])
        try:
            assert posted in page.screen(path)
            assert posted in page.screen("/order/5")
            assert "Compare the month again" in page.screen(path)
            assert 'name="difference" value=' not in page.get(path).text
        finally:
            session.execute(sql, [AT])


def test_a_month_with_nothing_but_information_asks_nobody(open_page: Open, ledger: LedgerDatabase) -> None:
    sql = "UPDATE local_kontur_bukh_difference SET noted = %s WHERE code = 'vanished'"
    with ledger.open() as session:
        session.execute(sql, [1])
        try:
            told = open_page(EDITOR).screen("/months/kontur_default/2026-09")
        finally:
            session.execute(sql, [0])
    assert "for information" in told
    assert "Accept the marked ones" not in told


def test_differences_of_one_kind_alone(open_page: Open) -> None:
    page = open_page(READER)
    assert "№ 1005" in page.screen("/months/kontur_default/2026-09?kind=vanished")
    assert "№ 1005" not in page.screen("/months/kontur_default/2026-09?kind=doubled")


def test_a_period_is_closed_and_opened_again_by_name(open_page: Open, acts: Any) -> None:
    page, path = open_page(EDITOR), "/months/kontur_default/2026-09"
    assert "The period is open." in page.screen(path)
    asked = {"day": "2026-09-30", "seen": 0}
    assert page.fill_in(f"{path}/close", **asked, why=" ").status_code == 409
    assert page.fill_in(f"{path}/close", **asked, why="quarter done").status_code == 303
    again = page.fill_in(f"{path}/close", **asked, why="me too")
    assert again.status_code == 409
    assert "Somebody else changed the period while you looked (editor)" in text(again)
    assert "Closed until 30.09.2026" in page.screen(path)
    assert "closed, not agreed" in page.screen("/months?before=2026-11")
    assert page.fill_in(f"{path}/reopen", seen=1, why="an order was forgotten").status_code == 303
    assert "Closed until 31.08.2026" in page.screen(path)
    assert acts() == [
        ("editor", "period_closed", "quarter done", None),
        ("editor", "period_reopened", "an order was forgotten", None),
    ]
    assert [event for event, *_ in page.noted] == ["close_period", "reopen_period"]


def figures(page: Reader, path: str) -> str:
    """Those of the form by which a month is agreed."""
    form: str = page.get(path).text.partition(f'{path}/agree"')[2].partition("</form>")[0]
    return form.partition('name="seen" value="')[2].partition('"')[0]


def test_an_agreed_month_is_agreed_again_only_after_it_changed(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, ledger: LedgerDatabase
) -> None:
    path = "/months/kontur_default/2026-09"
    monkeypatch.setattr(month, "against", lambda *_: iter(()))
    monkeypatch.setattr(deciding, "against", lambda *_: iter(()))
    assert "Agree the month" in open_page(EDITOR).screen(path)
    assert "can be agreed" in open_page(READER).screen(path)
    seen = figures(open_page(EDITOR), path)
    with ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_compared SET books = books + 1 WHERE day = '2026-09-07'")
    refused = open_page(EDITOR).fill_in(f"{path}/agree", seen=seen)
    assert refused.status_code == 409
    assert "While you looked, the figures of the month or its differences changed" in text(refused)
    assert "Agree the month" in open_page(EDITOR).screen(path)
    assert open_page(EDITOR).fill_in(f"{path}/agree", seen=figures(open_page(EDITOR), path)).status_code == 303
    for user in (EDITOR, READER):
        told = open_page(user).screen(path)
        assert "nothing has changed since" in told
        assert "Agree the month" not in told
        assert "can be agreed" not in told
    with ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_compared SET shop = shop + 1 WHERE day = '2026-09-07'")
    assert "Agree again" in open_page(EDITOR).screen(path)
    assert "can be agreed again" in open_page(READER).screen(path)


def test_a_month_is_not_agreed_while_something_speaks_against_it(open_page: Open, acts: Any) -> None:
    """No run has covered its days."""
    page = open_page(EDITOR)
    answer = page.fill_in("/months/kontur_default/2026-09/agree", seen="0" * 64)
    assert answer.status_code == 409
    assert "30 days" in text(answer)
    assert acts() == []
