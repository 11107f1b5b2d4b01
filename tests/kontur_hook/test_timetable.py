"""The schedule: whole days of the shop, whatever Airflow's own time zone is."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.models.backfill import _get_info_list
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction
from kontur_hook.timetable import ShopDayTimetable


def _scheduled(zone: str) -> Any:
    """A DAG as the scheduler gets it: parsed, serialized to JSON, read back."""
    with DAG("probe", schedule=ShopDayTimetable(zone), start_date=pendulum.datetime(2020, 1, 1)) as dag:
        pass
    return DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))


def _backfilled(zone: str, date_from: dt.datetime, date_to: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """What ``airflow backfill create`` would make, by its own function."""
    infos = _get_info_list(dag=_scheduled(zone), from_date=date_from, to_date=date_to, reverse=False)
    local = ZoneInfo(zone)
    intervals = [info.data_interval for info in infos if info.data_interval]
    assert len(intervals) == len(infos)
    return [(interval.start.astimezone(local), interval.end.astimezone(local)) for interval in intervals]


def _days(zone: str, *days: tuple[int, int, int]) -> list[tuple[dt.datetime, dt.datetime]]:
    local = ZoneInfo(zone)
    starts = [dt.datetime(*day, tzinfo=local) for day in days]
    return [(start, start + dt.timedelta(days=1)) for start in starts]


ZONES = ["Europe/Moscow", "Asia/Vladivostok", "Europe/Kaliningrad", "Asia/Kamchatka", "UTC"]


@pytest.mark.parametrize("default", ["UTC", "Europe/Moscow", "Asia/Vladivostok"])
@pytest.mark.parametrize("zone", ZONES)
def test_backfill_dates_are_the_shops_days(monkeypatch: pytest.MonkeyPatch, default: str, zone: str) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DEFAULT_TIMEZONE", default)
    midnight = ZoneInfo(default)  # what the command line makes of 2026-02-01 and 2026-02-03
    runs = _backfilled(zone, dt.datetime(2026, 2, 1, tzinfo=midnight), dt.datetime(2026, 2, 3, tzinfo=midnight))
    assert runs == _days(zone, (2026, 2, 1), (2026, 2, 2), (2026, 2, 3))


def test_the_machines_own_zone_as_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DEFAULT_TIMEZONE", "system")
    midnight = dt.datetime(2026, 2, 1, tzinfo=ZoneInfo("Asia/Vladivostok"))
    with pendulum.tz.test_local_timezone(pendulum.timezone("Asia/Vladivostok")):
        assert _backfilled("Europe/Moscow", midnight, midnight) == _days("Europe/Moscow", (2026, 2, 1))


@pytest.mark.parametrize("zone", ZONES)
def test_backfill_of_one_day(zone: str) -> None:
    day = dt.datetime(2025, 12, 31, tzinfo=dt.UTC)
    assert _backfilled(zone, day, day) == _days(zone, (2025, 12, 31))


@pytest.mark.parametrize("zone", ZONES)
def test_backfill_by_the_shops_own_midnights(zone: str) -> None:
    local = ZoneInfo(zone)
    runs = _backfilled(zone, dt.datetime(2026, 2, 1, tzinfo=local), dt.datetime(2026, 2, 3, tzinfo=local))
    assert runs == _days(zone, (2026, 2, 1), (2026, 2, 2), (2026, 2, 3))


def test_another_moment_means_the_day_it_lies_in() -> None:
    local = ZoneInfo("Europe/Moscow")
    runs = _backfilled(
        "Europe/Moscow", dt.datetime(2026, 2, 1, 15, tzinfo=local), dt.datetime(2026, 2, 2, 0, 30, tzinfo=local)
    )
    assert runs == _days("Europe/Moscow", (2026, 2, 1), (2026, 2, 2))


def test_a_day_not_over_is_not_backfilled() -> None:
    now = dt.datetime.now(ZoneInfo("Europe/Moscow"))
    runs = _backfilled("Europe/Moscow", now - dt.timedelta(days=2), now)
    assert [start.date() for start, _ in runs] == [(now - dt.timedelta(days=days)).date() for days in (2, 1)]


@pytest.mark.parametrize(
    ("now", "zone", "day"),
    [
        ("2026-02-04T00:00:00+03:00", "Europe/Moscow", (2026, 2, 3)),
        ("2026-02-04T03:00:00+03:00", "Europe/Moscow", (2026, 2, 3)),
        ("2026-02-03T23:59:59+03:00", "Europe/Moscow", (2026, 2, 2)),
        ("2026-02-03T14:00:00+00:00", "Asia/Vladivostok", (2026, 2, 3)),
        ("2026-02-03T13:59:59+00:00", "Asia/Vladivostok", (2026, 2, 2)),
    ],
)
def test_the_newest_run_is_of_the_day_just_over(
    monkeypatch: pytest.MonkeyPatch, now: str, zone: str, day: tuple[int, int, int]
) -> None:
    moment = pendulum.parse(now)
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: moment)
    restriction = TimeRestriction(pendulum.datetime(2020, 1, 1), None, catchup=False)
    info = ShopDayTimetable(zone).next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    assert info.data_interval is not None
    [(start, end)] = _days(zone, day)
    assert (info.data_interval.start, info.data_interval.end, info.run_after) == (start, end, end)


def test_the_next_run_follows_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: pendulum.parse("2026-02-04T03:00:00+03:00"))
    [(start, end), (next_start, next_end)] = _days("Europe/Moscow", (2026, 2, 3), (2026, 2, 4))
    last = DataInterval(pendulum.instance(start).in_timezone("UTC"), pendulum.instance(end).in_timezone("UTC"))
    info = ShopDayTimetable("Europe/Moscow").next_dagrun_info(
        last_automated_data_interval=last,
        restriction=TimeRestriction(pendulum.datetime(2020, 1, 1), None, catchup=False),
    )
    assert info is not None
    assert info.data_interval is not None
    assert (info.data_interval.start, info.data_interval.end) == (next_start, next_end)


@pytest.mark.parametrize(("catchup", "first"), [(True, (2026, 2, 2)), (False, (2026, 2, 9))])
def test_the_start_date_is_a_day_too(
    monkeypatch: pytest.MonkeyPatch, catchup: bool, first: tuple[int, int, int]
) -> None:
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: pendulum.parse("2026-02-10T03:00:00+03:00"))
    info = ShopDayTimetable("Europe/Moscow").next_dagrun_info(
        last_automated_data_interval=None,
        restriction=TimeRestriction(pendulum.datetime(2026, 2, 2), None, catchup=catchup),
    )
    assert info is not None
    assert info.data_interval is not None
    assert info.data_interval.start == _days("Europe/Moscow", first)[0][0]


@pytest.mark.parametrize("zone", ZONES)
def test_it_travels_to_the_scheduler(zone: str) -> None:
    timetable = _scheduled(zone).timetable
    assert isinstance(timetable, ShopDayTimetable)
    assert timetable == ShopDayTimetable(zone)
    assert timetable.summary == f"daily, {zone}"
