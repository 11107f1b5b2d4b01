"""What a night looks at: its day, the days before it, what nobody has looked at yet, and what waits for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from kontur_hook.errors import KonturTransientError
from MySQLdb.connections import Connection

from include.bitrix.named import UnknownOrdersError
from include.ledger.connection import LedgerDatabase
from include.settings import Accounting, Settings
from include.settings import Shop as ShopSettings
from include.steps import extract as extract_module
from include.steps.extract import extract
from include.steps.load import load
from include.steps.report import Looked, report
from include.steps.run_request import RunRequest
from include.steps.transform import transform
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)

pytestmark = pytest.mark.usefixtures("shop")


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def live_since(day: dt.date | None, sites: dict[str, str] | None = None) -> Settings:
    return Settings(accounting=Accounting(go_live=day), shop=ShopSettings(sites=sites))


def booked(kontur: Sandbox) -> tuple[int, int, int]:
    return len(kontur.books.documents()), len(kontur.books.payments()), len(kontur.books.refunds())


@pytest.fixture
def covered(nights: Nights) -> Callable[[], list[dt.date]]:
    """Which days are covered."""

    def read() -> list[dt.date]:
        with nights.ledger.open() as session:
            return [row[0] for row in session.rows("SELECT DISTINCT day FROM local_kontur_bukh_day ORDER BY day")]

    return read


def test_nights_of_503_are_made_up_for_by_the_next_good_one(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    nights.rules = live_since(later(-1))
    cases = [make_case(shop, "refunded_later", at=later(number)) for number in range(6)]
    for case in cases:  # what plain SQL and imports do: the row's own change is much older
        change(shop, "order", case.order_id, DATE_UPDATE=dt.datetime(2026, 1, 2, 3))
    kontur.set_faults(rates={"search_status_503": 1, "status_503_before_commit": 1})
    for number in range(2):
        with pytest.raises(KonturTransientError):
            nights.night(later(number))
    kontur.set_faults()
    assert booked(kontur) == (0, 0, 0)

    good = nights.night(later(30))
    assert booked(kontur) == (6, 6, 6)
    assert (good["days_covered"], good["days_uncovered"]) == (32, 0)
    assert nights.night(later(31))["days_covered"] == 1
    assert booked(kontur) == (6, 6, 6)


@pytest.mark.parametrize(("table", "column"), [("order_payment", "DATE_PAID"), ("order", "DATE_DEDUCTED")])
def test_an_event_dated_back_by_sql_is_seen_the_same_night(
    nights: Nights, shop: Connection, kontur: Sandbox, table: str, column: str
) -> None:
    """A bank import of today, or a shipment, dated two days back; DATE_UPDATE and all else stay as they were."""
    order = make_case(shop, "shipped_unpaid" if table == "order_payment" else "prepaid_not_shipped", at=DAY)
    nights.night(DAY)
    before = booked(kontur)
    flag = {"PAID": "Y"} if table == "order_payment" else {"DEDUCTED": "Y"}
    change(shop, table, order.order_id, **flag, **{column: dt.datetime(2026, 3, 18, 12)})
    nights.night(later(3))
    assert tuple(now - then for now, then in zip(booked(kontur), before, strict=True)) == (
        (0, 1, 0) if table == "order_payment" else (1, 1, 0)
    )


@pytest.mark.parametrize("event", ["payment", "return", "shipment", "status"])
@pytest.mark.parametrize(("moment", "seen_until"), [("2026-03-17 00:00:00", 3), ("2026-03-16 23:59:59", 2)])
def test_a_night_looks_at_what_happened_in_the_three_days_before_its_own(
    nights: Nights, shop: Connection, event: str, moment: str, seen_until: int
) -> None:
    nights.rules = live_since(later(50))  # so that no day counts as uncovered
    order = make_case(shop, "new_unpaid", at=later(-60))
    table, column = {
        "payment": ("order_payment", "DATE_PAID"),
        "return": ("order_payment", "PAY_RETURN_DATE"),
        "shipment": ("order", "DATE_DEDUCTED"),
        "status": ("order", "DATE_STATUS"),
    }[event]
    change(shop, table, order.order_id, **{column: moment if event != "return" else moment[:10]})

    def looked_at(day: dt.date, *, scheduled: bool) -> list[int]:
        found = extract(nights.rules, Window(day, day), RunRequest("run", scheduled=scheduled))
        return [id_ for batch in found.batches for id_ in batch["order_ids"]]

    assert looked_at(later(seen_until), scheduled=True) == [order.order_id]
    assert looked_at(later(seen_until), scheduled=False) == [], "a run by hand looks at its own days"
    assert looked_at(later(seen_until + 1), scheduled=True) == []


def test_a_shipment_dated_back_ten_days_into_a_gap_is_taken_up(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    nights.rules = live_since(DAY)
    order = make_case(shop, "prepaid_not_shipped", at=DAY)
    nights.night(DAY)
    change(shop, "order", order.order_id, DEDUCTED="Y", DATE_DEDUCTED=dt.datetime(2026, 3, 20, 12))
    assert nights.night(later(13))["days_covered"] == 13
    assert [(d["number"], d["date"]) for d in kontur.books.documents()] == [(order.number, "2026-03-20")]


def test_only_scheduled_runs_take_up_uncovered_days_and_each_run_covers_its_own(
    nights: Nights, covered: Callable[[], list[dt.date]]
) -> None:
    nights.rules = live_since(DAY)
    assert nights.window(later(4), later(6))["days_uncovered"] == 4, "those before its window"
    assert nights.window(later(5), later(5))["days_covered"] == 1
    assert covered() == [later(4), later(5), later(6)]
    night = nights.night(later(2))
    assert (night["days_covered"], night["days_uncovered"]) == (3, 0), "none later than its own"
    assert nights.night(later(9))["days_covered"] == 4
    assert covered() == [later(number) for number in range(10)]


def test_a_go_live_moved_back_makes_all_days_uncovered(nights: Nights) -> None:
    nights.rules = live_since(DAY)
    nights.night(later(5))
    nights.rules = live_since(later(-2))
    assert nights.night(later(6))["days_covered"] == 9


def test_a_slip_in_the_year_of_go_live_makes_no_statement_that_the_server_refuses(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    nights.rules = live_since(dt.date(206, 1, 1))
    assert nights.night(later(60))["days_uncovered"] == 0
    assert [d["number"] for d in kontur.books.documents()] == [order.number]


def test_what_does_not_fit_stays_uncovered_and_is_counted(
    nights: Nights, shop: Connection, monkeypatch: pytest.MonkeyPatch, kontur: Sandbox
) -> None:
    nights.rules = live_since(DAY)
    for number in (0, 0, 1, 20):
        make_case(shop, "paid_and_shipped_in_a_day", at=later(number))
    monkeypatch.setattr(extract_module, "MOST_BATCHES", 3)
    monkeypatch.setattr(extract_module, "LARGEST_BATCH", 1)
    first = nights.night(later(20))
    assert (len(first["order_ids"]), first["days_covered"], first["days_uncovered"]) == (3, 1 + 1 + 3, 16)
    second = nights.night(later(24))
    assert (second["days_uncovered"], booked(kontur)) == (0, (4, 4, 0))


def test_a_day_is_covered_only_when_it_was_over_in_the_shops_time(nights: Nights) -> None:
    with nights.ledger.open() as session:
        ((now,),) = session.rows("SELECT UTC_TIMESTAMP()")
    today = now.replace(tzinfo=dt.UTC).astimezone(nights.rules.shop.zone).date()
    yesterday = today - dt.timedelta(days=1)
    for last in (today, today + dt.timedelta(days=2)):
        assert extract(nights.rules, Window(yesterday, last), RunRequest("run")).days == [yesterday.isoformat()]
    assert extract(nights.rules, Window(today, today), RunRequest("run")).days == []


@pytest.mark.parametrize("why", ["dry run", "batch not finished", "named"])
def test_what_covers_nothing(nights: Nights, shop: Connection, covered: Callable[[], list[dt.date]], why: str) -> None:
    nights.rules = live_since(DAY)
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    window = Window(DAY, DAY)
    names = [order.number] if why == "named" else None
    found = extract(nights.rules, window, RunRequest("run", order_numbers=names or (), scheduled=True))
    assert found.days == ([] if why == "named" else [DAY.isoformat()])
    unfinished = 1 if why == "batch not finished" else 0
    looked = Looked(window=window, order_ids=[], covering=found.covering, unfinished=unfinished)
    summary = report(looked, nights.rules, "run", dry_run=[] if why == "dry run" else None)
    assert (summary["days_covered"], summary["days_uncovered"]) == (0, 1)
    assert covered() == []


def test_a_run_that_an_older_version_extracted_covers_nothing(nights: Nights) -> None:
    summary = report(Looked(window=Window(DAY, DAY), order_ids=[], covering=None), nights.rules, "run")
    assert (summary["days_covered"], summary["days_uncovered"]) == (0, 0)


def test_a_site_that_is_mapped_later_is_gone_through_since_go_live(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order, other = (make_case(shop, "paid_and_shipped_in_a_day", at=DAY) for _ in range(2))
    change(shop, "order", other.order_id, LID="s2", DATE_UPDATE=dt.datetime(2026, 1, 2, 3))
    nights.rules = live_since(DAY, {"s1": "kontur_default"})
    nights.night(later(10))
    assert [d["number"] for d in kontur.books.documents()] == [order.number]
    nights.rules = live_since(DAY, {"s1": "kontur_default", "s2": "kontur_default"})
    assert nights.night(later(11))["days_covered"] == 12
    assert sorted(d["number"] for d in kontur.books.documents()) == sorted([order.number, other.number])


def test_a_rejected_order_that_is_corrected_in_silence_is_posted_by_the_next_night(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    assert len(nights.night(DAY)["squares"]) == 1
    unchanged = nights.night(later(40))
    assert (unchanged["order_ids"], unchanged["squares"], unchanged["unchanged_waiting"]) == ([], [], 1)
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = '7707083893' WHERE ORDER_ID = %s AND CODE = 'INN'",
            [order.order_id],
        )
        assert cursor.rowcount == 1
    assert nights.night(later(41))["errors"] == 0
    assert [d["number"] for d in kontur.books.documents()] == [order.number]


def test_an_order_under_review_is_looked_at_each_night_until_shop_and_books_agree(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    nights.night(DAY)
    change(shop, "order", order.order_id, CANCELED="Y", DATE_CANCELED=dt.datetime(2026, 3, 18, 12))
    assert nights.night(later(1))["errors"] == 1
    change(shop, "order", order.order_id, CANCELED="N", DATE_CANCELED=None)
    assert (nights.night(later(30))["errors"], len(kontur.books.documents())) == (0, 1)
    assert nights.sync_row(order.order_id) == ("synced", kontur.books.documents()[0]["id"], None)


def delete(shop: Connection, order_id: int) -> None:
    with shop.cursor() as cursor:
        cursor.execute("DELETE FROM b_sale_order WHERE ID = %s", [order_id])
        assert cursor.rowcount == 1


def test_a_rejected_order_that_is_deleted_has_no_row_and_is_no_error(nights: Nights, shop: Connection) -> None:
    order = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    nights.night(DAY)
    assert nights.sync_row(order.order_id) is not None
    delete(shop, order.order_id)
    summary = nights.night(later(30))
    assert (summary["order_ids"], summary["errors"], summary["failed_orders"]) == ([order.order_id], 0, [])
    assert nights.sync_row(order.order_id) is None


def test_an_order_that_kontur_refused_and_that_is_deleted_has_no_row(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    kontur.set_faults(next=[{"fault": "status_422_before_commit", "path_ends_with": "/saleinvoices"}])
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    assert nights.night(DAY)["errors"] == 1
    delete(shop, order.order_id)
    assert nights.night(later(30))["errors"] == 0
    assert nights.sync_row(order.order_id) is None
    assert set(nights.states(order.order_id).values()) == {"skipped"}


def test_a_posted_order_that_is_deleted_keeps_its_row(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    nights.night(DAY)
    change(shop, "order", order.order_id, CANCELED="Y", DATE_CANCELED=dt.datetime(2026, 3, 18, 12))
    assert nights.night(later(1))["errors"] == 1, "under review"
    delete(shop, order.order_id)
    assert nights.night(later(30))["errors"] == 0
    assert nights.sync_row(order.order_id) == ("synced", kontur.books.documents()[0]["id"], None)


def test_a_row_that_another_module_filled_stays_whatever_becomes_of_its_order(
    nights: Nights, shop: Connection, ledger_database: LedgerDatabase
) -> None:
    order = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    nights.night(DAY)
    with ledger_database.open() as session:
        session.execute("UPDATE local_kontur_bukh_sync SET KB_DOC_ID = 'php-1' WHERE ORDER_ID = %s", [order.order_id])
    delete(shop, order.order_id)
    nights.night(later(30))
    row = nights.sync_row(order.order_id)
    assert row is not None
    assert row[1] == "php-1"


def test_an_order_out_of_reach_is_taken_up_again_when_it_comes_back(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    nights.rules = live_since(DAY, {"s1": "kontur_default"})
    nights.night(DAY)
    nights.rules = live_since(DAY, {"s2": "kontur_default"})
    assert nights.night(later(20))["errors"] == 0
    assert nights.sync_row(order.order_id) is None
    nights.rules = live_since(DAY, {"s1": "kontur_default"})
    back = nights.night(later(21))  # its own day is covered already
    assert (back["errors"], len(back["squares"])) == (1, 1), "a problem that comes back is shown again"
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = '7707083893' WHERE ORDER_ID = %s AND CODE = 'INN'",
            [order.order_id],
        )
    nights.night(later(22))
    assert [d["number"] for d in kontur.books.documents()] == [order.number]


def test_a_deleted_order_does_not_stop_the_others_that_are_tried_again(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    """The page names all orders of a reason by their IDs."""
    nights.rules = live_since(DAY)
    kontur.set_faults(next=[{"fault": "status_422_before_commit", "path_ends_with": "/saleinvoices"}] * 2)
    one, two = (make_case(shop, "paid_and_shipped_in_a_day", at=DAY) for _ in range(2))
    nights.night(DAY)
    assert booked(kontur)[0] == 0
    kontur.set_faults()
    delete(shop, one.order_id)
    asked = RunRequest("manual", order_ids=(one.order_id, two.order_id))
    found = extract(nights.rules, Window(later(1), later(1)), asked)
    assert found.batches == [{"order_ids": [one.order_id, two.order_id]}]
    transform(found.batches[0]["order_ids"], nights.rules, "manual", retry_rejected=True)
    load(found.batches[0]["order_ids"], nights.rules, "manual")
    assert [document["number"] for document in kontur.books.documents()] == [two.number]
    alone = RunRequest("manual", order_ids=(one.order_id,))
    with pytest.raises(UnknownOrdersError):
        extract(nights.rules, Window(later(1), later(1)), alone)
    never = RunRequest("manual", order_ids=(one.order_id, 10**6))
    with pytest.raises(UnknownOrdersError):
        extract(nights.rules, Window(later(1), later(1)), never)


def test_what_is_under_review_stays_so_after_a_night_in_which_its_order_was_out_of_reach(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    """The site was missing in the settings for a night, long after the order's days were covered."""
    order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    nights.rules = live_since(DAY, {"s1": "kontur_default"})
    nights.night(DAY)
    change(shop, "order", order.order_id, CANCELED="Y", DATE_CANCELED=dt.datetime.combine(later(1), dt.time(12)))
    assert nights.night(later(1))["errors"] == 1
    nights.night(later(19))
    nights.rules = live_since(DAY, {"s2": "kontur_default"})
    nights.night(later(20))
    nights.rules = live_since(DAY, {"s1": "kontur_default"})
    for number in (21, 22, 23):
        nights.night(later(number))
    assert (nights.sync_row(order.order_id) or ["nothing"])[0] == "error"
