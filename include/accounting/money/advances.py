"""Advances of a closed period: money that came in before its goods left, into a month that is closed by now."""

from __future__ import annotations

import datetime as dt

from include.accounting.days import closed_period
from include.accounting.findings import found
from include.accounting.operations import ADVANCE_ON_SHIPMENT_DAY, CLOSED_ADVANCE, Finding, Payment, Verdict
from include.accounting.rules import Rules


def is_closed_advance(day: dt.date, shipped: dt.date, rules: Rules, *, posted: bool) -> bool:
    """Whether a payment lies in the closed period, and its document does not.

    A document that is in the books was open when it was posted, whatever was closed since.

    Args:
        day: of a payment that is not in the books yet.
        shipped: the day of its document.
        rules: the rules in force.
        posted: whether the document is in the books, or will be.
    """
    before = day < shipped and closed_period(day, rules) is not None
    return before and (posted or closed_period(shipped, rules) is None)


def noted(payment: Payment, payment_id: int, shipped: dt.date) -> Finding:
    """It is not posted; the advance stands in the closed period, and is offset by hand."""
    return found(
        Verdict.NOTED,
        CLOSED_ADVANCE,
        payment_id,
        payment=payment_id,
        amount=payment.amount,
        day=payment.date,
        shipped=shipped,
    )


def posted_later(payment: Payment, payment_id: int) -> Finding:
    """It is in the books with the day of its document, or will be; with the day on which it came."""
    return found(
        Verdict.NOTED,
        ADVANCE_ON_SHIPMENT_DAY,
        payment_id,
        payment=payment_id,
        amount=payment.amount,
        day=payment.received_on,
        posted=payment.date,
    )
