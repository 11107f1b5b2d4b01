"""What an order's rows call for in the books, worked out from the rules alone; shares no code with the product."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from proof.living.orders import REFUSED, SHIPPED_STATUSES, Identity, Order
from proof.living.tables import Row
from sandbox.shop import reference

_KOPECK = Decimal("0.01")
_HALF = Decimal("0.005")
_ZERO = Decimal(0)
_KNOWN_RATES = {
    Decimal("0.10"): "vat10",
    Decimal("0.20"): "vat20",
    Decimal("0.22"): "vat22",
    None: "none",
    _ZERO: "none",
}
_RATE_TURNS = dt.date(2026, 1, 1)
_UNTIL, _SINCE = "vat20", "vat22"
"""The standard rate before and from the turn."""
_STANDARD = "the day's"
_CHANGES = {"ORDER_STATUS_CHANGED", "PAYMENT_PAID", "SHIPMENT_SHIPPED", "ORDER_CANCELED"}


def kopecks(amount: Decimal) -> Decimal:
    """Rounded half up."""
    return amount.quantize(_KOPECK, ROUND_HALF_UP)


@dataclasses.dataclass(frozen=True, slots=True)
class Taxes:
    """What a campaign's settings make of VAT."""

    rejects: bool = False
    """Whether the standard rate of other years keeps an order out; else the day's takes its place."""
    agent: bool = False
    """Whether delivery is the carrier's, and without VAT; else it is taxed like its goods."""


