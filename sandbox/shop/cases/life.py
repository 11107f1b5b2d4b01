"""How orders are paid, shipped and cancelled."""

from __future__ import annotations

from decimal import Decimal

from sandbox.shop import reference
from sandbox.shop.cases.case import CASH, CaseDraft, Collection, Outcome, Verdict

CASES = Collection()


@CASES.add()
def new_unpaid(o: CaseDraft) -> Outcome:
    """Ordered, nothing else happened."""
    o.goods("1000.00")
    o.pay("1000.00", None)
    o.ship(None)
    return Outcome(Verdict.NOTHING)


@CASES.add()
def prepaid_not_shipped(o: CaseDraft) -> Outcome:
    """Paid, not shipped yet: the payment waits."""
    o.goods("1000.00")
    o.pay("1000.00", o.on(0))
    o.ship(None)
    return Outcome(Verdict.HELD, held=(o.money(0, "1000.00"),))


@CASES.add()
def prepaid(o: CaseDraft) -> Outcome:
    """Paid 32 days before the shipment: posted with the document, dated when it was paid."""
    o.created = o.on(-33)
    o.sold("1500.00")
    o.pay("1500.00", o.on(-32))
    return Outcome(Verdict.POSTED, (o.document("1500.00"),), (o.money(-32, "1500.00"),))


@CASES.add()
def paid_and_shipped_in_a_day(o: CaseDraft) -> Outcome:
    """Paid at noon, shipped at three."""
    o.sold()
    o.pay("1000.00", o.on(0))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(0, "1000.00"),))


@CASES.add()
def shipped_unpaid(o: CaseDraft) -> Outcome:
    """Shipped on credit."""
    o.sold()
    o.pay("1000.00", None, reference.BILL)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add(days_after=10)
def paid_later_in_parts(o: CaseDraft) -> Outcome:
    """400 in cash three days after the shipment, the rest by bank after ten."""
    o.sold()
    o.pay("400.00", o.on(3), reference.CASH)
    o.pay("600.00", o.on(10), reference.BILL)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(3, "400.00", CASH), o.money(10, "600.00")))


@CASES.add()
def paid_in_part(o: CaseDraft) -> Outcome:
    """Half is paid, half is not."""
    o.sold()
    o.pay("500.00", o.on(-1))
    o.pay("500.00", None)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(-1, "500.00"),))


@CASES.add()
def paid_in_thirds(o: CaseDraft) -> Outcome:
    """Three payments with fractions of a kopeck make 1,000.00, not 999.99."""
    o.sold()
    for third in ("333.3333", "333.3333", "333.3334"):
        o.pay(third, o.on(-1))
    return Outcome(
        Verdict.POSTED,
        (o.document("1000.00"),),
        (o.money(-1, "333.33"), o.money(-1, "333.34"), o.money(-1, "333.33")),
    )


@CASES.add(complaint=True)
def paid_without_payment(o: CaseDraft) -> Outcome:
    """PAYED is set by a module or by SQL, and no payment is paid: the document is posted, a person looks."""
    o.sold()
    o.pay("1000.00", None)
    o.order.update(PAYED="Y", DATE_PAYED=o.on(0))
    return Outcome(Verdict.REVIEW, (o.document("1000.00"),))


@CASES.add()
def paid_beyond_the_total(o: CaseDraft) -> Outcome:
    """1,200 came for 1,000: all money that came is posted."""
    o.sold()
    o.pay("1000.00", o.on(-2))
    o.pay("200.00", o.on(-1))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(-2, "1000.00"), o.money(-1, "200.00")))


@CASES.add(days_after=2)
def cash_on_delivery(o: CaseDraft) -> Outcome:
    """Paid to the carrier two days later, who transfers it; his commission is no part of the total."""
    o.goods("1000.00")
    o.leave("300.00")
    o.pay("1300.00", o.on(2), reference.CASH_ON_DELIVERY, PRICE_COD=Decimal("50.00"))
    return Outcome(Verdict.POSTED, (o.document("1300.00"),), (o.money(2, "1300.00"),))


@CASES.add(days_after=2)
def transfer_of_an_earlier_day(o: CaseDraft) -> Outcome:
    """The statement was loaded two days after the bank had the money: the bank's day counts."""
    o.sold()
    o.pay("1000.00", o.on(2), reference.BILL, PAY_VOUCHER_NUM="714", PAY_VOUCHER_DATE=o.day(0))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(0, "1000.00"),))


@CASES.add()
def cash_by_code(o: CaseDraft) -> Outcome:
    """A pay system that only its CODE tells to be cash."""
    o.sold()
    o.pay("1000.00", o.on(0), reference.CASH_BY_CODE)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(0, "1000.00", CASH),))


@CASES.add()
def store_credit_alone(o: CaseDraft) -> Outcome:
    """Paid from the inner account: a document, no new money."""
    o.sold()
    o.pay("1000.00", o.on(-1), reference.STORE_CREDIT)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def store_credit_mixed(o: CaseDraft) -> Outcome:
    """300 from the inner account, 700 by card."""
    o.sold()
    o.pay("300.00", o.on(-1), reference.STORE_CREDIT)
    o.pay("700.00", o.on(-1))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(-1, "700.00"),))


@CASES.add()
def cancelled_new(o: CaseDraft) -> Outcome:
    """Cancelled before anything happened."""
    o.goods("1000.00")
    o.pay("1000.00", None)
    o.ship(None)
    o.cancel(o.on(0))
    return Outcome(Verdict.NOTHING)


