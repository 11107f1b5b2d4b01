"""Money that went back. `P`: to the buyer, `Y`: to the store credit (docs/bitrix.md, «Refunds»)."""

from __future__ import annotations

from decimal import Decimal

from sandbox.shop import reference
from sandbox.shop.cases.case import BANK, CASH, CaseDraft, Collection, Money, Outcome, Verdict
from sandbox.shop.order import php

CASES = Collection()


def _paid(o: CaseDraft, refunded: int | None) -> Outcome:
    """1,000 came the day before the shipment, and went on day ``refunded``; ``None``: on the day it is noticed.

    A person is asked what became of the goods.
    """
    date = None if refunded is None else o.day(refunded)
    return Outcome(
        Verdict.REVIEW,
        (o.document("1000.00"),),
        (o.money(-1, "1000.00"),),
        (Money(date, Decimal("1000.00"), BANK),),
    )


@CASES.add(days_after=5, complaint=True)
def refunded_later(o: CaseDraft) -> Outcome:
    """Returned five days after the shipment; PAID fell back to N."""
    o.sold()
    o.give_back(o.pay("1000.00", o.on(-1)), o.on(5))
    return _paid(o, refunded=5)


@CASES.add(complaint=True)
def refunded_on_the_day_of_shipment(o: CaseDraft) -> Outcome:
    """Returned an hour before the shipment, on the same day: payment and refund."""
    o.sold()
    o.give_back(o.pay("1000.00", o.on(-1)), o.on(0, "14:00:00"))
    return _paid(o, refunded=0)


@CASES.add()
def refunded_before_shipment(o: CaseDraft) -> Outcome:
    """Returned the day before the shipment: only the document."""
    o.sold()
    o.give_back(o.pay("1000.00", o.on(-2)), o.on(-1))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def refunded_never_shipped(o: CaseDraft) -> Outcome:
    """Paid, returned, never shipped."""
    o.goods("1000.00")
    o.ship(None)
    o.give_back(o.pay("1000.00", o.on(-2)), o.on(0))
    return Outcome(Verdict.NOTHING)


@CASES.add(days_after=3, complaint=True)
def refunded_in_cash(o: CaseDraft) -> Outcome:
    """Paid in cash on the day, returned in cash after three."""
    o.sold()
    o.give_back(o.pay("1000.00", o.on(0), reference.CASH), o.on(3))
    return Outcome(
        Verdict.REVIEW, (o.document("1000.00"),), (o.money(0, "1000.00", CASH),), (o.money(3, "1000.00", CASH),)
    )


@CASES.add(days_after=3, complaint=True)
def refunded_one_of_two(o: CaseDraft) -> Outcome:
    """400 of 1,000 were returned."""
    o.sold()
    o.give_back(o.pay("400.00", o.on(-1)), o.on(3))
    o.pay("600.00", o.on(-1))
    return Outcome(
        Verdict.REVIEW,
        (o.document("1000.00"),),
        (o.money(-1, "400.00"), o.money(-1, "600.00")),
        (o.money(3, "400.00"),),
    )


@CASES.add()
def refund_asked(o: CaseDraft) -> Outcome:
    """IS_RETURN is set, PAID still Y, no date, no receipt: the bank has not answered, and the money is still here."""
    o.sold()
    o.pay("1000.00", o.on(-1), IS_RETURN="P")
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(-1, "1000.00"),))


@CASES.add(since="17", days_after=2)
def refund_asked_again(o: CaseDraft) -> Outcome:
    """As above; the day of return and the receipt are older than the payment: of the first time the row was paid."""
    o.sold()
    payment = o.pay("1000.00", o.on(0))
    o.receipt(payment, "sellreturn", o.on(1))
    o.give_back(payment, o.on(1))
    payment.update(PAID="Y", DATE_PAID=o.on(2), IS_RETURN="P")
    o.change("PAYMENT_PAID", php(PAID="Y"), o.on(2), "PAYMENT", payment["ID"])
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(2, "1000.00"),))


@CASES.add(since="17", days_after=9, complaint=True)
def refunded_again_a_week_later(o: CaseDraft) -> Outcome:
    """Paid at ten, returned at eleven, paid again at noon of one day; returned a week later, its date not typed."""
    o.sold()
    payment = o.pay("1000.00", o.on(2, "10:00:00"))
    o.receipt(payment, "sellreturn", o.on(2, "11:05:00"))
    o.give_back(payment, o.on(2, "11:00:00"), dated=False)
    payment.update(PAID="Y", DATE_PAID=o.on(2), IS_RETURN="N")
    o.change("PAYMENT_PAID", php(PAID="Y"), o.on(2), "PAYMENT", payment["ID"])
    o.receipt(payment, "sellreturn", o.on(9))
    o.give_back(payment, o.on(9), dated=False)
    return Outcome(Verdict.REVIEW, (o.document("1000.00"),), (o.money(2, "1000.00"),), (o.money(9, "1000.00"),))