DEFAULT_TAXES = Taxes()


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A sale document, as an accountant compares it."""

    date: dt.date
    number: str
    buyer: Identity
    total: Decimal
    vat: tuple[tuple[str, Decimal], ...]
    """Rate -> what the lines of that rate come to."""
    names: tuple[str, ...]

    def __str__(self) -> str:
        vat = ", ".join(f"{rate} {amount}" for rate, amount in self.vat)
        return f"document № {self.number} of {self.date} {self.total} to {self.buyer} ({vat})"


@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    """A payment or a refund."""

    kind: str
    date: dt.date
    amount: Decimal
    method: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.date} {self.amount} {self.method}"


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """One time that a payment row was paid, as it stands in the books: its payment, and its refund."""

    payment_id: int
    paid: Money
    refund: Money | None = None


@dataclasses.dataclass(slots=True)
class Standing:
    """What of an order stands in the books, posted by us."""

    document: Document | None = None
    receipts: list[Receipt] = dataclasses.field(default_factory=list)
    """In the order in which they were posted."""

    def last(self, payment_id: int) -> Receipt | None:
        return next((r for r in reversed(self.receipts) if r.payment_id == payment_id), None)


@dataclasses.dataclass(slots=True)
class Due:
    """What a run that looks at the order has to bring into the books, and what it must say."""

    document: Document | None = None
    receipts: list[Receipt] = dataclasses.field(default_factory=list)
    """Receipts as they must stand; one that stands already gains its refund."""
    trouble: list[str] = dataclasses.field(default_factory=list)
    """Why a person is needed."""
    waits: bool = False
    """Money is held for a document to come."""


def due(order: Order, standing: Standing, elsewhere: set[int], go_live: dt.date, taxes: Taxes = DEFAULT_TAXES) -> Due:
    """What the order's present rows call for.

    Args:
        order: its rows.
        standing: what of it is in the books.
        elsewhere: ids of payment rows that stand in the books in another order.
        go_live: what is older was typed by hand.
        taxes: what the settings make of VAT.
    """
    found = Due()
    if order.deleted:
        return found
    head = order.head
    shipped = is_shipped(order)
    if standing.document is None:
        if head["CANCELED"] == "Y" or not shipped:
            found.waits = not shipped and head["CANCELED"] != "Y" and any(_is_money(row) for row in order.payments)
            return found
        if _shipped_on(order) < go_live:
            return found
        found.document, reason = _document(order, taxes)
        if reason:
            found.trouble.append(reason)
            return found
    else:
        _compare(order, standing.document, found, taxes)
    _settle(order, standing, elsewhere, found)
    found.receipts = [receipt for receipt in found.receipts if receipt.paid.date >= go_live]
    _weigh(order, standing, found)
    return found


def is_shipped(order: Order) -> bool:
    """By the flag or by the status."""
    return bool(order.head["DEDUCTED"] == "Y") or order.head["STATUS_ID"] in SHIPPED_STATUSES


def moments(order: Order) -> set[dt.date]:
    """Every day by which a run can find the order."""
    found = {order.head[name] for name in ("DATE_DEDUCTED", "DATE_STATUS")}
    found |= {row["DATE_DEDUCTED"] for row in order.shipments}
    found |= {row["PAY_RETURN_DATE"] for row in order.payments}
    return indexed_moments(order) | _days(found)


def indexed_moments(order: Order) -> set[dt.date]:
    """Every day by which a run can find the order without reading whole tables."""
    found = {order.head[name] for name in ("DATE_UPDATE", "DATE_PAYED", "DATE_CANCELED")}
    found |= {row["DATE_PAID"] for row in order.payments}
    found |= {row["DATE_CREATE"] for row in order.changes if row["TYPE"] in _CHANGES}
    found |= {row["DATE_PRINT_END"] for row in order.receipts if row["TYPE"] == "sellreturn"}
    return _days(found)


def _days(found: Iterable[dt.date | None]) -> set[dt.date]:
    """Of days and moments, as far as they are set."""
    return {at.date() if isinstance(at, dt.datetime) else at for at in found if at is not None}


# ---- the document


def _shipped_on(order: Order) -> dt.date:
    head = order.head
    if head["DEDUCTED"] == "Y" and head["DATE_DEDUCTED"] is not None:
        day: dt.date = head["DATE_DEDUCTED"].date()
        return day
    history = [
        row["DATE_CREATE"]
        for row in order.changes
        if row["TYPE"] == "ORDER_STATUS_CHANGED" and any(f'"{s}"' in row["DATA"] for s in SHIPPED_STATUSES)
    ]
    first: dt.datetime = min(history, default=head["DATE_STATUS"])
    return first.date()


def _document(order: Order, taxes: Taxes) -> tuple[Document | None, str | None]:
    if order.buyer == REFUSED:
        return None, "the buyer's INN"
    if any(line["VAT_RATE"] not in _KNOWN_RATES for line in order.lines):
        return None, "a rate that there is not"
    day = _shipped_on(order)
    total = kopecks(order.head["PRICE"])
    amounts = _lines(order, total, taxes)
    if amounts is None:
        return None, "the sum"
    standard, other = (_SINCE, _UNTIL) if day >= _RATE_TURNS else (_UNTIL, _SINCE)
    if taxes.rejects and other in {rate for rate, _ in amounts}:
        return None, "a rate of another year"
    by_rate: dict[str, Decimal] = collections.defaultdict(Decimal)
    for rate, amount in amounts:
        by_rate[standard if rate in {_STANDARD, other} else rate] += amount
    names = [line["NAME"] for line in order.lines] + (["Доставка"] if order.head["PRICE_DELIVERY"] else [])
    return (
        Document(
            date=day,
            number=order.number,
            buyer=order.buyer,
            total=total,
            vat=tuple(sorted(by_rate.items())),
            names=tuple(sorted(names)),
        ),
        None,
    )


def _lines(order: Order, total: Decimal, taxes: Taxes) -> list[tuple[str, Decimal]] | None:
    """Rate and amount of each line, and of delivery; ``None``: they miss the total by more than rounding."""
    amounts = [(_KNOWN_RATES[line["VAT_RATE"]], kopecks(line["PRICE"] * line["QUANTITY"])) for line in order.lines]
    if order.head["PRICE_DELIVERY"]:
        is_taxed = not taxes.agent and any(rate != "none" for rate, _ in amounts)
        amounts.append((_STANDARD if is_taxed else "none", kopecks(order.head["PRICE_DELIVERY"])))
    missing = total - sum((amount for _, amount in amounts), _ZERO)
    if abs(missing) > _HALF * len(amounts):
        return None
    largest = max(range(len(amounts)), key=lambda index: amounts[index][1])
    amounts[largest] = (amounts[largest][0], amounts[largest][1] + missing)
    return amounts


def _compare(order: Order, posted: Document, found: Due, taxes: Taxes) -> None:
    """What a person has to hear of a document that stands."""
    if order.head["CANCELED"] == "Y":
        found.trouble.append("cancelled after posting")
    elif not is_shipped(order):
        found.trouble.append("un-shipped after posting")
    else:
        present, reason = _document(order, taxes)
        if reason or present != posted:
            found.trouble.append("changed after posting")


# ---- money


def _is_money(row: Row) -> bool:
    return bool(row["PAID"] == "Y") and row["PAY_SYSTEM_ID"] != reference.STORE_CREDIT


def _method(row: Row) -> str:
    cash = row["PAY_SYSTEM_ID"] in {reference.CASH, reference.CASH_BY_CODE}
    return "Cash" if cash else "BankTransfer"


def _settle(order: Order, standing: Standing, elsewhere: set[int], found: Due) -> None:
    document = standing.document or found.document
    assert document is not None
    rows = sorted(order.payments, key=lambda row: row["ID"])
    amounts = _amounts(rows)
    ids = {row["ID"] for row in rows}
    vanished = [r for r in standing.receipts if r.payment_id not in ids]
    if vanished:
        found.trouble.append("a posted payment's row is gone")
    anew = collections.Counter(receipt.paid for receipt in vanished)
    for row in rows:
        if row["ID"] in elsewhere:
            found.trouble.append("a payment that stands in another order")
            continue
        receipt = _read(order, row, amounts[row["ID"]], standing, document, found)
        if receipt is None:
            continue
        if standing.last(row["ID"]) is None and anew[receipt.paid]:
            anew[receipt.paid] -= 1
            found.trouble.append("a row made anew")
            continue
        found.receipts.append(receipt)
    if order.head["PAYED"] == "Y" and not any(row["PAID"] == "Y" for row in order.payments):
        found.trouble.append("PAYED without a payment")


def _amounts(rows: list[Row]) -> dict[int, Decimal]:
    """Rounded so that they add up to their exact sum rounded once."""
    exact, rounded, amounts = _ZERO, _ZERO, {}
    for row in rows:
        exact += row["SUM"]
        amounts[row["ID"]] = kopecks(exact) - rounded
        rounded += amounts[row["ID"]]
    return amounts


def _read(
    order: Order, row: Row, amount: Decimal, standing: Standing, document: Document, found: Due
) -> Receipt | None:
    """The receipt that a payment row calls for now; ``None``: nothing, or nothing new."""
    if row["DATE_PAID"] is None or row["PAY_SYSTEM_ID"] == reference.STORE_CREDIT:
        return None
    before = standing.last(row["ID"])
    money = Money("payment", row["DATE_PAID"].date(), amount, _method(row))
    part = _part_returned(order, row)
    if part and row["IS_RETURN"] != "Y":
        found.trouble.append("a part was given back")
    if row["PAID"] == "Y":
        return _paid(row, money, before, found)
    if row["IS_RETURN"] == "N":
        if before is None or before.refund is None:
            found.trouble.append("unpaid without a trace")
        return None
    if before is not None and before.refund is not None:
        if money.date < before.refund.date or money.date == before.paid.date:
            return None
        before = None  # paid once more since, and given back
    returned = _returned_on(order, row)
    if before is None and returned < document.date:
        return None
    receipt = before or Receipt(row["ID"], money)
    if row["IS_RETURN"] == "Y" or part:
        return receipt
    return dataclasses.replace(receipt, refund=dataclasses.replace(receipt.paid, kind="refund", date=returned))


def _paid(row: Row, money: Money, before: Receipt | None, found: Due) -> Receipt | None:
    """Of a row that is paid now."""
    if before is None or (before.refund is not None and before.paid.date != money.date):
        return Receipt(row["ID"], money)
    if before.refund is not None:
        found.trouble.append("a refund taken back")
    elif before.paid != money:
        found.trouble.append("a posted payment changed")
    return None


def _part_returned(order: Order, row: Row) -> bool:
    """Whether the last return receipt printed since it was paid is of another sum than the payment."""
    sums = [
        receipt["SUM"]
        for receipt in order.receipts
        if receipt["PAYMENT_ID"] == row["ID"]
        and receipt["TYPE"] == "sellreturn"
        and receipt["DATE_PRINT_END"] >= row["DATE_PAID"]
    ]
    return bool(sums) and kopecks(sums[-1]) != kopecks(row["SUM"])


def _returned_on(order: Order, row: Row) -> dt.date:
    """The first that is not older than the payment: PAY_RETURN_DATE, the receipt's, the history's."""
    paid: dt.datetime = row["DATE_PAID"]
    typed: dt.date | None = row["PAY_RETURN_DATE"]
    if typed is not None and typed >= paid.date():
        return typed
    receipts = [
        receipt["DATE_PRINT_END"]
        for receipt in order.receipts
        if receipt["PAYMENT_ID"] == row["ID"] and receipt["TYPE"] == "sellreturn"
    ]
    changes = [
        change["DATE_CREATE"]
        for change in order.changes
        if change["ENTITY_ID"] == row["ID"] and change["TYPE"] == "PAYMENT_PAID" and '"N"' in change["DATA"]
    ]
    for evidence in (receipts, changes):
        for at in sorted(evidence):
            if at >= paid:
                day: dt.date = at.date()
                return day
    raise AssertionError(f"nothing dates the refund of payment {row['ID']} of № {order.number}")


def _weigh(order: Order, standing: Standing, found: Due) -> None:
    """Goods and money go back together, or a person hears which did not."""
    document = standing.document or found.document
    assert document is not None
    stands = order.head["CANCELED"] != "Y" and is_shipped(order)
    is_refunded = any(receipt.refund is not None for receipt in [*standing.receipts, *found.receipts])
    paid = sum((row["SUM"] for row in order.payments if row["PAID"] == "Y"), _ZERO)
    if stands and is_refunded and kopecks(paid) < document.total:
        found.trouble.append("money went back, and the goods did not")
