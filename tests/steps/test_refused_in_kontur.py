"""Orders refused for something that is corrected in Kontur: the shop never shows that it was, so each night tries."""

from __future__ import annotations

import datetime as dt
import json

from MySQLdb.connections import Connection

from include import settings
from include.books.accounts import accounts
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)
NIGHTS_LATER = [DAY + dt.timedelta(days=days) for days in (10, 11, 12)]
"""Beyond the overlap: only that the order is rejected brings it up again."""


def record_of(inn: str, kpp: str) -> str:
    """The id of a company's record that the accountant entered in Kontur."""
    hook = accounts(settings.load())["kontur_default"].hook
    company = {"name": "ООО «Пример»", "inn": inn, "kpp": kpp, "type": "LegalEntity"}
    hook.create_counterparty(json.dumps(company), idempotency_key=f"{inn}/{kpp}")
    (found,) = [known.id for known in hook.find_counterparties(inn=inn) if known.kpp == kpp]
    return found


def test_an_order_is_posted_the_night_after_its_buyers_records_were_merged(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    made = make_case(shop, "kpp_missing", at=DAY)
    (document,) = made.outcome.documents
    assert document.inn is not None
    first, second = record_of(document.inn, "770101001"), record_of(document.inn, "770143001")

    (label,) = nights.night(DAY)["squares"]
    assert "2 counterparties" in label
    waited = nights.night(NIGHTS_LATER[0])
    assert made.order_id in waited["order_ids"]
    assert waited["squares"] == [], "nothing was corrected, and a person was asked"
    assert nights.sync_row(made.order_id) is not None
    assert kontur.books.documents() == []

    kontur.control("POST", f"/counterparties/{second}/merge", {"into": first})
    assert nights.night(NIGHTS_LATER[1])["squares"] == []
    (posted,) = kontur.books.documents()
    assert (posted["date"], posted["total"], posted["counterparty_id"]) == (
        document.date.isoformat(),
        document.total,
        first,
    )
    assert (nights.sync_row(made.order_id) or ())[:1] == ("synced",)
    nights.night(NIGHTS_LATER[2])
    assert len(kontur.books.documents()) == 1
