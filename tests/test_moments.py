"""Moments of UTC, and the time of a shop."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from include.moments import begins, local

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def test_a_moment_of_the_evening_is_the_next_day_of_the_shop() -> None:
    """Moscow is three hours before UTC all year round."""
    assert local(dt.datetime(2026, 3, 31, 21, 30), MOSCOW) == dt.datetime(2026, 4, 1, 0, 30)


@pytest.mark.parametrize(("day", "hour"), [(dt.date(2026, 3, 29), 23), (dt.date(2026, 3, 30), 22)])
def test_a_day_begins_by_the_clocks_of_its_own_night(day: dt.date, hour: int) -> None:
    """Berlin's clocks go forward in the morning of 2026-03-29: midnight is 23:00 of UTC before, and 22:00 after."""
    assert begins(day, BERLIN) == dt.datetime.combine(day - dt.timedelta(days=1), dt.time(hour))
    assert local(begins(day, BERLIN), BERLIN) == dt.datetime.combine(day, dt.time.min)
