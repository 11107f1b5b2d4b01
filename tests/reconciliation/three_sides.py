"""Orders on which shop, ledger and books agree, and ways to take one of the sides apart."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod, VatRate
from kontur_hook.records import DocumentDetails, DocumentSummary, MoneyEntry

from include.accounting.keys import document_key
from include.accounting.marker import marker
from include.accounting.operations import Counterparty, Item, Operation, Payment, Refund, SaleDocument, Wanted
from include.books.standing import Standing
from include.ledger.operation import State
from include.reconciliation.comparing import compare
from include.reconciliation.difference import Difference, Measure
from include.reconciliation.sides import (
    Depth,
    InBooks,
    InLedger,
    InShop,
    Kept,
    LeftShop,
    Scope,
    Sides,
    sum_of,
)
from include.window import Window

SHOP_CODE = "1"
ORDER = 1045
BUYER = "buyer"
COMPANY = Counterparty(inn="7707083893", kpp="773601001", name="ООО «Пример»", type=CounterpartyType.LEGAL_ENTITY)
RETAIL = Counterparty(inn=None, kpp=None, name="Розничные покупатели", type=CounterpartyType.INDIVIDUAL)
MARCH = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
YEARS = Window(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


def on(day: str) -> dt.date:
    """«03-05» is of 2026."""
    return dt.date.fromisoformat(day if len(day) > 5 else f"2026-{day}")


def scope(depth: Depth = Depth.FULL, window: Window = YEARS, **fields: Any) -> Scope:
    """What is compared: everything."""
    return Scope(window=window, depth=depth, shop_code=SHOP_CODE, **fields)


def sale(
    day: str = "03-05", total: str = "1000.00", *, order: int = ORDER, shipment: int | None = None, **fields: Any
) -> SaleDocument:
    """The document of an order, or of one shipment."""
    item = Item(name="Чайник", quantity=Decimal(1), price=Decimal(total), vat_rate=VatRate.VAT22, unit="шт")
    ours = marker(SHOP_CODE, order, shipment)
    given: dict[str, Any] = {
        "key": document_key(order, shipment),
        "order_id": order,
        "kind": DocumentKind.SALE_INVOICE,
        "date": on(day),
        "number": str(order),
        "counterparty": COMPANY,
        "items": (item,),
        "total_amount": Decimal(total),
        "comment": f"Заказ {order} {ours}",
        "marker": ours,
    }
    return SaleDocument(**(given | fields))


def paid(
    day: str = "03-05", amount: str = "1000.00", *, id_: int = 7, order: int = ORDER, shipment: int | None = None
) -> Payment:
    """A payment of an order."""
    part = "" if shipment is None else f"/{shipment}"
    return Payment(
        key=f"payment:{id_}{part}",
        order_id=order,
        document_key=document_key(order, shipment),
        date=on(day),
        amount=Decimal(amount),
        method=PaymentMethod.BANK_TRANSFER,
    )


def refunded(payment: Payment, day: str) -> Refund:
    """All of a payment given back."""
    return Refund(
        key=payment.key.replace("payment", "refund"),
        order_id=payment.order_id,
        document_key=payment.document_key,
        payment_key=payment.key,
        date=on(day),
        amount=payment.amount,
        method=payment.method,
    )


def wanted(*operations: Operation) -> tuple[Wanted, ...]:
    """What the shop says."""
    sums = [(operation, sum_of(operation)) for operation in operations]
    return tuple(Wanted(key=o.key, date=s.day, amount=s.amount, operation=o) for o, s in sums)


def kept(operation: Operation, state: State = State.DONE, *, is_ours: bool = True, **fields: Any) -> Kept:
    """What the ledger says; it is in the books under the id «K-<key>». Not ours: another program posted it."""
    is_document = isinstance(operation, SaleDocument)
    given: dict[str, Any] = {
        "key": operation.key,
        "parent_key": None if isinstance(operation, SaleDocument) else operation.document_key,
        "state": state,
        "begun": state in {State.DONE, State.SENDING, State.UNKNOWN},
        "operation": operation,
        "counterparty_id": BUYER if is_document else None,
        "doc_id": f"K-{operation.key}" if state is State.DONE else None,
    }
    if not is_ours:
        given |= {"operation": None, "counterparty_id": None}
    return Kept(**(given | fields))


def entry(operation: Payment | Refund) -> MoneyEntry:
    """A payment or refund in Kontur."""
    return MoneyEntry(
        id=f"K-{operation.key}", date=operation.date, amount=operation.amount, method=operation.method.value
    )


def standing(document: SaleDocument, money: Iterable[Operation] = ()) -> Standing:
    """A document in Kontur with its lines and money."""
    ours = [one for one in money if not isinstance(one, SaleDocument) and one.document_key == document.key]
    details = DocumentDetails(
        id=f"K-{document.key}",
        number=document.number,
        date=document.date,
        counterparty_id=BUYER,
        total_amount=document.total_amount,
        comment=document.comment,
        payments=tuple(entry(one) for one in ours if isinstance(one, Payment)),
        refunds=tuple(entry(one) for one in ours if isinstance(one, Refund)),
    )
    return Standing(kind=document.kind, header=details, lines=document.items)


def agreeing(*operations: Operation) -> Sides:
    """An order all of whose operations stand in Kontur as the shop has them."""
    order_id = operations[0].order_id
    documents = [one for one in operations if isinstance(one, SaleDocument)]
    return Sides(
        order_id=order_id,
        shop=InShop(number=str(order_id), wanted=wanted(*operations)),
        ledger=InLedger(operations=tuple(kept(one) for one in operations)),
        books=InBooks(documents=tuple(standing(one, operations) for one in documents)),
    )


def an_order() -> Sides:
    """One document, two payments, the second one given back."""
    first, second = paid(amount="600.00"), paid("03-04", "400.00", id_=8)
    return agreeing(sale(), first, second, refunded(second, "03-10"))


# --- One side changed


def in_shop(sides: Sides, *operations: Operation, **fields: Any) -> Sides:
    """The shop says this instead."""
    return dataclasses.replace(sides, shop=InShop(number=str(sides.order_id), wanted=wanted(*operations), **fields))


def in_ledger(sides: Sides, *operations: Kept, **fields: Any) -> Sides:
    """The ledger says this instead."""
    return dataclasses.replace(sides, ledger=InLedger(operations=operations, **fields))


def in_books(sides: Sides, *documents: Standing, **fields: Any) -> Sides:
    """Kontur has this instead."""
    return dataclasses.replace(sides, books=InBooks(documents=documents, **fields))


def left(sides: Sides, *operations: Operation, archived: bool = False) -> Sides:
    """The shop has it no longer; its last plan called for these."""
    return dataclasses.replace(
        sides, shop=LeftShop(number=str(sides.order_id), kept=tuple(operations), archived=archived)
    )


def edited(one: Standing, **fields: Any) -> Standing:
    """Somebody changed it in Kontur."""
    return dataclasses.replace(one, header=dataclasses.replace(one.header, **fields))


def headers_only(sides: Sides) -> Sides:
    """As lists show it."""
    names = [field.name for field in dataclasses.fields(DocumentSummary)]

    def header(one: Standing) -> Standing:
        return Standing(kind=one.kind, header=DocumentSummary(**{name: getattr(one.header, name) for name in names}))

    return in_books(
        sides,
        *(header(one) for one in sides.books.documents),
        gone=sides.books.gone,
        unread=sides.books.unread,
    )


def with_entries(one: Standing, name: str, change: Callable[[list[MoneyEntry]], Sequence[MoneyEntry]]) -> Standing:
    """Its payments or refunds changed in Kontur."""
    return edited(one, **{name: tuple(change(list(getattr(one.header, name))))})


# --- What came out


Row = tuple[str, str | None, str | None, str | None]


def rows(sides: Sides, a_scope: Scope | None = None) -> list[Difference]:
    """The differences of an order; the identity is checked by the way, day by day, against the bare sides."""
    a_scope = a_scope or scope()
    found = compare(sides, a_scope)
    assert {name: amount for name, amount in naive(sides, a_scope).items() if amount} == told(found.rows)
    names = [row.name for row in found.rows]
    assert len(names) == len(set(names)), names
    return list(found.rows)


def brief(sides: Sides, a_scope: Scope | None = None) -> list[Row]:
    """Code, key, what the shop says, what the books say."""
    return [in_brief(row) for row in rows(sides, a_scope)]


def brief_within(sides: Sides, window: Window) -> list[Row]:
    """Without the identity, which is over what is compared only."""
    return [in_brief(row) for row in compare(sides, scope(window=window)).rows]


def in_brief(row: Difference) -> Row:
    """Code, key, what the shop says, what the books say."""
    return row.code.value, row.key, _plain(row.shop), _plain(row.books)


def _plain(one: Any) -> str | None:
    return None if one is None else f"{one.day:%m-%d} {one.amount:.2f}" if one.day else f"? {one.amount:.2f}"


def told(found: Iterable[Difference]) -> dict[tuple[str, dt.date], Decimal]:
    """What the rows add up to, by measure and day."""
    sums: collections.defaultdict[tuple[str, dt.date], Decimal] = collections.defaultdict(Decimal)
    for row in found:
        for day, amount in row.effects():
            sums[row.measure.value, day] += amount
    return {name: amount for name, amount in sums.items() if amount}


def naive(sides: Sides, a_scope: Scope) -> dict[tuple[str, dt.date], Decimal]:
    """Shop − books by measure and day, added up without a look at what belongs to what."""
    sums: collections.defaultdict[tuple[str, dt.date], Decimal] = collections.defaultdict(Decimal)
    shop = sides.shop
    says = wanted(*shop.kept) if isinstance(shop, LeftShop) else shop.wanted or ()
    for one in says:
        if one.date is not None:
            sums[_measure(one.key), one.date] += one.amount
    for document in sides.books.documents if a_scope.depth is not Depth.LEDGER else ():
        sums[Measure.DOCUMENTS.value, document.header.date] -= document.header.total_amount
        if a_scope.depth is Depth.FULL and isinstance(document.header, DocumentDetails):
            for payment in document.header.payments:
                sums[Measure.PAYMENTS.value, payment.date] -= payment.amount
            for refund in document.header.refunds:
                sums[Measure.REFUNDS.value, refund.date] -= refund.amount
    for row in sides.ledger.operations:
        is_document = isinstance(row.operation, SaleDocument)
        believed = Depth.LEDGER if is_document else Depth.HEADERS
        if row.posted and row.operation is not None and a_scope.depth in {Depth.LEDGER, believed}:
            of = sum_of(row.operation)
            assert of.day is not None
            sums[_measure(row.key), of.day] -= of.amount
    return dict(sums)


def _measure(key: str) -> str:
    return {"sale": "documents", "payment": "payments", "refund": "refunds"}[key.partition(":")[0]]
