"""Money that comes into the books otherwise: by the bank's statement, out of a closed month."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sandbox.shop import reference
from sandbox.shop.cases.case import CaseDraft, Collection, Outcome, Verdict

CASES = Collection()

BY_STATEMENT: dict[str, Any] = {"payment_methods": {"statement": "FromBank"}}
"""Settings of a shop whose Kontur loads the bank's statements by itself."""
_IN_OCTOBER = dt.date(2025, 10, 3)
_SEPTEMBER_CLOSED = {"closed_until": "2025-09-30"}


@CASES.add(sprinkled=False, days_after=1, settings=BY_STATEMENT)
def paid_by_statement(o: CaseDraft) -> Outcome:
    """A company pays an invoice a day after the shipment; Kontur has the money from the bank."""
    o.company("7707083893", "773601001")
    o.sold("12200.00")
    o.pay("12200.00", o.on(1), reference.BY_STATEMENT)
    return Outcome(Verdict.POSTED, (o.document("12200.00", inn="7707083893", kpp="773601001"),))


def _in_transit(o: CaseDraft) -> None:
    """Paid by card on 29.09., the rest in cash to the courier on the day of the shipment, 03.10."""
    o.sold("1200.00")
    o.pay("1000.00", o.on(-4))
    o.pay("200.00", o.on(0), reference.CASH)


@CASES.add(sprinkled=False, day=_IN_OCTOBER, settings=_SEPTEMBER_CLOSED)
def paid_in_a_closed_month(o: CaseDraft) -> Outcome:
    """The advance of September is offset by hand; document and rest are October's."""
    _in_transit(o)
    return Outcome(
        Verdict.POSTED,
        (o.document("1200.00", o.item("1200.00", vat="vat20")),),
        (o.money(0, "200.00", "Cash"),),
    )


@CASES.add(sprinkled=False, day=_IN_OCTOBER, settings={**_SEPTEMBER_CLOSED, "closed_advances": "shipment_day"})
def paid_in_a_closed_month_dated_by_the_shipment(o: CaseDraft) -> Outcome:
    """The advance has the document's day."""
    _in_transit(o)
    return Outcome(
        Verdict.POSTED,
        (o.document("1200.00", o.item("1200.00", vat="vat20")),),
        (o.money(0, "1000.00"), o.money(0, "200.00", "Cash")),
    )
