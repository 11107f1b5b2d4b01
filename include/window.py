"""The window of a run: the shop's local calendar days it covers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

from include.errors import ForAPerson, HouseError
from include.facts import Said, said


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """Local days, both inclusive."""

    date_from: dt.date
    date_to: dt.date

    @property
    def start(self) -> dt.datetime:
        """The first moment, naive and local, as Bitrix stores its dates."""
        return dt.datetime.combine(self.date_from, dt.time.min)

    @property
    def end(self) -> dt.datetime:
        """The first moment after it, naive and local."""
        return dt.datetime.combine(self.date_to + dt.timedelta(days=1), dt.time.min)

    def parts(self, most: int) -> Iterator[Window]:
        """Windows of at most so many days, one after the other."""
        first = self.date_from
        while first <= self.date_to:
            last = min(first + dt.timedelta(days=most - 1), self.date_to)
            yield Window(first, last)
            first = last + dt.timedelta(days=1)

    def over(self, today: dt.date) -> tuple[dt.date, ...]:
        """Those of its days that are over: a sum of the month waits for each of them to be compared."""
        count = (min(self.date_to, today - dt.timedelta(days=1)) - self.date_from).days + 1
        return tuple(self.date_from + dt.timedelta(days=number) for number in range(count))


class WindowError(ForAPerson, HouseError):
    """The days asked for make no window; ``str()`` says what to give."""


def window_of(
    *,
    date_from: str | None,
    date_to: str | None,
    interval: tuple[dt.datetime, dt.datetime] | None,
    now: dt.datetime,
    zone: dt.tzinfo,
) -> Window:
    """The window of a run: the days asked for; else those of its data interval; else yesterday.

    Args:
        date_from: first local day, ``YYYY-MM-DD``; alone it means that one day.
        date_to: last local day, inclusive; alone it means that one day.
        interval: start and end of the run's data interval, with a zone; ``None`` for a run that has none.
        now: the present, with a zone.
        zone: the shop's.

    Raises:
        WindowError: not a day, or the last one before the first.
    """
    if date_from or date_to:
        first = _day(date_from, said("form_date_from")) if date_from else _day(date_to, said("form_date_to"))
        last = _day(date_to, said("form_date_to")) if date_to else first
        if last < first:
            raise WindowError(said("window_reversed", first=first, last=last))
        return Window(first, last)
    if interval is not None and interval[0] < interval[1]:
        # Airflow hands over pendulum's moments: to subtract from those in another zone gives UTC, without saying so.
        start, end = (dt.datetime.fromtimestamp(moment.timestamp(), zone) for moment in interval)
        return Window(start.date(), (end - dt.timedelta(microseconds=1)).date())
    yesterday = now.astimezone(zone).date() - dt.timedelta(days=1)
    return Window(yesterday, yesterday)


def _day(text: str | None, field: Said) -> dt.date:
    """``field``: what the form of a run calls it."""
    try:
        return dt.date.fromisoformat(text or "")
    except (ValueError, TypeError):
        raise WindowError(said("window_no_day", field=field, given=text or "")) from None
