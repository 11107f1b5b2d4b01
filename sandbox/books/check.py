"""What must be in the books against what is."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import pathlib
import zoneinfo
from collections.abc import Iterable, Iterator
from decimal import Decimal

from MySQLdb.connections import Connection

from sandbox.books.due import DEFAULT_TERMS, Terms, due_documents, sum_in_shop
from sandbox.books.ledger import read_ledger
from sandbox.books.sale import Money, Sale

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
_ZERO = Decimal(0)


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    number: str
    """The order's number; empty for what concerns all."""
    kind: str
    """missing, doubled, unexpected, date, total, vat, counterparty, payments, refunds, sum, empty"""
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """Counts and sums of the period's documents, and everything that differs, of the period or not."""

    documents: int
    payments: int
    refunds: int
    shop_total: Decimal
    """Roubles: the orders that belong into the books, summed by the shop's database."""
    books_total: Decimal
    """Roubles: the documents in the books."""
    not_posted: int
    """Orders shipped in the period that rightly have no document: broken requisites, totals, rates, currency, …"""
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        return not self.differences


def check(
    shop: Connection,
    ledger: pathlib.Path,
    date_from: dt.date,
    date_to: dt.date,
    *,
    as_of: dt.datetime | None = None,
    go_live: dt.date | None = None,
    terms: Terms = DEFAULT_TERMS,
) -> Result:
    """Compare the books with the shop.

    Args:
        shop: the shop's database.
        ledger: the SQLite file of Kontur's stand-in.
        date_from: first local day of shipment whose documents must be there.
        date_to: the last one.
        as_of: naive, local: what lies later is not due; ``None``: now, in Moscow.
        go_live: what was shipped or paid before this day was typed in by hand; ``None``: nothing was.
        terms: what the settings make otherwise than they do by default.
    """
    as_of = as_of or dt.datetime.now(MOSCOW).replace(tzinfo=None)
    due, refused = due_documents(shop, as_of, go_live or dt.date.min, terms)
    books = read_ledger(ledger)
    posted = collections.defaultdict(list)
    for sale in books:
        posted[sale.number].append(sale)
    expected = {sale.number: sale for sale in due}
    wanted = [sale for sale in due if date_from <= sale.date <= date_to]
    found = [sale for sale in books if date_from <= sale.date <= date_to]
    shop_total = sum_in_shop(shop, [sale.order_id for sale in wanted])
    books_total = sum((sale.total for sale in found), _ZERO)
    differences = [
        Difference(sale.number, "missing", f"shipped {sale.date}, {sale.total} roubles, no document")
        for sale in wanted
        if sale.number not in posted
    ]
    for number, sales in posted.items():
        differences += _compare(expected.get(number), sales)
    if shop_total != books_total:
        differences.append(Difference("", "sum", f"{shop_total} roubles in the shop, {books_total} in the books"))
    if not found:
        differences.append(Difference("", "empty", "no document in the period, which proves nothing"))
    return Result(
        documents=len(found),
        payments=sum(len(sale.payments) for sale in found),
        refunds=sum(len(sale.refunds) for sale in found),
        shop_total=shop_total,
        books_total=books_total,
        not_posted=sum(date_from <= day <= date_to for day in refused),
        differences=tuple(differences),
    )


def _compare(due: Sale | None, posted: list[Sale]) -> Iterator[Difference]:
    """What differs between an order and its documents."""
    first = posted[0]
    if due is None:
        yield Difference(first.number, "unexpected", f"{len(posted)} document(s), none is due")
        return
    if len(posted) > 1:
        yield Difference(due.number, "doubled", f"{len(posted)} documents, one is due")
    for kind, is_due, stands in (("date", due.date, first.date), ("total", due.total, first.total)):
        if is_due != stands:
            yield Difference(due.number, kind, f"must be {is_due}, is {stands}")
    if due.inn != first.inn or not _is_office(due.kpp, first.kpp):
        yield Difference(due.number, "counterparty", "another counterparty than the order's")
    rates = due.vat.keys() | first.vat.keys()
    if any(abs(due.vat.get(rate, _ZERO) - first.vat.get(rate, _ZERO)) > due.tolerance for rate in rates):
        yield Difference(due.number, "vat", f"must be {_by_rate(due)}, is {_by_rate(first)}")
    for kind, money, there in (("payments", due.payments, first.payments), ("refunds", due.refunds, first.refunds)):
        if not _same(money, there):
            yield Difference(due.number, kind, f"must be {_listed(money)}, is {_listed(there)}")


def _is_office(wanted: str | None, stands: str | None) -> bool:
    """Whether a company's record is the order's, by their KPPs.

    An order without KPP takes the company's only record, a record without KPP stands for the company, and of two head
    offices (reason 01 in both KPPs) one is the other before it moved.
    """
    if wanted is None or stands is None or wanted == stands:
        return True
    return wanted[4:6] == stands[4:6] == "01"


def _same(due: list[Money], posted: list[Money]) -> bool:
    """Equal as bags; a due date that is not known takes any."""
    left = list(posted)
    for date, amount, method in sorted(due, key=lambda money: money[0] is None):
        match = next((m for m in left if m[1:] == (amount, method) and date in {None, m[0]}), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _listed(moneys: Iterable[Money]) -> str:
    return ", ".join(f"{amount} {method} on {date or 'any day'}" for date, amount, method in moneys) or "none"


def _by_rate(sale: Sale) -> str:
    return ", ".join(f"{rate} {amount}" for rate, amount in sorted(sale.vat.items()) if amount)