@CASES.add(since="17", days_after=4, complaint=True)
def part_given_back(o: CaseDraft) -> Outcome:
    """The register gave 400 of 1,000 back, the shop knows of no return: a person looks at the refund."""
    o.sold()
    o.receipt(o.pay("1000.00", o.on(-1)), "sellreturn", o.on(4), amount="400.00")
    return Outcome(Verdict.REVIEW, (o.document("1000.00"),), (o.money(-1, "1000.00"),))


@CASES.add(since="17", days_after=4, complaint=True)
def part_given_back_as_a_whole(o: CaseDraft) -> Outcome:
    """Returned in the shop, which knows whole returns only; two receipts of 150 and 250 say how much it was."""
    o.sold()
    payment = o.pay("1000.00", o.on(-1))
    o.receipt(payment, "sellreturn", o.on(3), amount="150.00")
    o.receipt(payment, "sellreturn", o.on(4), amount="250.00")
    o.give_back(payment, o.on(4))
    return Outcome(Verdict.REVIEW, (o.document("1000.00"),), (o.money(-1, "1000.00"),))


@CASES.add(days_after=3, complaint=True)
def refund_not_confirmed_yet(o: CaseDraft) -> Outcome:
    """IS_RETURN is set, PAID still Y, and the day of return is typed: the money has left, whatever the bank says."""
    o.sold()
    o.pay("1000.00", o.on(-1), IS_RETURN="P", PAY_RETURN_DATE=o.day(3))
    return _paid(o, refunded=3)


@CASES.add(since="17", days_after=6, complaint=True)
def refund_dated_by_receipt(o: CaseDraft) -> Outcome:
    """No PAY_RETURN_DATE: the return receipt of day 4, not the change of day 6, nor the receipt that failed."""
    o.sold()
    payment = o.pay("1000.00", o.on(-1))
    o.receipt(payment, "sell", o.on(0))
    o.receipt(payment, "sellreturn", o.on(2), status="E")
    o.receipt(payment, "sellreturn", o.on(4))
    o.give_back(payment, o.on(6), dated=False)
    return _paid(o, refunded=4)


@CASES.add(days_after=6, complaint=True)
def refund_dated_by_change(o: CaseDraft) -> Outcome:
    """No PAY_RETURN_DATE, no receipt: the change of PAID to N."""
    o.sold()
    o.give_back(o.pay("1000.00", o.on(-1)), o.on(6), dated=False)
    return _paid(o, refunded=6)


@CASES.add(complaint=True)
def refund_without_date(o: CaseDraft) -> Outcome:
    """Returned, and nothing says when."""
    o.sold()
    o.pay("1000.00", o.on(-1)).update(PAID="N", IS_RETURN="P")
    return _paid(o, refunded=None)


@CASES.add(days_after=5)
def returned_to_store_credit(o: CaseDraft) -> Outcome:
    """The payment stands, no money left."""
    o.sold()
    o.give_back(o.pay("1000.00", o.on(-1)), o.on(5), "Y")
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(-1, "1000.00"),))


@CASES.add()
def returned_to_store_credit_before_shipment(o: CaseDraft) -> Outcome:
    """Nothing was due yet; the order was then paid from the store credit."""
    o.sold()
    o.give_back(o.pay("1000.00", o.on(-3)), o.on(-2), "Y")
    o.pay("1000.00", o.on(-1), reference.STORE_CREDIT)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add(days_after=9)
def paid_again_after_refund(o: CaseDraft) -> Outcome:
    """Returned on day 5, paid again on day 9: IS_RETURN falls back to N, the rows know the last payment only."""
    o.sold()
    payment = o.pay("1000.00", o.on(-1))
    o.give_back(payment, o.on(5))
    payment.update(PAID="Y", IS_RETURN="N", DATE_PAID=o.on(9), PAY_RETURN_DATE=None)
    o.change("PAYMENT_PAID", php(PAID="Y"), o.on(9), "PAYMENT", payment["ID"])
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(9, "1000.00"),))


@CASES.add(days_after=5, complaint=True)
def unpaid_without_trace(o: CaseDraft) -> Outcome:
    """PAID fell back to N, no word of a refund (what versions before 22 leave): a person looks at that payment."""
    o.sold()
    payment = o.pay("400.00", o.on(-1))
    payment.update(PAID="N")
    o.change("PAYMENT_PAID", php(PAID="N"), o.on(5), "PAYMENT", payment["ID"])
    o.pay("600.00", o.on(-1))
    return Outcome(Verdict.REVIEW, (o.document("1000.00"),), (o.money(-1, "600.00"),))


@CASES.add(days_after=5)
def refunded_beyond_the_total(o: CaseDraft) -> Outcome:
    """1,200 came for 1,000, and the 200 went back: the goods are paid, nobody is asked."""
    o.sold()
    o.pay("1000.00", o.on(-1))
    o.give_back(o.pay("200.00", o.on(-1)), o.on(5))
    return Outcome(
        Verdict.POSTED,
        (o.document("1000.00"),),
        (o.money(-1, "1000.00"), o.money(-1, "200.00")),
        (o.money(5, "200.00"),),
    )
