"""The sheets of the workbook: what each shows, and how it is worked out from the lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from include.report.month import Month
from include.report.sheets import groups, lists, sums, told
from include.report.sheets.cover import cover
from include.report.sheets.vat import vat
from include.report.tables import Sheet, value_of


def sheets(month: Month) -> tuple[Sheet, ...]:
    """All of them, in their order; the month's rows are sorted."""
    inside = [
        sums.summary(month),
        sums.by_day(month),
        vat(month),
        groups.buyers(month),
        groups.money(month),
        lists.advances(month),
        lists.debts(month),
        told.unposted(month),
        told.differences(month),
        *([told.changes(month)] if month.cover.agreed is not None else []),
        told.remarks(month),
        lists.documents(month),
        lists.payments(month),
        lists.refunds(month),
        lists.settlements(month),
    ]
    return (cover(month, checksum(inside)), *inside)


def checksum(of: Iterable[Sheet]) -> str:
    """SHA-256 of what the cells say, in whatever language: the same figures have the same one, whenever made."""
    found = hashlib.sha256()
    for sheet in of:
        for table in sheet.tables:
            found.update(table.name.encode())
            for row in table.rows():
                found.update(repr([value_of(cell) for cell in row]).encode())
    return found.hexdigest()
