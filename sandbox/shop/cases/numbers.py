"""Numbers of orders, sites, currencies."""

from __future__ import annotations

from sandbox.shop.cases.case import CaseDraft, Collection, Outcome, Verdict

CASES = Collection()


def _numbered(o: CaseDraft, number: str) -> Outcome:
    o.number = number
    o.sold()
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def number_missing(o: CaseDraft) -> Outcome:
    """ACCOUNT_NUMBER is NULL: the id."""
    o.sold()
    o.order.update(ACCOUNT_NUMBER=None)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def number_with_prefix(o: CaseDraft) -> Outcome:
    """Of the kind B-15."""
    return _numbered(o, f"B-{o.id}")


@CASES.add()
def number_with_date(o: CaseDraft) -> Outcome:
    """Of the kind «22112026 / 1», with spaces and a slash."""
    return _numbered(o, f"{o.at:%d%m%Y} / {o.id}")


@CASES.add()
def number_with_zeros(o: CaseDraft) -> Outcome:
    """Of the kind 000045; a number is text."""
    return _numbered(o, f"000{o.id}")


@CASES.add()
def number_in_cyrillic(o: CaseDraft) -> Outcome:
    """Of the kind 2026/15-Б."""
    return _numbered(o, f"{o.at.year}/{o.id}-Б")


@CASES.add()
def second_site(o: CaseDraft) -> Outcome:
    """An order of the other site; without a map of sites it is posted like any other."""
    o.site = "s2"
    o.sold()
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add(complaint=True)
def foreign_currency(o: CaseDraft) -> Outcome:
    """An order in dollars."""
    o.goods("100.00").update(CURRENCY="USD")
    o.ship(o.on(0), CURRENCY="USD")
    o.pay("100.00", o.on(-1), CURRENCY="USD")
    o.order.update(CURRENCY="USD")
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def payment_in_another_currency(o: CaseDraft) -> Outcome:
    """The order is in roubles, one of its payments in dollars: the document and the other payment are posted."""
    o.sold()
    o.pay("5.00", o.on(-1), CURRENCY="USD")
    o.pay("600.00", o.on(-1))
    return Outcome(Verdict.REJECTED, (o.document("1000.00"),), (o.money(-1, "600.00"),))
