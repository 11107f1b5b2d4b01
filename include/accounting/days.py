"""Days that may not be posted into."""

from __future__ import annotations

import datetime as dt

from include.accounting.clock import Clock
from include.accounting.findings import rejection
from include.accounting.rules import Rules
from include.facts import Said, said

BEFORE_GO_LIVE = frozenset({"before_go_live", "payment_before_go_live"})
"""Codes of what was typed in by hand before this package took over."""
_A_DAY = dt.timedelta(days=1)


def check_day(day: dt.date, what: Said, rules: Rules, clock: Clock) -> None:
    """Refuse a day in the accountant's closed period, or in the future.

    Args:
        day: the document's, payment's or refund's local day.
        what: what has this day, in the words of the catalogue.
        rules: the rules in force.
        clock: the shop's.

    Raises:
        NotPostableError: the day is not to be posted into.
    """
    closed = closed_period(day, rules)
    if closed is not None:
        raise rejection("closed_period", what=what, day=day, closed=closed)
    if clock.is_to_come(day):
        hint = said("hint_correct_date")
        if day - clock.today <= _A_DAY:
            hint = said("hint_timezone", timezone=rules.shop.timezone, today=clock.today)
        raise rejection("future_date", what=what, day=day, hint=hint)


def closed_period(day: dt.date, rules: Rules) -> dt.date | None:
    """The last day of the closed period that ``day`` lies in; ``None`` if the books are open for it."""
    closed = rules.accounting.closed_until
    return closed if closed is not None and day <= closed else None


def is_before_go_live(day: dt.date, rules: Rules) -> bool:
    """Whether it was typed in by hand, before this package took over."""
    return rules.accounting.go_live is not None and day < rules.accounting.go_live
