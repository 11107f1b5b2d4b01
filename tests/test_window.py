"""The local days a run covers."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import pendulum
import pytest

from include.facts import Said, said
from include.window import Window, WindowError, window_of

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
NOW = dt.datetime(2026, 11, 22, 21, 30, tzinfo=dt.UTC)  # already the 23rd in Moscow


def window(**given: Any) -> Window:
    return window_of(**{"date_from": None, "date_to": None, "interval": None, "now": NOW, "zone": MOSCOW, **given})


def test_days_that_are_asked_for_win_over_the_interval() -> None:
    interval = (NOW, NOW + dt.timedelta(days=1))
    assert window(date_from="2026-09-01", date_to="2026-09-30", interval=interval) == Window(
        dt.date(2026, 9, 1), dt.date(2026, 9, 30)
    )
    assert window(date_from="2026-09-01") == window(date_to="2026-09-01") == Window(*[dt.date(2026, 9, 1)] * 2)


def test_an_interval_is_read_in_the_shops_zone() -> None:
    start = dt.datetime(2026, 2, 28, 21, tzinfo=dt.UTC)  # midnight in Moscow
    assert window(interval=(start, start + dt.timedelta(days=1))) == Window(*[dt.date(2026, 3, 1)] * 2)


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Atlantic/Azores", "Asia/Kamchatka"])
def test_an_interval_is_read_as_airflow_hands_it_over(zone: str) -> None:
    shop = zoneinfo.ZoneInfo(zone)
    ends = [pendulum.instance(dt.datetime(2026, 3, day, tzinfo=shop)).in_timezone("UTC") for day in (17, 18)]
    assert window(interval=tuple(ends), zone=shop) == Window(*[dt.date(2026, 3, 17)] * 2)


@pytest.mark.parametrize("interval", [None, (NOW, NOW)], ids=["none", "zero width"])
def test_without_days_and_interval_it_is_the_shops_yesterday(interval: Any) -> None:
    assert window(interval=interval) == Window(*[dt.date(2026, 11, 22)] * 2)


def test_its_bounds_are_local_moments() -> None:
    march = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    assert (march.start, march.end) == (dt.datetime(2026, 3, 1), dt.datetime(2026, 4, 1))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"date_from": "01.09.2026"}, said("window_no_day", field=said("form_date_from"), given="01.09.2026")),
        ({"date_to": "2026-02-30"}, said("window_no_day", field=said("form_date_to"), given="2026-02-30")),
        (
            {"date_from": "2026-09-02", "date_to": "2026-09-01"},
            said("window_reversed", first=dt.date(2026, 9, 2), last=dt.date(2026, 9, 1)),
        ),
    ],
)
def test_what_is_no_window_is_said(given: dict[str, str], told: Said) -> None:
    with pytest.raises(WindowError) as caught:
        window(**given)
    assert caught.value.said == told


def test_a_window_the_wrong_way_round_is_said_in_days_as_people_write_them() -> None:
    with pytest.raises(WindowError) as caught:
        window(date_from="2026-09-02", date_to="2026-09-01")
    assert str(caught.value) == "Последний день (01.09.2026) раньше первого (02.09.2026). Поменяйте их местами."


def test_a_window_in_parts() -> None:
    """Each day is in one of them."""
    ten = Window(dt.date(2026, 2, 25), dt.date(2026, 3, 6))
    assert [(str(part.date_from), str(part.date_to)) for part in ten.parts(4)] == [
        ("2026-02-25", "2026-02-28"),
        ("2026-03-01", "2026-03-04"),
        ("2026-03-05", "2026-03-06"),
    ]
    assert [*ten.parts(10)] == [ten]
    assert [*ten.parts(99)] == [ten]
