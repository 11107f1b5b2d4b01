from __future__ import annotations

import concurrent.futures
import datetime as dt

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.days import ALL_SITES, Days, selecting
from include.settings import Accounting, DocumentPer, Settings, Shop

READ = dt.datetime(2026, 3, 20, 1)
LATER = READ + dt.timedelta(days=1)


def march(*days: int) -> list[dt.date]:
    return [dt.date(2026, 3, day) for day in days]


def uncovered(session: Session, settings: Settings) -> list[dt.date]:
    """Of 10 to 14 March."""
    return Days(session).uncovered(selecting(settings), *march(10, 14))


def cover(session: Session, settings: Settings, *days: int, read_at: dt.datetime = READ) -> None:
    Days(session).cover(march(*days), selecting(settings), read_at, "run")


def sites(**sites: str) -> Settings:
    return Settings(shop=Shop(sites=sites))


def test_what_no_run_has_looked_at_is_uncovered(session: Session) -> None:
    assert uncovered(session, Settings()) == march(10, 11, 12, 13, 14)
    cover(session, Settings(), 9, 11, 14, 15)
    cover(session, Settings(), 11)
    assert uncovered(session, Settings()) == march(10, 12, 13)
    assert Days(session).uncovered(selecting(Settings()), *march(14, 10)) == []


def test_with_other_settings_that_select_a_day_is_not_covered(session: Session) -> None:
    cover(session, Settings(), 10, 11, 12, 13, 14)
    for other in (
        Settings(accounting=Accounting(go_live=dt.date(2026, 3, 1))),
        Settings(accounting=Accounting(document_per=DocumentPer.SHIPMENT)),
        Settings(shop=Shop(shipped_statuses=frozenset({"D", "F", "P"}))),
        Settings.model_validate({"shop": {"shipped_by": "status"}}),
        Settings.model_validate({"shop": {"returned_statuses": ["R"]}}),
        Settings.model_validate({"shop": {"external_orders": "skip"}}),
        Settings.model_validate({"shop": {"platforms": {"ozon": "skip"}}}),
        Settings.model_validate({"shop": {"companies": {"1": "kontur_default"}}}),
        sites(s1="kontur_default"),
    ):
        assert uncovered(session, other) == march(10, 11, 12, 13, 14)
    assert uncovered(session, Settings(shop=Shop(shipped_statuses=frozenset({"F", "D"})))) == []


def test_a_site_that_is_mapped_later_has_no_covered_days_and_the_others_keep_theirs(session: Session) -> None:
    cover(session, sites(s1="kontur_default"), 10, 11, 12)
    assert uncovered(session, sites(s1="kontur_default", s2="kontur_b")) == march(10, 11, 12, 13, 14)
    cover(session, sites(s1="kontur_default", s2="kontur_b"), 12, 13)
    assert uncovered(session, sites(s1="kontur_default", s2="kontur_b")) == march(10, 11, 14)
    assert uncovered(session, sites(s1="kontur_default")) == march(14)
    assert uncovered(session, sites(S1="kontur_default")) == march(10, 11, 12, 13, 14), "sites differ by case"


def test_an_older_look_does_not_replace_a_later_one(session: Session) -> None:
    new, old = Settings(accounting=Accounting(go_live=dt.date(2026, 3, 1))), Settings()
    cover(session, new, 10, read_at=LATER)
    cover(session, old, 10, read_at=READ)  # the report of the run before, cleared
    assert march(10)[0] not in uncovered(session, new)
    assert session.rows("SELECT site, day, read_at, selects FROM local_kontur_bukh_day") == [
        (ALL_SITES, march(10)[0], LATER, selecting(new)[ALL_SITES])
    ]
    cover(session, old, 10, read_at=LATER + dt.timedelta(hours=1))
    assert march(10)[0] in uncovered(session, new)


def test_runs_that_cover_the_same_days_at_once(session: Session, ledger_database: LedgerDatabase) -> None:
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=number) for number in range(300)]
    selects = selecting(Settings())

    def cover_all(number: int) -> None:
        order = days if number % 2 else days[::-1]
        with ledger_database.open() as opened:
            Days(opened).cover(order, selects, READ + dt.timedelta(seconds=number), f"run-{number}")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(cover_all, number) for number in range(12)]:
            future.result()
    assert session.rows("SELECT COUNT(*), MIN(run_id), MAX(run_id), MIN(read_at) FROM local_kontur_bukh_day") == [
        (300, "run-11", "run-11", READ + dt.timedelta(seconds=11))
    ]
