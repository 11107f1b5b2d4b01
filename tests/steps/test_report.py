"""The run in figures: every order in one place, each account by itself, and what is noted."""

from __future__ import annotations

import datetime as dt
import json
import logging
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.accounting.operations import Finding, Verdict
from include.accounting.stored_findings import findings_to_json
from include.ledger.orders import OrderRow
from include.settings import Accounting, Settings
from include.steps import noted, telling
from include.steps.figures import STANDINGS, Posted
from include.steps.report import Looked, report
from include.steps.transform import transform
from include.window import Window
from include.words import Language, speaking
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)
NO_DAYS = {"days": [], "selects": "", "read_at": "2026-03-18T03:00:00", "uncovered": 0, "uncovered_before": 0}

ENDS = ("first_day", "last_day")

ONE_EACH = {
    "synced": "paid_and_shipped_in_a_day",
    "pending": "prepaid_not_shipped",
    "errors": "inn_with_wrong_check_digit",
    "skipped": "all_free",
    "nothing": "cancelled_new",
}


def reported(nights: Nights, ids: list[int], planned: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Of a run over these orders; of a dry run, with what ``transform`` returned."""
    looked = Looked(window=Window(DAY, DAY), order_ids=ids, covering=NO_DAYS)
    return report(looked, nights.rules, nights.run_id, dry_run=planned)


def stand(summary: Mapping[str, Any]) -> dict[str, int]:
    assert sum(summary[name] for name in STANDINGS) == summary["orders"], "every order is in one place"
    return {name: summary[name] for name in STANDINGS}


@pytest.fixture
def five(shop: Connection) -> list[int]:
    return [make_case(shop, case, at=DAY).order_id for case in ONE_EACH.values()]


def test_what_is_noted_comes_before_what_is_left_out_whatever_batch_it_is_of() -> None:
    skipped = [noted_order(number, Finding(verdict=Verdict.SKIPPED, code="retail_skipped")) for number in range(1, 51)]
    of_note = noted_order(51, Finding(verdict=Verdict.NOTED, code="total_zero"))
    notes = noted.Notes()
    notes.add(skipped)
    notes.add([of_note])
    told = notes.told()
    assert told["counts"] == {"retail_skipped": 50, "total_zero": 1}
    assert [order["order_id"] for order in told["orders"]] == [51, *range(1, 50)], "the first fifty"


def noted_order(number: int, finding: Finding) -> OrderRow:
    return OrderRow(
        order_id=number,
        number=str(number),
        site="s1",
        connection="kontur_default",
        state=None,
        code=None,
        problems=(),
        findings=findings_to_json([finding]),
        run_id="run",
        asked_run=None,
    )


def test_every_order_stands_in_one_place(nights: Nights, kontur: Sandbox, five: list[int]) -> None:
    nights.look_at(five)
    gone = 999_999  # chosen, and deleted before it was read
    summary = reported(nights, [*five, gone])
    assert stand(summary) == {"synced": 1, "pending": 1, "errors": 1, "skipped": 1, "nothing": 2}
    (account,) = summary["accounts"].items()
    assert account == (
        "kontur_default",
        {name: summary[name] for name in (*STANDINGS, "documents", "payments", "refunds", "amount", *ENDS)}
        | {"nothing": 1},
    )
    assert (summary["first_day"], summary["last_day"]) == ("2026-03-17", "2026-03-17")
    assert summary["amount_text"] == "1\u00a0000,00\u00a0₽"
    assert summary["text"] == (
        "Отчёт за 17.03.2026. Отражено в учёте: 1 документ на 1\u00a0000,00\u00a0₽ от 17.03.2026, 1 оплата,"
        " 0 возвратов денег. Просмотрено 6 заказов: отражено полностью — 1, ждёт отгрузки, подтверждения или следующего"
        " запуска — 1, требует решения — 1, не подлежит отражению — 1, отражать пока нечего — 2."
    )
    assert (summary["documents"], summary["payments"], summary["refunds"], summary["amount"]) == (1, 1, 0, "1000.00")
    assert json.loads(json.dumps(summary)) == summary, "fit for XCom"


def test_a_dry_run_has_the_same_places(nights: Nights, kontur: Sandbox, five: list[int]) -> None:
    plans = [transform([id_], nights.rules, "dry", dry_run=True) for id_ in five]
    summary = reported(nights, five, plans)
    assert stand(summary) == {"synced": 0, "pending": 2, "errors": 1, "skipped": 1, "nothing": 1}
    assert (summary["documents"], summary["payments"], summary["amount"]) == (1, 1, "1000.00")
    nights.look_at(five)
    plans = [transform([id_], nights.rules, "dry", dry_run=True) for id_ in five]
    summary = reported(nights, five, plans)
    assert stand(summary) == {"synced": 1, "pending": 1, "errors": 1, "skipped": 1, "nothing": 1}
    assert (summary["documents"], summary["payments"], summary["amount"]) == (0, 0, "0.00")


@pytest.mark.usefixtures("kontur")
def test_an_order_before_go_live_is_left_out_and_no_error(shop: Connection, nights: Nights) -> None:
    nights.rules = Settings(accounting=Accounting(go_live=DAY + dt.timedelta(days=1)))
    ids = [make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id]
    nights.look_at(ids)
    summary = reported(nights, ids)
    assert stand(summary)["skipped"] == 1
    assert summary["noted"]["counts"].keys() >= {"before_go_live"}
    assert summary["noted"]["orders"] == [], "it was typed in by hand: nothing is to be done"


NOTED = {
    "store_credit_mixed": "store_credit",
    "refunded_before_shipment": "refunded_before_shipment",
    "returned_to_store_credit": "returned_to_store_credit",
}


def test_what_is_noted_is_counted_and_listed_with_its_order(
    shop: Connection, nights: Nights, kontur: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    made = {case: make_case(shop, case, at=DAY) for case in NOTED}
    other = make_case(shop, "store_credit_alone", at=DAY)
    nights.look_at([order.order_id for order in (*made.values(), other)])
    ids = [order.order_id for order in made.values()]
    plans = [transform(ids, nights.rules, "dry", dry_run=True)]
    with caplog.at_level(logging.INFO):
        summaries = [reported(nights, ids), reported(nights, ids, plans)]
    for summary in summaries:
        assert summary["noted"]["counts"] == dict.fromkeys(NOTED.values(), 1), "of this run's orders only"
        listed = {note["order_id"]: note for note in summary["noted"]["orders"]}
        assert len(listed) == len(NOTED)
        for case, code in NOTED.items():
            note = listed[made[case].order_id]
            assert (note["number"], note["code"]) == (made[case].number, code)
            assert caplog.text.count(f"  № {note['number']}: {note['message']}") == len(summaries)
    assert caplog.text.count("К сведению (вашего решения не ждёт):") == len(summaries)


def test_what_is_only_counted_is_said_with_what_it_means() -> None:
    counts = {"before_go_live": 3, "payment_before_go_live": 2, "being_saved": 1, "out_of_reach": 4}
    _, *told = noted.lines({"counts": counts, "orders": []})
    assert [line.partition(": ")[2].partition(". ")[0] for line in told] == ["5", "1", "4"]


def test_what_was_noted_when_it_was_posted_is_listed_too(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = make_case(shop, "company", at=DAY)
    (document,) = order.outcome.documents
    typed = {"name": "ООО Пример", "inn": document.inn, "type": "LegalEntity"}
    record = kontur.control("POST", "/accounts/demo/counterparties", typed)["id"]
    assert nights.look_at([order.order_id]) == []
    summary = reported(nights, [order.order_id])
    assert stand(summary)["synced"] == 1
    assert summary["noted"]["counts"] == {"kpp_missing_in_kontur": 1}
    (note,) = summary["noted"]["orders"]
    assert note["code"] == "kpp_missing_in_kontur"
    assert record in note["message"]
    assert str(document.inn) not in note["message"]


def test_the_list_ends_after_fifty_and_says_how_many_more() -> None:
    notes = [{"order_id": n, "number": str(n), "code": "store_credit", "message": "m"} for n in range(40)]
    both = noted.added([{"counts": {"store_credit": 40}, "orders": notes}] * 2)
    assert both["counts"] == {"store_credit": 80}
    assert len(both["orders"]) == 50
    assert noted.lines(both)[-1].startswith("  И ещё 30:")


@pytest.fixture
def second_kontur(tmp_path: pathlib.Path) -> Iterator[Sandbox]:
    """Another account's."""
    with serving.running(tmp_path / "second.sqlite") as sandbox:
        yield sandbox


def test_each_account_has_its_figures(
    shop: Connection, nights: Nights, second_kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "kontur", "host": second_kontur.base_url, "login": "demo", "password": "demo-key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SECOND", json.dumps(connection))
    monkeypatch.setenv("KONTUR__SHOP__SITES", json.dumps({"s1": "kontur_default", "s2": "kontur_second"}))
    nights.rules = settings.load()
    first = [make_case(shop, case, at=DAY) for case in ("paid_and_shipped_in_a_day", "inn_with_wrong_check_digit")]
    second = [make_case(shop, "paid_and_shipped_in_a_day", at=DAY) for _ in range(2)]
    for order in second:
        change(shop, "order", order.order_id, LID="s2")
    ids = [order.order_id for order in (*first, *second)]
    nights.look_at(ids)
    summary = reported(nights, ids)
    found = {name: (a["synced"], a["errors"], a["documents"], a["amount"]) for name, a in summary["accounts"].items()}
    assert found == {"kontur_default": (1, 1, 1, "1000.00"), "kontur_second": (2, 0, 2, "2000.00")}
    assert Decimal(summary["amount"]) == Decimal(3000)
    assert stand(summary)["synced"] == 3


WAITED = (
    "Waiting since earlier runs: 1 of these. They get no new square; the page «Kontur» lists them («Needs a person»)."
)


def test_days_orders_and_accounts_are_told_in_the_language_of_the_run(caplog: pytest.LogCaptureFixture) -> None:
    account = {**dict.fromkeys(STANDINGS, 0), "documents": 2, "payments": 1, "refunds": 1, "amount": "1234.50"}
    account |= {"synced": 2, "errors": 1, "first_day": "2026-03-16", "last_day": "2026-03-17"}
    summary: dict[str, Any] = {
        "window": {"date_from": "2026-03-16", "date_to": "2026-03-17"},
        "accounts": {"kontur_default": account, "kontur_second": account},
        **account,
        "failed_orders": [{"number": "1045", "message": "The INN is wrong."}],
        "waiting_before": 1,
        "unchanged": 0,
        "unchanged_waiting": 0,
        "noted": {"counts": {}, "orders": []},
        "days_covered": 1,
        "days_uncovered": 3,
        "full_scan": True,
        "unmapped_sites": {"s2": 5},
    }
    posted = [
        Posted("kontur_default", "saleinvoice", dt.date(2026, 3, 16), Decimal("1000.00")),
        Posted("kontur_default", "payment", dt.date(2026, 3, 16), Decimal("1000.00")),
        Posted("kontur_second", "act", dt.date(2026, 3, 17), Decimal("234.50")),
        Posted("kontur_second", "refund", dt.date(2026, 3, 17), Decimal("34.50")),
    ]
    with speaking(Language.EN):
        summary["text"] = telling.paragraph(summary)
        told = [line.replace("\u00a0", " ") for line in telling.lines(summary, posted)]
    of_one = (
        "Posted: 2 documents for 1,234.50 ₽ dated 16.03.2026–17.03.2026, 1 payment, 1 refund. Looked at 3 orders:"
        " 2 posted in full, 0 waiting for shipment, confirmation or the next run, 1 waiting for a person, 0 left out by"
        " rule, 0 with nothing due yet."
    )
    assert told == [
        f"Report for 16.03.2026–17.03.2026. {of_one}",
        f"Connection kontur_default. {of_one}",
        f"Connection kontur_second. {of_one}",
        "By the documents' days:",
        "  16.03.2026: 1 document for 1,000.00 ₽, 1 payment, 0 refunds",
        "  17.03.2026: 1 document for 234.50 ₽, 0 payments, 1 refund",
        "Waiting for a person:",
        "  № 1045: The INN is wrong.",
        f"  {WAITED}",
        "Looked at in full: 1 day.",
        "Not yet looked at since the exchange began: 3 days. The next nights make up for them.",
        "The settings (shop.sites) do not name the site s2, so its orders are left alone: 5 orders.",
    ]
