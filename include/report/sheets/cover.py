"""The cover: what the workbook is of, how complete it is, what the month comes to; and the settings that shape it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from include.facts import Count, said, several
from include.reconciliation.difference import Measure
from include.report.month import Month
from include.report.rows import Books
from include.report.sheets import labels
from include.report.sheets.sums import of_measure, total
from include.report.tables import Cell, Column, Kind, Row, Sheet, SumOf, Table, fixed

_NOTHING = "—"
_COLUMNS = (
    Column("what", said("workbook_what"), Kind.LONG, 44),
    Column("value", said("workbook_value"), Kind.LONG, 80),
)
_SIGNED = (said("workbook_prepared"), said("workbook_checked"))


def cover(month: Month, checksum: str) -> Sheet:
    """``checksum``: of the rows of all other sheets."""
    about = fixed(
        "cover",
        said("workbook_title", month=month.window.date_from.strftime("%m.%Y")),
        _COLUMNS,
        _about(month, checksum),
        is_stretched=True,
    )
    return Sheet(said("workbook_cover"), (about, _totals(month), _signatures()))


def settings(month: Month) -> Sheet:
    """Keys and values."""
    columns = (
        Column("key", said("workbook_setting"), Kind.TEXT, 44),
        Column("value", said("workbook_value"), Kind.LONG, 100),
    )
    rows = ((key, _value(value)) for key, value in month.cover.settings)
    return Sheet(said("workbook_settings"), (fixed("settings", said("workbook_settings_title"), columns, rows),))


def _value(value: str | bool) -> Cell:
    if isinstance(value, bool):
        return labels.BOOKS[Books.THIS_MONTH if value else Books.NOWHERE]
    return value or _NOTHING


def _totals(month: Month) -> Table:
    """Of shop and books; empty while not each day that is over was compared: a part must not pass for the month."""
    columns = (
        Column("measure", said("workbook_what"), Kind.TEXT, 44),
        Column("shop", said("workbook_shop_amount"), Kind.MONEY, 30),
        Column("books", said("workbook_books_amount"), Kind.MONEY, 25),
        Column("apart", said("workbook_apart"), Kind.MONEY, 25),
    )

    def row(measure: Measure) -> Row:
        books = month.books(measure)
        if books is None:
            return labels.MEASURES[measure], None, None, None
        shop = total(one.shop.amount for one in of_measure(month, measure))
        return (
            labels.MEASURES[measure],
            SumOf(shop, measure, "shop"),
            SumOf(books, "days", f"{measure}_books"),
            SumOf(month.apart(measure) or Decimal(0), "days", f"{measure}_apart"),
        )

    title, note = said("workbook_cover_totals"), said("workbook_cover_totals_note")
    return Table(name="totals", title=title, columns=columns, source=tuple(Measure), row=row, note=note)


def _signatures() -> Table:
    columns = (
        Column("role", said("workbook_signed"), Kind.TEXT, 44),
        Column("name", said("workbook_name_and_post"), Kind.TEXT, 30),
        Column("signature", said("workbook_signature"), Kind.TEXT, 25),
        Column("day", said("workbook_day"), Kind.TEXT, 25),
    )
    rows = tuple((role, None, None, None) for role in _SIGNED)
    title = said("workbook_signatures")
    return Table(name="signatures", title=title, columns=columns, source=rows, row=lambda row: row, lines=2)


def _about(month: Month, checksum: str) -> Iterator[Row]:
    about, window = month.cover, month.window
    yield said("workbook_account"), said("workbook_account_is", account=about.account, connection=about.connection)
    yield said("workbook_period"), said("workbook_period_is", first=window.date_from, last=window.date_to)
    yield said("workbook_computed"), about.computed_at
    yield said("workbook_covered"), _covered(month)
    yield said("workbook_unconfirmed_count"), month.rows.unconfirmed
    yield said("workbook_compared"), _compared(month)
    yield said("workbook_open_differences"), sum(one.is_open for one in month.differences)
    yield said("workbook_agreed"), _agreed(month)
    yield said("workbook_closed"), _closed(month)
    yield said("workbook_checksum"), checksum
    yield said("workbook_how_vat"), said("workbook_vat_note")


def _covered(month: Month) -> Cell:
    days, left = month.cover.days, month.cover.uncovered
    if not left:
        return said("workbook_all_covered", days=Count(days, "day"))
    return said("workbook_not_covered", covered=days - len(left), days=days, left=several(*left))


def _compared(month: Month) -> Cell:
    if not month.seen:
        return said("workbook_never_compared")
    oldest = min(one.read_at for one in month.seen)
    days = len({one.day for one in month.seen if one.measure is Measure.DOCUMENTS})
    return said("workbook_compared_at", at=oldest, days=days, all=len(month.days))


def _agreed(month: Month) -> Cell:
    agreed = month.cover.agreed
    return said("workbook_not_agreed") if agreed is None else said("workbook_agreed_by", who=agreed.who, at=agreed.at)


def _closed(month: Month) -> Cell:
    closed = month.cover.closed
    if closed is None:
        return said("workbook_not_closed")
    if closed.by is None:
        return said("workbook_closed_by_settings", until=closed.until)
    return said("workbook_closed_by", until=closed.until, who=closed.by.who, at=closed.by.at, why=closed.by.why)
