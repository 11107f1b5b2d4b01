"""What shop, ledger and books come to, in sum and day by day: each a formula over the lists, and its value."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from include.facts import Count, said
from include.reconciliation.difference import Code, Measure
from include.report.month import Month
from include.report.packed import Packed
from include.report.rows import Document, Money, Standing
from include.report.sheets import labels
from include.report.tables import Along, Cell, Chart, Column, Kind, Own, Row, Sheet, SumOf, Table, fixed


def summary(month: Month) -> Sheet:
    """Shop, ledger and books in sum, with what parts them."""
    tables = (_sides(month), _ledger(month), _differences(month), _others(month))
    chart = Chart(said("workbook_chart"), "days", "day", ("documents_shop", "documents_posted", "documents_books"))
    return Sheet(said("workbook_summary"), tables, chart)


def _sides(month: Month) -> Table:
    columns = (
        Column("measure", said("workbook_what"), Kind.TEXT, 34),
        Column("shop", said("workbook_shop_amount"), Kind.MONEY, 17),
        Column("posted", said("workbook_posted_amount"), Kind.MONEY, 17),
        Column("books", said("workbook_books_amount"), Kind.MONEY, 17),
        Column("apart", said("workbook_apart"), Kind.MONEY, 17),
        Column("told", said("workbook_explained"), Kind.MONEY, 17),
        Column("rest", said("workbook_rest"), Kind.MONEY, 17),
    )

    def row(measure: Measure) -> Row:
        rows = of_measure(month, measure)
        shop, posted = total(r.shop.amount for r in rows), total(r.posted.amount for r in rows)
        books, apart = month.books(measure), month.apart(measure)
        told = total(d.effect for d in month.differences if d.measure is measure)
        by_measure = (("measure", labels.MEASURES[measure]),)
        return (
            labels.MEASURES[measure],
            SumOf(shop, measure, "shop"),
            SumOf(posted, measure, "posted"),
            None if books is None else SumOf(books, "days", f"{measure}_books"),
            None if apart is None else SumOf(apart, "days", f"{measure}_apart"),
            None if books is None else SumOf(told, "differences", "effect", by_measure),
            None if apart is None else Along(apart - told, ("apart",), ("told",)),
        )

    title, note = said("workbook_sides_title"), said("workbook_sides_note")
    return Table(name="sides", title=title, columns=columns, source=tuple(Measure), row=row, note=note)


def _ledger(month: Month) -> Table:
    columns = (
        Column("measure", said("workbook_what"), Kind.TEXT, 34),
        Column("count", said("workbook_count"), Kind.COUNT, 17),
        Column("ledger", said("workbook_ledger_amount"), Kind.MONEY, 17),
        Column("posted", said("workbook_rows_amount"), Kind.MONEY, 17),
        Column("rest", said("workbook_rest"), Kind.MONEY, 17),
    )

    def row(measure: Measure) -> Row:
        ledger = month.ledger[measure]
        posted = total(r.posted.amount for r in of_measure(month, measure) if r.standing is Standing.POSTED)
        over_rows = SumOf(posted, measure, "posted", (("standing", labels.STANDINGS[Standing.POSTED]),))
        return (
            labels.MEASURES[measure],
            ledger.operations,
            ledger.amount,
            over_rows,
            Along(ledger.amount - posted, ("ledger",), ("posted",)),
        )

    title = said("workbook_ledger_title")
    return Table(name="ledger", title=title, columns=columns, source=tuple(Measure), row=row)


def _differences(month: Month) -> Table:
    """By kind: how many, and what they come to; the sums of goods and of money do not add up to anything."""
    columns = (
        Column("kind", said("workbook_difference"), Kind.TEXT, 34),
        Column("count", said("workbook_count"), Kind.COUNT, 17, total=True),
        Column("open", said("workbook_open"), Kind.COUNT, 17, total=True),
        *(
            Column(f"{measure}_effect", said("workbook_effect_on", what=name), Kind.MONEY, 17, total=True)
            for measure, name in labels.MEASURES.items()
        ),
    )

    def effect(code: Code, measure: Measure) -> SumOf:
        value = total(one.effect for one in month.differences if (one.code, one.measure) == (code, measure))
        return SumOf(value, "differences", "effect", (("kind", Own("kind")), ("measure", labels.MEASURES[measure])))

    def row(code: Code) -> Row:
        found = [one for one in month.differences if one.code == code]
        effects = (effect(code, measure) for measure in Measure)
        return labels.difference(code), len(found), sum(one.is_open for one in found), *effects

    kinds = tuple(code for code in Code if any(one.code == code for one in month.differences))
    return Table(name="kinds", title=said("workbook_kinds_title"), columns=columns, source=kinds, row=row)


def _others(month: Month) -> Table:
    columns = (
        Column("what", said("workbook_what"), Kind.TEXT, 34),
        Column("amount", said("workbook_amount"), Kind.MONEY, 17),
    )
    books = month.books(Measure.DOCUMENTS)
    rows: list[Row] = []
    if books is not None:
        others = total(one.others_amount for one in month.seen)
        count = Count(sum(one.others for one in month.seen), "document")
        rows = [
            (said("workbook_ours"), SumOf(books, "days", "documents_books")),
            (said("workbook_others_count", count=count), SumOf(others, "days", "others")),
            (said("workbook_all_in_books"), SumOf(books + others, "days", "all")),
        ]
    return fixed("others", said("workbook_others_title"), columns, rows)


def by_day(month: Month) -> Sheet:
    """Each measure on each day; the days on which shop and books differ stand out.

    What Kontur has is added up only once each day that is over was compared: a part must not pass for the month.
    """
    columns = [Column("day", said("workbook_day"), Kind.DAY, 12)]
    apart = {measure: f"{measure}_apart" for measure in Measure}
    whole = {measure: month.books(measure) is not None for measure in Measure}
    for measure in Measure:
        what = labels.MEASURES[measure]
        columns += [
            Column(f"{measure}_shop", said("workbook_of_shop", what=what), Kind.MONEY, 14, total=True),
            Column(f"{measure}_posted", said("workbook_of_ledger", what=what), Kind.MONEY, 14, total=True),
            Column(f"{measure}_books", said("workbook_of_books", what=what), Kind.MONEY, 14, total=whole[measure]),
            Column(apart[measure], said("workbook_apart_of", what=what), Kind.MONEY, 14, total=whole[measure]),
        ]
    columns += [
        Column("others", said("workbook_others"), Kind.MONEY, 14, total=whole[Measure.DOCUMENTS]),
        Column("all", said("workbook_all_in_books"), Kind.MONEY, 14, total=whole[Measure.DOCUMENTS]),
    ]
    sums: collections.defaultdict[tuple[Measure, str, dt.date | None], Decimal] = collections.defaultdict(Decimal)
    for measure in Measure:
        for one in of_measure(month, measure):
            sums[measure, "shop", one.shop.day] += one.shop.amount
            sums[measure, "posted", one.posted.day] += one.posted.amount

    def row(day: dt.date) -> Row:
        cells: list[Cell] = [day]
        for measure in Measure:
            shop, books = sums[measure, "shop", day], month.books(measure, day)
            difference = None if books is None else Along(shop - books, (f"{measure}_shop",), (f"{measure}_books",))
            cells += [
                SumOf(shop, measure, "shop", (("shop_on", Own("day")),)),
                SumOf(sums[measure, "posted", day], measure, "posted", (("posted_on", Own("day")),)),
                books,
                difference,
            ]
        others = total(one.others_amount for one in month.seen if one.day == day)
        books = month.books(Measure.DOCUMENTS, day)
        compared = books is not None
        cells += [
            others if compared else None,
            Along(books + others, ("documents_books", "others")) if books is not None else None,
        ]
        return cells

    table = Table(
        name="days",
        title=said("workbook_days_title"),
        note=said("workbook_days_note"),
        columns=tuple(columns),
        source=month.days,
        row=row,
        marked=tuple(apart.values()),
    )
    return Sheet(said("workbook_days"), (table,))


def of_measure(month: Month, measure: Measure) -> Packed[Document] | Packed[Money]:
    """Its rows, whichever side has them."""
    match measure:
        case Measure.DOCUMENTS:
            return month.rows.documents
        case Measure.PAYMENTS:
            return month.rows.payments
        case Measure.REFUNDS:
            return month.rows.refunds


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Roubles."""
    return sum(amounts, start=Decimal(0))
