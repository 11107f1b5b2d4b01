"""VAT: rates of lines, VAT on top, the turn of the year 2025."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sandbox.shop.cases.case import CaseDraft, Collection, Outcome, Verdict

CASES = Collection()

_LAST_DAY_OF_20 = dt.date(2025, 12, 31)
_FIRST_DAY_OF_22 = dt.date(2026, 1, 1)


def _one_line(o: CaseDraft, rate: str | None, word: str) -> Outcome:
    o.line("1000.00", vat=None if rate is None else Decimal(rate))
    o.leave()
    return Outcome(Verdict.POSTED, (o.document("1000.00", o.item("1000.00", vat=word)),))


@CASES.add()
def vat_null(o: CaseDraft) -> Outcome:
    """Without VAT; a version before 22 stores 0."""
    return _one_line(o, None, "none")


@CASES.add()
def vat_zero(o: CaseDraft) -> Outcome:
    """0, which older versions also write for «without VAT»."""
    return _one_line(o, "0", "none")


@CASES.add(complaint=True)
def vat_5_beside_the_standard_rate(o: CaseDraft) -> Outcome:
    """A simplified payer's rate and a general one: nobody sells at both."""
    o.goods("1000.00")
    o.line("500.00", name="Кружка", vat=Decimal("0.05"))
    o.leave()
    return Outcome(Verdict.REJECTED)


@CASES.add()
def vat_10(o: CaseDraft) -> Outcome:
    """Food, books, things for children."""
    return _one_line(o, "0.10", "vat10")


@CASES.add()
def vat_mixed(o: CaseDraft) -> Outcome:
    """Three rates in one order."""
    o.goods("1000.00")
    o.line("200.00", 2, name="Книга", vat=Decimal("0.10"))
    o.line("50.00", name="Открытка", vat=None)
    o.leave()
    items = (
        o.item("1000.00"),
        o.item("200.00", 2, name="Книга", vat="vat10"),
        o.item("50.00", name="Открытка", vat="none"),
    )
    return Outcome(Verdict.POSTED, (o.document("1450.00", *items),))


@CASES.add()
def vat_on_top(o: CaseDraft) -> Outcome:
    """3 x 100 and VAT on top: 360 with 20 %, 366 with 22 %."""
    o.goods("100.00", 3).update(VAT_INCLUDED="N")
    o.leave()
    total, unit = ("366.00", "122.00") if o.word == "vat22" else ("360.00", "120.00")
    return Outcome(Verdict.POSTED, (o.document(total, o.item(unit, 3)),))


@CASES.add()
def vat_on_top_rounded(o: CaseDraft) -> Outcome:
    """3 x 33.33 and 10 % on top: 99.99 + 10.00 a line, in version 25 99.99 + 3 x 3.33."""
    o.line("33.33", 3, vat=Decimal("0.10"), VAT_INCLUDED="N")
    o.leave()
    if o.version == "25":
        return Outcome(Verdict.POSTED, (o.document("109.98", o.item("36.66", 3, vat="vat10")),))
    items = (o.item("36.66", 2, vat="vat10"), o.item("36.67", vat="vat10"))
    return Outcome(Verdict.POSTED, (o.document("109.99", *items),))


@CASES.add(complaint=True)
def vat_unknown(o: CaseDraft) -> Outcome:
    """18 %, the rate of 2018: never taken for the nearest one."""
    o.line("1000.00", vat=Decimal("0.18"))
    o.leave()
    return Outcome(Verdict.REJECTED)


@CASES.add()
def vat_of_other_years(o: CaseDraft) -> Outcome:
    """20 % shipped in 2026, or 22 % shipped before: the rate of the day of shipment, with the same total."""
    o.line("1000.00", vat=Decimal("0.42") - o.standard)
    o.leave()
    return Outcome(Verdict.POSTED, (o.document("1000.00", o.item("1000.00")),))


@CASES.add(day=_LAST_DAY_OF_20)
def last_second_of_20_percent(o: CaseDraft) -> Outcome:
    """Shipped on 2025-12-31 at 23:59:59."""
    o.line("1200.00", vat=Decimal("0.20"))
    o.ship(o.on(0, "23:59:59"))
    return Outcome(Verdict.POSTED, (o.document("1200.00", o.item("1200.00", vat="vat20")),))


@CASES.add(day=_FIRST_DAY_OF_22)
def first_second_of_22_percent(o: CaseDraft) -> Outcome:
    """Shipped on 2026-01-01 at 00:00:00."""
    o.line("1220.00", vat=Decimal("0.22"))
    o.ship(o.on(0, "00:00:00"))
    return Outcome(Verdict.POSTED, (o.document("1220.00", o.item("1220.00", vat="vat22")),))


@CASES.add(day=_FIRST_DAY_OF_22)
def ordered_in_2025_with_20_percent(o: CaseDraft) -> Outcome:
    """The basket froze 20 % in December, the goods left in January: 22 % of what was paid."""
    o.line("1200.00", vat=Decimal("0.20"))
    o.ship(o.on(0, "09:00:00"))
    return Outcome(Verdict.POSTED, (o.document("1200.00", o.item("1200.00", vat="vat22")),))


@CASES.add(day=_FIRST_DAY_OF_22)
def paid_in_2025_shipped_in_2026(o: CaseDraft) -> Outcome:
    """22 %, by the day of the shipment; the payment keeps its day."""
    o.line("1220.00", vat=Decimal("0.22"))
    o.pay("1220.00", o.on(-4))
    o.ship(o.on(0, "09:00:00"))
    return Outcome(Verdict.POSTED, (o.document("1220.00", o.item("1220.00", vat="vat22")),), (o.money(-4, "1220.00"),))
