"""Where orders come from, and who sells: trading platforms, 1C, several companies."""

from __future__ import annotations

from sandbox.shop import reference
from sandbox.shop.cases.case import CaseDraft, Collection, Outcome, Verdict

CASES = Collection()


@CASES.add(complaint=True)
def of_a_platform(o: CaseDraft) -> Outcome:
    """Sold on a marketplace that the settings do not name: its report may hold the same sale."""
    o.sold()
    o.pay("1000.00", o.on(-1))
    o.bind(reference.MARKETPLACE)
    return Outcome(Verdict.REJECTED)


@CASES.add()
def of_the_shops_own_site(o: CaseDraft) -> Outcome:
    """Sold on a site that Bitrix24 made for the shop: a platform only by its table."""
    o.sold()
    o.bind(reference.OWN_SITE)
    return Outcome(Verdict.POSTED, (o.document("1000.00"),))


@CASES.add()
def from_1c(o: CaseDraft) -> Outcome:
    """It came into the shop from 1C."""
    o.sold()
    o.pay("1000.00", o.on(-1))
    o.order.update(EXTERNAL_ORDER="Y")
    return Outcome(Verdict.POSTED, (o.document("1000.00"),), (o.money(-1, "1000.00"),))


@CASES.add(since="17", complaint=True)
def of_two_sellers(o: CaseDraft) -> Outcome:
    """The order is one company's, the money went to another's."""
    o.sold()
    o.pay("1000.00", o.on(-1), COMPANY_ID=2)
    o.order.update(COMPANY_ID=1)
    return Outcome(Verdict.REJECTED)
