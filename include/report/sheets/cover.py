"""The cover: what the workbook is of, how complete it is, and what shapes it."""

from __future__ import annotations

from collections.abc import Iterator

from include.facts import Count, said, several
from include.reconciliation.difference import Measure
from include.report.month import Month
from include.report.tables import Cell, Column, Kind, Row, Sheet, fixed

_COLUMNS = (
    Column("what", said("workbook_what"), Kind.LONG, 44),
    Column("value", said("workbook_value"), Kind.LONG, 80),
)


def cover(month: Month, checksum: str) -> Sheet:
    """``checksum``: of the rows of all other sheets."""
    about = fixed(
        "cover",
        said("workbook_title", month=month.window.date_from.strftime("%m.%Y")),
        _COLUMNS,
        _about(month, checksum),
    )
    settings = fixed("settings", said("workbook_settings"), _COLUMNS, month.cover.settings)
    return Sheet(said("workbook_cover"), (about, settings))


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
    return said("workbook_closed_by", until=closed.until, who=closed.by.who, at=closed.by.at)
