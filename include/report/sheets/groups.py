"""Buyers by kind, money by method and pay system, and the roll-forward of settlements."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator
from decimal import Decimal

from include.facts import Said, said
from include.reconciliation.difference import Measure
from include.report.month import Month
from include.report.rows import Books, BuyerKind, Income, Money
from include.report.sheets import labels
from include.report.sheets.sums import of_measure, total
from include.report.tables import Along, Column, CountOf, Kind, Own, Row, Sheet, SumOf, Table, fixed

_BUYER_KIND = (("buyer_kind", Own("buyer_kind")),)
_POSTED_NOW = ("books", labels.BOOKS[Books.THIS_MONTH])


def buyers(month: Month) -> Sheet:
    """What each kind of buyer bought, paid and got back, as it is posted; and how often."""
    columns = (
        Column("buyer_kind", said("workbook_buyer_kind"), Kind.TEXT, 26),
        Column("count", said("workbook_documents_count"), Kind.COUNT, 14, total=True),
        *(
            Column(measure, said("workbook_of_ledger", what=labels.MEASURES[measure]), Kind.MONEY, 18, total=True)
            for measure in Measure
        ),
    )

    posted_now = (one for one in month.rows.documents if one.books is Books.THIS_MONTH)
    counts: collections.Counter[BuyerKind] = collections.Counter(one.buyer.kind for one in posted_now)
    sums: collections.defaultdict[tuple[Measure, BuyerKind], Decimal] = collections.defaultdict(Decimal)
    for measure in Measure:
        for one in of_measure(month, measure):
            sums[measure, one.buyer.kind] += one.posted.amount

    def row(kind: BuyerKind) -> Row:
        posted = (SumOf(sums[measure, kind], measure, "posted", _BUYER_KIND) for measure in Measure)
        return (labels.BUYERS[kind], CountOf(counts[kind], "documents", (*_BUYER_KIND, _POSTED_NOW)), *posted)

    title = said("workbook_buyers_title")
    table = Table(name="buyers", title=title, columns=columns, source=_kinds(month), row=row)
    return Sheet(said("workbook_buyers"), (table, _turnover(month)))


def _turnover(month: Month) -> Table:
    """Opening advances and debts + documents − payments + refunds = closing, retail and companies apart."""
    columns = (
        Column("buyer_kind", said("workbook_buyer_kind"), Kind.TEXT, 26),
        Column("opening_debt", said("workbook_opening_debt"), Kind.MONEY, 14, total=True),
        Column("opening_advance", said("workbook_opening_advance"), Kind.MONEY, 18, total=True),
        Column("documents", said("workbook_plus_documents"), Kind.MONEY, 18, total=True),
        Column("payments", said("workbook_minus_payments"), Kind.MONEY, 18, total=True),
        Column("refunds", said("workbook_plus_refunds"), Kind.MONEY, 16, total=True),
        Column("closing", said("workbook_closing"), Kind.MONEY, 18, total=True),
        Column("debts", said("workbook_of_it_debts"), Kind.MONEY, 16, total=True),
        Column("advances", said("workbook_of_it_advances"), Kind.MONEY, 16, total=True),
        Column("rest", said("workbook_rest"), Kind.MONEY, 14, total=True),
    )

    def over(value: Decimal, column: str, table: str = "settlements") -> SumOf:
        return SumOf(value, table, column, _BUYER_KIND)

    sums: collections.defaultdict[tuple[BuyerKind, str], Decimal] = collections.defaultdict(Decimal)
    for settlement in month.rows.settlements:
        kind, turnover = settlement.buyer.kind, settlement.turnover
        sums[kind, "opening_debt"] += turnover.opening_debt
        sums[kind, "opening_advance"] += turnover.opening_advance
        sums[kind, "documents"] += turnover.documents
        sums[kind, "payments"] += turnover.payments
        sums[kind, "refunds"] += turnover.refunds
        sums[kind, "closing"] += turnover.closing
    for debt in month.rows.debts:
        sums[debt.buyer.kind, "debts"] += debt.amount
    for advance in month.rows.advances:
        sums[advance.buyer.kind, "advances"] += advance.amount

    def row(kind: BuyerKind) -> Row:
        closing, debts, advances = (sums[kind, name] for name in ("closing", "debts", "advances"))
        return (
            labels.BUYERS[kind],
            *(over(sums[kind, name], name) for name in ("opening_debt", "opening_advance")),
            *(over(sums[kind, measure], measure) for measure in Measure),
            Along(closing, ("opening_debt", "documents", "refunds"), ("opening_advance", "payments")),
            over(debts, "amount", "debts"),
            over(advances, "amount", "advances"),
            Along(closing - debts + advances, ("closing", "advances"), ("debts",)),
        )

    title, note = said("workbook_turnover_title"), said("workbook_settlements_note")
    return Table(name="turnover", title=title, columns=columns, source=_kinds(month), row=row, note=note)


def money(month: Month) -> Sheet:
    """Payments and refunds by method; all that came in, by pay system and by day; the cash registers beside it."""
    rows = month.rows
    tables = [
        _by_method("by_method", said("workbook_by_method"), "payments", rows.payments),
        _by_method("refunds_by_method", said("workbook_refunds_by_method"), "refunds", rows.refunds),
        _income(month),
    ]
    if month.receipts:
        tables.append(_receipts(month))
    return Sheet(said("workbook_money"), tuple(tables))


def _by_method(name: str, title: Said, source: str, rows: Iterable[Money]) -> Table:
    columns = (
        Column("method", said("workbook_method"), Kind.TEXT, 26),
        Column("posted", said("workbook_posted_amount"), Kind.MONEY, 28, total=True),
        Column("shop", said("workbook_shop_amount"), Kind.MONEY, 26, total=True),
    )
    where = (("method", Own("method")),)

    def cells() -> Iterator[Row]:
        for method, label in labels.METHODS.items():
            found = [one for one in rows if one.method is method]
            if found:
                posted, shop = total(r.posted.amount for r in found), total(r.shop.amount for r in found)
                yield label, SumOf(posted, source, "posted", where), SumOf(shop, source, "shop", where)

    return fixed(name, title, columns, cells())


def _income(month: Month) -> Table:
    columns = (
        Column("day", said("workbook_day"), Kind.DAY, 26),
        Column("pay_system", said("workbook_pay_system"), Kind.TEXT, 28),
        Column("fate", said("workbook_fate"), Kind.TEXT, 36),
        Column("count", said("workbook_count"), Kind.COUNT, 16, total=True),
        Column("amount", said("workbook_amount"), Kind.MONEY, 16, total=True),
    )

    def row(one: Income) -> Row:
        return one.day, one.pay_system, labels.FATES[one.fate], one.payments, one.amount

    title, note = said("workbook_income_title"), said("workbook_income_note")
    return Table(name="income", title=title, columns=columns, source=month.rows.income, row=row, note=note)


def _receipts(month: Month) -> Table:
    columns = (
        Column("day", said("workbook_day"), Kind.DAY, 26),
        Column("income", said("workbook_receipts_income"), Kind.MONEY, 28, total=True),
        Column(
            "payments", said("workbook_of_shop", what=labels.MEASURES[Measure.PAYMENTS]), Kind.MONEY, 26, total=True
        ),
        Column("returns", said("workbook_receipts_returns"), Kind.MONEY, 16, total=True),
        Column("refunds", said("workbook_of_shop", what=labels.MEASURES[Measure.REFUNDS]), Kind.MONEY, 16, total=True),
    )
    sums: collections.defaultdict[tuple[Measure, object], Decimal] = collections.defaultdict(Decimal)
    for measure in (Measure.PAYMENTS, Measure.REFUNDS):
        for one in of_measure(month, measure):
            sums[measure, one.shop.day] += one.shop.amount
    where = (("shop_on", Own("day")),)
    printed = {one.day: one for one in month.receipts}
    days = [d for d in month.days if d in printed or sums[Measure.PAYMENTS, d] or sums[Measure.REFUNDS, d]]
    rows = (
        (
            day,
            printed[day].income if day in printed else None,
            SumOf(sums[Measure.PAYMENTS, day], Measure.PAYMENTS, "shop", where),
            printed[day].returns if day in printed else None,
            SumOf(sums[Measure.REFUNDS, day], Measure.REFUNDS, "shop", where),
        )
        for day in days
    )
    return fixed("receipts", said("workbook_receipts_title"), columns, rows, said("workbook_receipts_note"))


def _kinds(month: Month) -> tuple[BuyerKind, ...]:
    """Those that occur."""
    rows = month.rows
    found = {one.buyer.kind for part in (rows.documents, rows.payments, rows.refunds) for one in part}
    found |= {one.buyer.kind for one in rows.settlements}
    return tuple(kind for kind in BuyerKind if kind in found)
