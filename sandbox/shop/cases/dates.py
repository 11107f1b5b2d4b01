"""What day a shipment is: the flag, the statuses, their history, and dates that are none."""

from __future__ import annotations

from sandbox.shop import reference
from sandbox.shop.cases.case import CaseDraft, Collection, Outcome, Verdict

CASES = Collection()

_ZERO_DATE = "0000-00-00 00:00:00"
_MISTYPED_YEAR = 3653
"""Days in ten years: a date that is surely not reached yet."""


def _shipped_by_status(o: CaseDraft, *statuses: tuple[str, int]) -> None:
    """A shop that never ships in Bitrix, only moves statuses; each with its day."""
    o.goods("1000.00")
    o.ship(None)
    o.statuses = [("N", o.created), *((status, o.on(day)) for status, day in statuses)]


@CASES.add()
def last_second_of_the_day(o: CaseDraft) -> Outcome:
    """Shipped at 23:59:59."""
    o.goods("1000.00")
    o.ship(o.on(0, "23:59:59"))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def first_second_of_the_day(o: CaseDraft) -> Outcome:
    """Shipped at 00:00:00."""
    o.goods("1000.00")
    o.ship(o.on(0, "00:00:00"))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def shipped_by_status(o: CaseDraft) -> Outcome:
    """Status D, no shipment flag: the day of the change into D."""
    _shipped_by_status(o, ("D", 0))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add(days_after=5)
def status_moved_on(o: CaseDraft) -> Outcome:
    """D on the day, F five days later: the first change into a shipped status counts."""
    _shipped_by_status(o, ("D", 0), ("F", 5))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def status_history_purged(o: CaseDraft) -> Outcome:
    """Status D and no history: the day of DATE_STATUS."""
    _shipped_by_status(o, ("D", 0))
    o.history_purged = True
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def status_in_small_letters(o: CaseDraft) -> Outcome:
    """Status «d» is not D, though the table's collation takes it for the same."""
    _shipped_by_status(o, ("d", 0))
    return Outcome(Verdict.NOTHING)


@CASES.add()
def shipped_without_date(o: CaseDraft) -> Outcome:
    """DEDUCTED='Y' with no date: the change into F, two days later than the shipment's own row says."""
    o.goods("1000.00")
    o.ship(o.on(-2))
    o.statuses = [("N", o.created), ("F", o.on(0))]
    o.order.update(DATE_DEDUCTED=None)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def shipped_with_zero_date(o: CaseDraft) -> Outcome:
    """DATE_DEDUCTED is 0000-00-00: as if it were empty."""
    o.goods("1000.00")
    o.ship(o.on(-2))
    o.statuses = [("N", o.created), ("F", o.on(0))]
    o.order.update(DATE_DEDUCTED=_ZERO_DATE)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add(complaint=True)
def no_date_at_all(o: CaseDraft) -> Outcome:
    """Shipped, and every date of it is zero, the history purged."""
    o.sold()
    o.order.update(DATE_DEDUCTED=_ZERO_DATE, DATE_STATUS=_ZERO_DATE)
    o.history_purged = True
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def shipped_in_the_future(o: CaseDraft) -> Outcome:
    """The year of the shipment was mistyped, ten years ahead."""
    o.goods("1000.00")
    o.leave()
    o.order.update(DATE_DEDUCTED=o.on(_MISTYPED_YEAR))
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def paid_in_the_future(o: CaseDraft) -> Outcome:
    """The year of the payment was mistyped: the document is posted, the payment is not."""
    o.sold()
    o.pay("1000.00", o.on(-1))["DATE_PAID"] = o.on(_MISTYPED_YEAR)
    return Outcome(Verdict.REJECTED, (o.document("1000.00"),))


@CASES.add(complaint=True)
def paid_without_date(o: CaseDraft) -> Outcome:
    """PAID='Y', DATE_PAID empty: the document and the other payment are posted."""
    o.sold()
    o.pay("400.00", None, PAID="Y")
    o.pay("600.00", o.on(-1))
    return Outcome(Verdict.REJECTED, (o.document("1000.00"),), (o.money(-1, "600.00"),))


@CASES.add(complaint=True)
def paid_with_zero_date(o: CaseDraft) -> Outcome:
    """PAID='Y', DATE_PAID is 0000-00-00."""
    o.sold()
    o.pay("1000.00", o.on(-1), reference.BILL)["DATE_PAID"] = _ZERO_DATE
    return Outcome(Verdict.REJECTED, (o.document("1000.00"),))
