"""What a monitor outside of Airflow is told, and how the command ends."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include.ledger.connection import LedgerDatabase
from include.steps import decide
from include.steps.standing import standing
from include.steps.status import main
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights
from tests.steps.reconciling import Reconciliations
from tests.steps.test_decide import BY, long_ago

pytestmark = pytest.mark.usefixtures("shop", "kontur")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command: how it ends, and its lines."""
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)  # it would take pytest's own handler away

    def run(*given: str) -> tuple[int, list[str]]:
        caplog.clear()
        with caplog.at_level(logging.INFO, "include.steps.status"):
            return main(given), caplog.messages

    return run


def yesterday(nights: Nights) -> dt.date:
    return dt.datetime.now(nights.rules.shop.zone).date() - dt.timedelta(days=1)


def test_before_the_first_run_there_are_not_even_tables(ledger_database: LedgerDatabase, said: Any) -> None:
    status, lines = said()
    assert status == 1
    assert lines[0].startswith("No run has finished yet.")


def test_a_night_that_finished_is_news_until_it_is_too_old(shop: Connection, nights: Nights, said: Any) -> None:
    day = yesterday(nights)
    bad = make_case(shop, "inn_with_wrong_check_digit", at=day)
    make_case(shop, "shipped_unpaid", at=day)
    nights.window(nights.rules.accounting.go_live or day, day)
    status, lines = said()
    assert (status, len(lines)) == (0, 2)
    assert lines[0].startswith("The last run that finished (night-1) read the shop on ")
    assert lines[1] == "Waiting for a person: 1 order, new: 1."
    assert [outcome.order.number for outcome in standing(nights.rules).needs_person] == [bad.number]

    with nights.ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_day SET read_at = read_at - INTERVAL 100 MINUTE")
    assert said("--max-age", "2h")[0] == 0
    status, lines = said("--max-age", "90m")
    assert status == 1
    assert lines[0].startswith("No run has finished since ")


def test_another_night_asks_of_nothing_new(shop: Connection, nights: Nights) -> None:
    day = yesterday(nights)
    make_case(shop, "inn_with_wrong_check_digit", at=day)
    assert nights.night(day)["errors"] == 1
    assert nights.night(day)["errors"] == 0, "unchanged, so left out"
    found = standing(nights.rules)
    assert (len(found.needs_person), found.new) == (1, 0)
    assert found.finished is not None
    assert found.finished.run_id == "night-2"


def test_days_that_no_run_has_seen_and_what_the_books_lack(
    shop: Connection, nights: Nights, kontur: Any, said: Any
) -> None:
    order = make_case(shop, "shipped_unpaid", at=dt.date(2026, 3, 17)).order_id
    nights.window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    with nights.ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_operation SET done_at = done_at - INTERVAL 1 HOUR")
    (document,) = [one["id"] for one in kontur.books.documents() if f"-S{order}-" in one["comment"]]
    kontur.control("DELETE", f"/documents/{document}")
    found = standing(nights.rules)
    assert found.compared_at is None
    assert found.finished is not None
    assert found.looked_since == found.finished.read_at, "of the only run that there was"
    Reconciliations(nights.ledger, nights.rules).run()
    found = standing(nights.rules)
    assert [row.code for row in found.differences] == ["vanished"]
    assert found.compared_at is not None
    assert dt.date(2026, 3, 17) not in found.uncovered
    assert found.uncovered[-1] == yesterday(nights)
    _, lines = said()
    assert "Shop and books do not agree: 1 difference." in lines


def test_what_was_posted_since_the_comparison_waits_for_nobody(
    shop: Connection, nights: Nights, kontur: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the month's page: the next comparison drops it."""
    order, _ = (make_case(shop, "shipped_unpaid", at=dt.date(2026, 3, 17)) for _ in range(2))
    nights.window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    long_ago(nights)
    (document,) = [one["id"] for one in kontur.books.documents() if f"-S{order.order_id}-" in one["comment"]]
    kontur.control("DELETE", f"/documents/{document}")
    Reconciliations(nights.ledger, nights.rules).run()
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    assert decide.main(["send-again", "--order", order.number, "--operation", f"sale:{order.order_id}", *BY]) == 0
    assert [row.code for row in standing(nights.rules).differences] == ["vanished"], "it is not there yet"
    nights.look_at([order.order_id])
    assert standing(nights.rules).differences == []


def test_a_ledger_that_is_away_is_said_in_words(
    ledger_database: LedgerDatabase, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", "mysql://reader:swordfish@127.0.0.1:1/x")
    status, lines = said()
    assert status == 1
    assert "kontur_sync_mysql" in lines[-1]
    assert "swordfish" not in lines[-1]


@pytest.mark.parametrize("age", ["30", "h", "30 h", "1w"])
def test_an_age_without_its_unit_is_refused(age: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--max-age", age])
    assert ended.value.code == 2
