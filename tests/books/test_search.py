"""What is taken for an operation's own among what Kontur shows; the API is a stand-in that shows just that."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, cast

import pytest
from kontur_hook.api import KonturApi
from kontur_hook.contract import PaymentMethod
from kontur_hook.errors import KonturProtocolError
from kontur_hook.records import DocumentDetails, KnownCounterparty, MoneyEntry
from msgspec import structs

from include.accounting.payload import counterparty_body
from include.books.match import Match
from include.books.requests import Request
from include.books.search import Freshness, Search
from include.facts import Said, said
from include.ledger.operation import Kind, OperationRow, State
from include.ports import Ports
from include.words import text
from tests.posting.poster import INN, KPP, MOVED_KPP, OTHER_KPP, company

DAY = dt.date(2026, 2, 3)
PAID = '{"date":"2026-02-03","amount":100.00,"paymentMethod":"Cash"}'
OPERATION = OperationRow(
    key="", order_id=7, connection="c", kind=Kind.PAYMENT, parent_key="sale:7/2", state=State.UNKNOWN, payload=PAID
)


@dataclasses.dataclass
class Shown:
    """What Kontur shows."""

    payments: tuple[MoneyEntry, ...] = ()
    companies: tuple[KnownCounterparty, ...] = ()
    gone: bool = False

    async def get_document(self, *_: object) -> DocumentDetails | None:
        if self.gone:
            return None
        shown = {"payments": self.payments, "refunds": ()}
        names = [field.name for field in dataclasses.fields(DocumentDetails)]
        return DocumentDetails(**{name: cast("Any", shown.get(name)) for name in names})

    async def find_counterparties(self, **_: object) -> tuple[KnownCounterparty, ...]:
        return self.companies


@dataclasses.dataclass
class Asked:
    """The ports of a search."""

    shown: Shown

    @contextlib.asynccontextmanager
    async def turn(self, _: str, *, ahead: bool = False) -> AsyncIterator[Asked]:
        yield self

    async def send(self, request: Request[Any]) -> Any:
        return await request.by(cast("KonturApi", self.shown))


def found(shown: Shown, row: OperationRow, *siblings: OperationRow) -> tuple[Match, ...]:
    document = structs.replace(OPERATION, key="sale:7/2", kind=Kind.SALE_INVOICE, parent_key=None, doc_id="B")
    search = Search(cast("Ports", Asked(shown)), "c", "1")
    return asyncio.run(search.matches(row, document if row.parent_key else None, siblings))


def test_payments_may_be_numbered_within_their_document() -> None:
    entry = MoneyEntry(id="1", date=DAY, amount=Decimal("100.00"), method=PaymentMethod.CASH)
    unknown = structs.replace(OPERATION, key="payment:2")
    of_another_document = structs.replace(
        OPERATION, key="payment:1", parent_key="sale:7/1", state=State.DONE, doc_id="1"
    )
    assert found(Shown((entry,)), unknown, unknown, of_another_document) == (Match("1", same=True),)
    of_this_one = structs.replace(of_another_document, parent_key="sale:7/2")
    assert found(Shown((entry,)), unknown, unknown, of_this_one) == ()


def test_of_two_open_twins_each_may_have_one_though_the_siblings_are_from_before_the_second_was_sent() -> None:
    entries = [MoneyEntry(id=id_, date=DAY, amount=Decimal("100.00"), method=PaymentMethod.CASH) for id_ in "123"]
    first, second = (structs.replace(OPERATION, key=f"payment:{n}") for n in (1, 2))
    before = structs.replace(second, state=State.PLANNED, payload=None)
    assert found(Shown(tuple(entries[:2])), second, first, before) == (Match("1", same=True),)
    assert len(found(Shown(tuple(entries)), second, first, before)) == 3, "more than were sent"


def test_money_that_nothing_explains_is_for_a_person_and_never_none() -> None:
    equal, other, third = (
        MoneyEntry(id=id_, date=DAY, amount=Decimal(amount), method=PaymentMethod.CASH)
        for id_, amount in (("1", "100.00"), ("2", "70.00"), ("3", "30.00"))
    )
    unknown = structs.replace(OPERATION, key="payment:1")
    (match,) = found(Shown((other,)), unknown, unknown)
    assert (match.id, match.same, match.marked) == ("2", False, False)
    settled = structs.replace(OPERATION, key="payment:2", state=State.DONE, doc_id="2")
    assert found(Shown((other,)), unknown, unknown, settled) == ()
    sent = structs.replace(OPERATION, key="payment:3", payload=PAID.replace("100.00", "30.00"))
    assert found(Shown((other, third)), unknown, unknown, settled, sent) == (), "the other may have become of that one"
    assert found(Shown((equal, other)), unknown, unknown) == (Match("1", same=True),)
    assert found(Shown((other,)), structs.replace(unknown, state=State.PLANNED)) == (), "nothing of it was sent"


def record(id_: str, kpp: str | None) -> KnownCounterparty:
    return KnownCounterparty(id=id_, inn=INN, kpp=kpp, name="ПАО Пример")


def test_what_was_sent_to_a_document_that_is_gone_is_for_a_person() -> None:
    unknown = structs.replace(OPERATION, key="payment:2")
    (match,) = found(Shown(gone=True), unknown, unknown)
    assert (match.same, match.difference) == (False, said("match_document_gone"))
    planned = structs.replace(unknown, state=State.PLANNED)
    assert found(Shown(gone=True), planned, planned) == (), "sent, and refused by Kontur in its words"


SENT_WITHOUT_KPP = structs.replace(
    OPERATION, key="counterparty:c:x", kind=Kind.COUNTERPARTY, parent_key=None, payload=counterparty_body(company(None))
)


@pytest.mark.parametrize(
    ("kpps", "ids"),
    [
        ((), []),
        ((KPP,), ["0"]),  # Kontur, or the accountant, has entered it since
        ((KPP, None), ["1"]),
    ],
)
def test_a_company_sent_without_kpp_is_its_only_record(kpps: tuple[str | None, ...], ids: list[str]) -> None:
    shown = Shown(companies=tuple(record(str(n), kpp) for n, kpp in enumerate(kpps)))
    assert found(shown, SENT_WITHOUT_KPP) == tuple(Match(id_, same=True) for id_ in ids)


def test_of_several_records_with_kpp_none_is_chosen() -> None:
    shown = Shown(companies=tuple(record(kpp, kpp) for kpp in (KPP, OTHER_KPP)))
    (match,) = found(shown, SENT_WITHOUT_KPP)
    assert not match.same
    assert isinstance(match.difference, Said)
    assert "2 контрагента (id 773601001 «ПАО Пример», id 540202001 «ПАО Пример») с ИНН …3893" in text(match.difference)


@pytest.mark.parametrize(("kpp", "ids"), [(OTHER_KPP, []), (None, ["1"]), (MOVED_KPP, ["1"])])
def test_a_company_sent_with_kpp_is_the_record_that_an_order_would_use(kpp: str | None, ids: list[str]) -> None:
    row = structs.replace(SENT_WITHOUT_KPP, payload=counterparty_body(company(KPP)))
    assert found(Shown(companies=(record("1", kpp),)), row) == tuple(Match(id_, same=True) for id_ in ids)


@pytest.mark.parametrize("text", [None, "{", "{}", PAID])
def test_what_cannot_be_read_of_what_was_sent_is_said_and_vouches_for_nothing(text: str | None) -> None:
    row = structs.replace(SENT_WITHOUT_KPP, payload=text)
    with pytest.raises(KonturProtocolError, match="запись об отправленном повреждена"):
        found(Shown(companies=(record("1", KPP),)), row)
    damaged = structs.replace(row, state=State.DONE, doc_id="1")
    assert _freshness(damaged) is Freshness.NOTHING_NEWER
    readable = structs.replace(damaged, payload=SENT_WITHOUT_KPP.payload)
    assert _freshness(readable) is Freshness.SHOWN
    assert _freshness(structs.replace(readable, doc_id="2")) is Freshness.HIDDEN


def _freshness(canary: OperationRow) -> Freshness:
    """Of the search for another buyer, when ``canary`` was created since and Kontur shows record 1."""

    class Ledger(Asked):
        async def state(self, *statements: Any) -> list[Any]:
            return [[canary] for _ in statements]

    search = Search(cast("Ports", Ledger(Shown(companies=(record("1", KPP),)))), "c", "1")
    return asyncio.run(search.freshness(SENT_WITHOUT_KPP, dt.datetime(2026, 2, 3)))