@CASES.add()
def cancelled_after_payment(o: CaseDraft) -> Outcome:
    """Paid, cancelled by hand in the database; PAID stays Y."""
    o.goods("1000.00")
    o.pay("1000.00", o.on(-2))
    o.ship(None)
    o.cancel(o.on(0))
    return Outcome(Verdict.NOTHING)


@CASES.add()
def cancelled_the_legacy_way(o: CaseDraft) -> Outcome:
    """Paid and shipped, then cancelled by the old API: money to the inner account, un-shipped, cancelled."""
    o.goods("1000.00")
    payment = o.pay("1000.00", o.on(-3))
    shipment = o.ship(o.on(-2))
    o.give_back(payment, o.on(0), "Y", dated=False)
    o.unship(shipment, o.on(0))
    o.cancel(o.on(0))
    return Outcome(Verdict.NOTHING)


@CASES.add()
def cancelled_shipped(o: CaseDraft) -> Outcome:
    """Cancelled although it is marked as shipped and was never posted."""
    o.sold()
    o.cancel(o.on(0, "18:00:00"))
    return Outcome(Verdict.NOTHING)


@CASES.add(sprinkled=False)
def deleted(o: CaseDraft) -> Outcome:
    """Not in ``b_sale_order`` any more, its basket and payments were left behind."""
    o.sold()
    o.pay("1000.00", o.on(-1))
    o.only_orphans = True
    return Outcome(Verdict.NOTHING)


@CASES.add(days_after=4)
def two_shipments(o: CaseDraft) -> Outcome:
    """The document waits for the second one; delivery is the sum of both."""
    first, second = o.goods("1000.00"), o.goods("500.00", 2, "Кружка")
    o.ship(o.on(0), delivery="300.00", carries={first["ID"]: Decimal(1), second["ID"]: Decimal(1)})
    o.ship(o.on(4), delivery="200.00", carries={second["ID"]: Decimal(1)})
    o.pay("2500.00", o.on(-1))
    return Outcome(
        Verdict.POSTED,
        (
            o.document(
                "2500.00",
                o.item("1000.00"),
                o.item("500.00", 2, name="Кружка"),
                o.item("500.00", name="Доставка"),
                day=4,
            ),
        ),
        (o.money(-1, "2500.00"),),
    )


@CASES.add(complaint=True)
def partly_shipped(o: CaseDraft) -> Outcome:
    """One of two shipments left: the document and the payment wait; once the month is over a person is asked."""
    first, second = o.goods("1000.00"), o.goods("500.00", 1, "Кружка")
    o.ship(o.on(0), carries={first["ID"]: Decimal(1)})
    o.ship(None, carries={second["ID"]: Decimal(1)})
    o.pay("1500.00", o.on(-1))
    return Outcome(Verdict.REVIEW, held=(o.money(-1, "1500.00"),))


@CASES.add()
def delivery_in_a_shipment_of_its_own(o: CaseDraft) -> Outcome:
    """A paid delivery was added as a shipment without goods, which nobody marks as shipped."""
    o.goods("1000.00")
    o.leave()
    o.ship(None, delivery="300.00", carries={})
    o.order.update(DEDUCTED="Y", DATE_DEDUCTED=o.on(0, "15:00:00"), STATUS_ID="F", DATE_STATUS=o.on(-2))
    return Outcome(Verdict.POSTED, (o.document("1300.00"),))


@CASES.add()
def item_added_after_shipping(o: CaseDraft) -> Outcome:
    """It stands in no shipment; the order is shipped all the same, and its document holds it."""
    o.sold()
    o.goods("500.00", name="Кружка")
    return Outcome(Verdict.POSTED, (o.document("1500.00", o.item("1000.00"), o.item("500.00", name="Кружка")),))


@CASES.add()
def shipped_without_shipment_rows(o: CaseDraft) -> Outcome:
    """An import left the order's flag and its basket, and no shipment."""
    o.goods("1000.00")
    o.order.update(DEDUCTED="Y", DATE_DEDUCTED=o.on(0))
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def unshipped(o: CaseDraft) -> Outcome:
    """Shipped and taken back: the date stands, the flag does not."""
    o.goods("1000.00")
    o.unship(o.ship(o.on(-1)), o.on(0))
    return Outcome(Verdict.NOTHING)


@CASES.add(days_after=6)
def shipped_again(o: CaseDraft) -> Outcome:
    """Shipped, taken back, shipped again six days later: the last date counts."""
    o.goods("1000.00")
    shipment = o.leave()
    o.unship(shipment, o.on(2))
    shipment.update(DEDUCTED="Y", DATE_DEDUCTED=o.on(6))
    return Outcome(Verdict.POSTED, (o.document("1000.00", day=6),))


@CASES.add(since="17", sprinkled=False)
def being_saved(o: CaseDraft) -> Outcome:
    """RUNNING='Y', changed on ``at`` at noon: left alone for an hour."""
    o.goods("1000.00")
    o.ship(o.on(0, "11:59:00"))
    o.order.update(RUNNING="Y", DATE_UPDATE=o.on(0))
    return Outcome(Verdict.NOTHING)


@CASES.add(since="17")
def saving_broke_off(o: CaseDraft) -> Outcome:
    """RUNNING='Y' was left standing long ago."""
    o.sold()
    o.order.update(RUNNING="Y")
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))
