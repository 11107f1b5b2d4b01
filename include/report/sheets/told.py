"""What is said in words: differences and decisions, what is not posted, remarks, what came after agreement."""

from __future__ import annotations

from include.facts import said
from include.report.month import Change, Difference, Month
from include.report.rows import Decision, Remark, Unposted
from include.report.sheets import labels
from include.report.tables import Along, Column, Kind, Lines, Row, Sheet, Table

_DECIDED = (
    Column("who", said("workbook_decided_by"), Kind.TEXT, 12),
    Column("at", said("workbook_decided_at"), Kind.MOMENT, 16),
    Column("decision", said("workbook_decided_why"), Kind.LONG, 18),
)
"""Columns of :func:`_decided`."""


def differences(month: Month) -> Sheet:
    """Of shop and books, with what was decided."""
    columns = (
        Column("kind", said("workbook_difference"), Kind.LONG, 18),
        Column("measure", said("workbook_what"), Kind.TEXT, 11),
        Column("order", said("workbook_order"), Kind.TEXT, 8),
        Column("said", said("workbook_said"), Kind.LONG, 52),
        Column("shop_on", said("workbook_shop_on"), Kind.DAY, 11),
        Column("shop", said("workbook_shop_amount"), Kind.MONEY, 13),
        Column("books_on", said("workbook_books_on"), Kind.DAY, 11),
        Column("books", said("workbook_books_amount"), Kind.MONEY, 13),
        Column("effect", said("workbook_effect"), Kind.MONEY, 13),
        Column("seen", said("workbook_first_seen"), Kind.DAY, 11),
        Column("open", said("workbook_open"), Kind.TEXT, 8),
        *_DECIDED,
    )

    def row(one: Difference) -> Row:
        return (
            labels.difference(one.code),
            labels.MEASURES[one.measure],
            one.order,
            one.said,
            one.shop.day,
            one.shop.amount or None,
            one.books.day,
            one.books.amount or None,
            one.effect,
            one.first_seen,
            labels.YES if one.is_open else None,
            *_decided(one.decided),
        )

    title, note = said("workbook_differences_title"), said("workbook_differences_note")
    source = month.differences
    return Sheet(
        said("workbook_differences"),
        (Table(name="differences", title=title, columns=columns, source=source, row=row, note=note),),
    )


def unposted(month: Month) -> Sheet:
    """What is due and not in the books, and why."""
    columns = (
        Column("order", said("workbook_order"), Kind.TEXT, 12),
        Column("what", said("workbook_what"), Kind.TEXT, 18),
        Column("day", said("workbook_shop_on"), Kind.DAY, 11),
        Column("amount", said("workbook_amount"), Kind.MONEY, 15),  # no total: goods and their money are not one sum
        Column("why", said("workbook_why"), Kind.LONG, 100),
        *_DECIDED,
    )

    def row(one: Unposted) -> Row:
        return one.order, one.what, one.day, one.amount, Lines(one.reasons), *_decided(one.decided)

    title = said("workbook_unposted_title")
    table = Table(name="unposted", title=title, columns=columns, source=month.rows.unposted, row=row)
    return Sheet(said("workbook_unposted"), (table,))


def remarks(month: Month) -> Sheet:
    """What was found of the month's orders."""
    columns = (
        Column("order", said("workbook_order"), Kind.TEXT, 12),
        Column("verdict", said("workbook_verdict"), Kind.TEXT, 38),
        Column("said", said("workbook_said"), Kind.LONG, 90),
        *_DECIDED,
    )

    def row(one: Remark) -> Row:
        verdict = labels.VERDICTS[one.verdict] if one.decided is None else labels.SETTLED
        return one.order, verdict, one.said, *_decided(one.decided)

    title = said("workbook_remarks_title")
    table = Table(name="remarks", title=title, columns=columns, source=month.rows.remarks, row=row)
    return Sheet(said("workbook_remarks"), (table,))


def changes(month: Month) -> Sheet:
    """What is another sum than when the month was agreed."""
    columns = (
        Column("measure", said("workbook_what"), Kind.TEXT, 18),
        Column("day", said("workbook_day"), Kind.DAY, 12),
        Column("shop_then", said("workbook_shop_then"), Kind.MONEY, 18),
        Column("shop_now", said("workbook_shop_now"), Kind.MONEY, 18),
        Column("shop", said("workbook_change"), Kind.MONEY, 18, total=True),
        Column("books_then", said("workbook_books_then"), Kind.MONEY, 18),
        Column("books_now", said("workbook_books_now"), Kind.MONEY, 18),
        Column("books", said("workbook_change"), Kind.MONEY, 18, total=True),
        Column("others_then", said("workbook_others_then"), Kind.MONEY, 18),
        Column("others_now", said("workbook_others_now"), Kind.MONEY, 18),
    )

    def row(one: Change) -> Row:
        return (
            labels.MEASURES[one.measure],
            one.day,
            one.shop_then,
            one.shop_now,
            Along(one.shop_now - one.shop_then, ("shop_now",), ("shop_then",)),
            one.books_then,
            one.books_now,
            Along(one.books_now - one.books_then, ("books_now",), ("books_then",)),
            one.others_then or None,
            one.others_now or None,
        )

    title = said("workbook_changes_title")
    table = Table(name="changes", title=title, columns=columns, source=month.changes, row=row)
    return Sheet(said("workbook_changes"), (table,))


def _decided(decision: Decision | None) -> Row:
    """Cells of a person's decision; empty where there is none."""
    return decision if decision is not None else (None, None, None)
