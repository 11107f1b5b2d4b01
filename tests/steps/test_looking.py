"""A large shop: most nights look by index and cover nothing, a full scan makes up for all since the last one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include.bitrix.by_index import ByIndex
from include.bitrix.selection import select_orders
from include.bitrix.snapshot import snapshot
from include.settings import Accounting, Settings
from include.steps.standing import standing
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop import large, schema
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)

pytestmark = pytest.mark.usefixtures("shop")


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def rules(**run: int) -> Settings:
    given: dict[str, Any] = {"accounting": {"go_live": DAY}, "run": {"full_scan_orders": 0, "full_scan_days": 3, **run}}
    return Settings.model_validate(given)


def ship_in_silence(shop: Connection, order_id: int, day: dt.date) -> None:
    """As plain SQL does it: no index leads to it."""
    at = dt.datetime.combine(day, dt.time(12))
    change(shop, "order", order_id, DEDUCTED="Y", DATE_DEDUCTED=at)
    change(shop, "order_delivery", order_id, DEDUCTED="Y", DATE_DEDUCTED=at)


def scans(nights: Nights, *days: int) -> list[int]:
    """Those of these nights that read the shop as a whole."""
    return [day for day in days if nights.night(later(day))["full_scan"]]


def test_a_full_scan_runs_when_the_last_one_is_so_many_days_old(nights: Nights, shop: Connection) -> None:
    make_case(shop, "new_unpaid", at=DAY)
    nights.rules = rules()
    assert scans(nights, *range(8)) == [0, 3, 6]
    assert scans(nights, 11, 12) == [11], "a night that should have had one was missed"


def test_a_night_by_index_posts_what_was_saved_in_the_shop_and_covers_nothing(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    nights.rules = rules()
    make_case(shop, "new_unpaid", at=DAY)
    nights.night(DAY)
    order = make_case(shop, "paid_and_shipped_in_a_day", at=later(1))
    night = nights.night(later(1))
    assert [d["number"] for d in kontur.books.documents()] == [order.number]
    assert (night["full_scan"], night["days_covered"], night["days_uncovered"]) == (False, 0, 1)
    assert nights.night(later(2))["days_uncovered"] == 2
    assert (nights.night(later(3))["days_covered"], nights.night(later(4))["days_uncovered"]) == (3, 1)


@pytest.mark.parametrize(("dated", "found"), [(-2, True), (-3, False)])
def test_a_full_scan_finds_what_each_night_since_the_last_one_would_have_found(
    nights: Nights, shop: Connection, kontur: Sandbox, dated: int, found: bool
) -> None:
    """The night of the 1st would have looked back three days: to the 2nd before the day of the last scan."""
    nights.rules = rules()
    order = make_case(shop, "prepaid_not_shipped", at=later(-9))
    nights.rules = nights.rules.model_copy(
        update={"accounting": Settings(accounting={"go_live": later(-9)}).accounting}
    )
    nights.night(DAY)
    ship_in_silence(shop, order.order_id, later(dated))
    for number in (1, 2):
        assert nights.night(later(number))["full_scan"] is False
        assert kontur.books.documents() == []
    assert nights.night(later(3))["full_scan"] is True
    assert [d["number"] for d in kontur.books.documents()] == ([order.number] if found else [])


def test_a_night_by_index_makes_up_for_those_before_it_that_failed(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    nights.rules = rules(full_scan_days=30)
    make_case(shop, "new_unpaid", at=DAY)
    nights.night(DAY)
    order = make_case(shop, "paid_and_shipped_in_a_day", at=later(1))
    assert nights.night(later(20))["full_scan"] is False
    assert [d["number"] for d in kontur.books.documents()] == [order.number]


def test_each_night_of_a_small_shop_and_each_run_of_a_person_is_a_full_scan(nights: Nights, shop: Connection) -> None:
    for _ in range(2):
        make_case(shop, "new_unpaid", at=DAY)
    nights.rules = rules(full_scan_orders=2)
    assert scans(nights, 0, 1, 2) == [0, 1, 2]
    make_case(shop, "new_unpaid", at=DAY)
    assert scans(nights, 3, 4) == [], "three are more than two"
    asked = nights.window(later(4), later(4))
    assert (asked["full_scan"], asked["days_covered"]) == (True, 1)


def test_days_that_other_settings_covered_are_read_at_once(nights: Nights, shop: Connection) -> None:
    make_case(shop, "new_unpaid", at=DAY)
    nights.rules = rules()
    nights.night(later(5))
    nights.rules = nights.rules.model_copy(update={"shop": Settings(shop={"shipped_by": "flag"}).shop})
    assert scans(nights, 6, 7) == [6]


def test_by_index_a_night_reads_a_few_rows_of_a_large_shop(shop: Connection) -> None:
    """20,000 orders, 1,000 a day, one in 86.4 s. On the last day its own were paid, the day before's shipped.

    But for its last hour's, 42 orders, which were paid after midnight.
    """
    last = dt.datetime(2026, 3, 17, 23, 59, 59)
    with schema.bitrix_session(shop):
        large.fill(shop, 20_000, last)
    with snapshot() as shop_db:
        by_index = ByIndex(shop_db)
        assert by_index.most_orders == 20_000
        before = large.rows_read(shop)
        found = by_index.select(Window(DAY, DAY), Settings()).order_ids
        looked_up = large.rows_read(shop) - before
        whole = select_orders(shop_db, Window(DAY, DAY), Settings()).order_ids
        scanned = large.rows_read(shop) - before - looked_up
    assert found == whole == list(range(18_001, 19_959))
    assert scanned > 5 * 20_000, "each of the five tables"
    assert looked_up < scanned / 4


def test_a_night_by_index_is_a_run_that_finished(nights: Nights, shop: Connection) -> None:
    """The morning's notice and a monitor have nothing to say of it, until a night does not finish."""
    yesterday = dt.datetime.now(nights.rules.shop.zone).date() - dt.timedelta(days=1)
    make_case(shop, "new_unpaid", at=yesterday)
    nights.rules = rules(full_scan_days=5).model_copy(
        update={"accounting": Accounting(go_live=yesterday - dt.timedelta(days=9))}
    )
    first = nights.night(yesterday - dt.timedelta(days=3))
    assert (first["full_scan"], len(standing(nights.rules).uncovered)) == (True, 3)
    night = nights.night(yesterday)
    assert (night["full_scan"], night["days_uncovered"]) == (False, 3)
    found = standing(nights.rules)
    assert (found.finished and found.finished.run_id, found.uncovered) == (nights.run_id, [])
    with nights.ledger.open() as session:
        session.execute(
            "UPDATE local_kontur_bukh_day SET day = day - INTERVAL 1 DAY, read_at = read_at - INTERVAL 1 DAY"
        )
    assert standing(nights.rules).uncovered == [yesterday], "tonight's has not finished"
