"""Orders that came back before anything of them was posted: a status of ``shop.returned_statuses`` says so."""

from __future__ import annotations

import datetime as dt

from include.accounting.context import Context
from include.accounting.days import is_before_go_live
from include.accounting.findings import found
from include.accounting.operations import Finding, Verdict
from include.accounting.sale.shipping import last_shipped_on
from include.facts import Money, said


def came_back(context: Context) -> Finding:
    """What is said of such an order.

    Within one month sale and return come to nothing. In two of them each has its own, and both are a person's.
    """
    order, rules = context.order, context.rules
    shipped, back = last_shipped_on(order, rules), order.date_status.date() if order.date_status else None
    if shipped and back and _month(shipped) < _month(back) and not is_before_go_live(shipped, rules):
        total = Money(order.price, order.currency)
        return found(Verdict.REVIEW, "came_back_in_another_month", shipped=shipped, back=back, total=total)
    return found(Verdict.NOTED, "came_back", shipped=shipped or said("some_day"), back=back or said("some_day"))


def _month(day: dt.date) -> tuple[int, int]:
    return day.year, day.month
