"""Days that may not be posted into."""

from __future__ import annotations

import datetime as dt

from include.accounting.findings import rejection
from include.accounting.rules import Rules

_A_DAY = dt.timedelta(days=1)


def check_day(day: dt.date, what: str, rules: Rules, now: dt.datetime) -> None:
    """Refuse a day in the accountant's closed period, or in the future.

    Args:
        day: the document's, payment's or refund's local day.
        what: its name in the message, «the shipment».
        rules: the rules in force.
        now: the shop's local time, naive.

    Raises:
        NotPostableError: the day is not to be posted into.
    """
    closed = closed_period(day, rules)
    if closed is not None:
        raise rejection(
            "closed_period",
            sentence=f"{what} is of {day}, and the books are closed until {closed}: open the period (closed_until)"
            " or enter it by hand",
        )
    if day > now.date():
        zone = ""
        if day - now.date() <= _A_DAY:
            zone = (
                f"; or, if that is today there, the zone in the settings (shop.timezone: {rules.timezone},"
                f" where it is {now:%Y-%m-%d}) is not the shop's"
            )
        raise rejection(
            "future_date", sentence=f"{what} is dated {day}, which is in the future: correct the date in the shop{zone}"
        )


def closed_period(day: dt.date, rules: Rules) -> dt.date | None:
    """The last day of the closed period that ``day`` lies in; ``None`` if the books are open for it."""
    closed = rules.accounting.closed_until
    return closed if closed is not None and day <= closed else None


def is_before_go_live(day: dt.date, rules: Rules) -> bool:
    """Whether it was typed in by hand, before this package took over."""
    return rules.accounting.go_live is not None and day < rules.accounting.go_live
