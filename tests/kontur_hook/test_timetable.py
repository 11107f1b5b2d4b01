"""The schedule: whole days of the shop, whatever Airflow's own time zone is."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.models.backfill import _get_info_list
from airflow.models.dagrun import DagRun
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


def _next(zone: str, last_day: tuple[int, int, int] | None, *, start: pendulum.DateTime) -> Any:
    """The interval that follows a run of ``last_day``, as the parsed DAG would have it."""
    last = None
    if last_day:
        [(begin, end)] = _days(zone, last_day)
        last = DataInterval(pendulum.instance(begin).in_timezone("UTC"), pendulum.instance(end).in_timezone("UTC"))
    info = ShopDayTimetable(zone).next_dagrun_info(
        last_automated_data_interval=last, restriction=TimeRestriction(start, None, catchup=False)
    )
    assert info is not None
    assert info.data_interval is not None
    assert info.run_after == info.data_interval.end
    return info.data_interval


START = pendulum.datetime(2016, 1, 1, tz="Europe/Moscow")


def test_switched_on_for_the_first_time_it_makes_the_newest_day_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: pendulum.parse("2026-02-14T03:00:00+03:00"))
    [(start, end)] = _days("Europe/Moscow", (2026, 2, 13))
    assert _next("Europe/Moscow", None, start=START) == DataInterval(pendulum.instance(start), pendulum.instance(end))


@pytest.mark.parametrize("zone", ZONES)
def test_after_a_gap_each_day_of_it_follows_in_order(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: pendulum.parse("2026-02-14T03:00:00+03:00"))
    day, made = (2026, 2, 3), []
    for _ in range(10):
        interval = _next(zone, day, start=START)
        local = interval.start.in_timezone(zone)
        day = (local.year, local.month, local.day)
        made.append(local.date())
    assert made == [dt.date(2026, 2, 4) + dt.timedelta(days=number) for number in range(10)]


@pytest.mark.parametrize("zone", ZONES)
def test_a_manual_run_with_a_days_logical_date_does_not_stop_the_schedule(zone: str) -> None:
    [(before, start), (_, end)] = _days(zone, (2026, 2, 3), (2026, 2, 4))
    manual = DagRun("probe", logical_date=start, run_type="manual", run_after=end)
    manual.data_interval_start, manual.data_interval_end = before, start  # as the command line gives it
    taken = ShopDayTimetable(zone).run_info_from_dag_run(dag_run=manual).data_interval
    assert taken is not None
    assert (taken.start, taken.end) == (start, end)


def test_a_start_date_after_the_last_run_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: pendulum.parse("2026-02-14T03:00:00+03:00"))
    following = _next("Europe/Moscow", (2026, 2, 3), start=pendulum.datetime(2026, 2, 10))  # a date: UTC's midnight
    assert following.start == _days("Europe/Moscow", (2026, 2, 10))[0][0]


@pytest.mark.parametrize(
    ("last", "hours"), [((2026, 3, 27), [24, 23, 24]), ((2026, 10, 23), [24, 25, 24])], ids=["spring", "autumn"]
)
def test_days_of_23_and_25_hours_join_without_a_hole(
    monkeypatch: pytest.MonkeyPatch, last: tuple[int, int, int], hours: list[int]
) -> None:
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: pendulum.parse("2026-12-01T03:00:00+03:00"))
    day, made = last, []
    before = _next("Europe/Berlin", last, start=START).start
    for _ in range(3):
        interval = _next("Europe/Berlin", day, start=START)
        local = interval.start.in_timezone("Europe/Berlin")
        assert interval.start == before
        assert local == local.start_of("day")
        made.append(round((interval.end - interval.start).total_seconds() / 3600))
        before, day = interval.end, (local.year, local.month, local.day)
    assert made == hours


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


def test_two_are_equal_if_they_are_of_one_zone() -> None:
    moscow = ShopDayTimetable("Europe/Moscow")
    assert moscow == ShopDayTimetable.deserialize(moscow.serialize())
    assert hash(moscow) == hash(ShopDayTimetable("Europe/Moscow"))
    assert moscow != ShopDayTimetable("Asia/Vladivostok")
    assert moscow != "Europe/Moscow"
