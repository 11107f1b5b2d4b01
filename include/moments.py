"""The databases' clocks tell UTC, without a zone; a shop, and people, have a time of their own."""

from __future__ import annotations

import datetime as dt


def local(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """A moment of UTC by the clocks of ``zone``, both naive."""
    return moment.replace(tzinfo=dt.UTC).astimezone(zone).replace(tzinfo=None)


def begins(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """When a day of ``zone`` begins, in UTC, naive."""
    return dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC).replace(tzinfo=None)
