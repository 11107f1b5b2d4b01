"""The days the demo works on, in the demo shop's zone."""

from __future__ import annotations

import datetime as dt
import zoneinfo

SHOP_ZONE = zoneinfo.ZoneInfo("Europe/Moscow")


def yesterday() -> dt.date:
    return dt.datetime.now(SHOP_ZONE).date() - dt.timedelta(days=1)


def local_day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(SHOP_ZONE).date()
