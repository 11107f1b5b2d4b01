"""The long lists: one row a document, payment, refund or order. All else is summed up from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kontur_hook.contract import VatRate

from include.accounting.sale.by_rate import percent
from include.facts import Number, Said, said
from include.report.month import Month
from include.report.rows import Advance, Debt, Document, Money, Settlement
from include.report.sheets import labels
from include.report.tables import Column, Kind, Row, Sheet, Table
from include.report.vat import Part, in_order

LONG_AGO = 30
"""Days after which an advance is marked."""

_WHOSE = (
    Column("order", said("workbook_order"), Kind.TEXT, 10),
    Column("buyer", said("workbook_buyer"), Kind.TEXT, 30),
    Column("inn", said("workbook_inn"), Kind.TEXT, 13),
    Column("buyer_kind", said("workbook_buyer_kind"), Kind.TEXT, 17),
)
"""Columns of :func:`_whose`."""

Rates = tuple[VatRate | None, ...]


def rates_of(rows: Iterable[Document] | Iterable[Advance]) -> Rates:
    """Those that occur, in their order."""
    return tuple(sorted({part.rate for row in rows for part in row.parts}, key=in_order))


def gross_key(rate: VatRate | None) -> str:
    """The column of what has a rate."""
    return f"gross_{rate}"


def vat_key(rate: VatRate | None) -> str:
    """The column of its VAT."""
    return f"vat_{rate}"


def documents(month: Month) -> Sheet:
    """All documents."""
    rates = rates_of(month.rows.documents)
    columns = (
        Column("order", said("workbook_order"), Kind.TEXT, 10),
        Column("number", said("workbook_number"), Kind.TEXT, 10),
        Column("posted_on", said("workbook_posted_on"), Kind.DAY, 11),
        Column("shop_on", said("workbook_shop_on"), Kind.DAY, 11),
        Column("kind", said("workbook_kind"), Kind.TEXT, 11),
        Column("buyer", said("workbook_buyer"), Kind.TEXT, 30),
        Column("inn", said("workbook_inn"), Kind.TEXT, 13),
        Column("kpp", said("workbook_kpp"), Kind.TEXT, 10),
        Column("buyer_kind", said("workbook_buyer_kind"), Kind.TEXT, 17),
        Column("standing", said("workbook_standing"), Kind.TEXT, 28),
        Column("books", said("workbook_in_books"), Kind.TEXT, 13),
        Column("back", said("workbook_came_back"), Kind.TEXT, 11),
        Column("posted", said("workbook_posted_amount"), Kind.MONEY, 15, total=True),
        Column("shop", said("workbook_shop_amount"), Kind.MONEY, 15, total=True),
        *_rate_columns(rates),
        Column("delivery", said("workbook_delivery"), Kind.MONEY, 11, total=True),
        Column("delivery_rate", said("workbook_delivery_rate"), Kind.TEXT, 10),
        Column("delivery_vat", said("workbook_delivery_vat"), Kind.MONEY, 11, total=True),
        Column("id", said("workbook_id"), Kind.TEXT, 38, is_printed=False),
    )

    def row(one: Document) -> Row:
        delivery = one.delivery
        return (
            one.order,
            one.number,
            one.posted.day,
            one.shop.day,
            labels.KINDS[one.kind],
            one.buyer.name,
            one.buyer.inn,
            one.buyer.kpp,
            labels.BUYERS[one.buyer.kind],
            labels.STANDINGS[one.standing],
            labels.BOOKS[one.books],
            labels.YES if one.came_back else None,
            one.posted.amount,
            one.shop.amount,
            *_by_rate(one.parts, rates),
            delivery and delivery.gross,
            delivery and labels.rate(delivery.rate),
            delivery and delivery.vat,
            one.id,
        )

    return _list(
        said("workbook_documents"),
        Table(
            name="documents",
            title=said("workbook_documents_title"),
            columns=columns,
            source=month.rows.documents,
            row=row,
            note=said("workbook_vat_note"),
        ),
    )


def payments(month: Month) -> Sheet:
    """All payments."""
    return _list(said("workbook_payments"), _money("payments", said("workbook_payments_title"), month.rows.payments))


def refunds(month: Month) -> Sheet:
    """All refunds."""
    return _list(said("workbook_refunds"), _money("refunds", said("workbook_refunds_title"), month.rows.refunds))


def settlements(month: Month) -> Sheet:
    """All orders with a balance or a turnover."""
    columns = (
        Column("order", said("workbook_order"), Kind.TEXT, 10),
        Column("inn", said("workbook_inn"), Kind.TEXT, 13),
        Column("buyer_kind", said("workbook_buyer_kind"), Kind.TEXT, 17),
        Column("opening_debt", said("workbook_opening_debt"), Kind.MONEY, 15, total=True),
        Column("opening_advance", said("workbook_opening_advance"), Kind.MONEY, 15, total=True),
        Column("documents", said("workbook_plus_documents"), Kind.MONEY, 15, total=True),
        Column("payments", said("workbook_minus_payments"), Kind.MONEY, 15, total=True),
        Column("refunds", said("workbook_plus_refunds"), Kind.MONEY, 15, total=True),
        Column("closing", said("workbook_closing"), Kind.MONEY, 15, total=True),
    )

    def row(one: Settlement) -> Row:
        turnover = one.turnover
        return (
            one.order,
            one.buyer.inn,
            labels.BUYERS[one.buyer.kind],
            turnover.opening_debt or None,
            turnover.opening_advance or None,
            turnover.documents or None,
            turnover.payments or None,
            turnover.refunds or None,
            turnover.closing or None,
        )

    title = said("workbook_settlements_title")
    source = month.rows.settlements
    note = said("workbook_settlements_note")
    table = Table(name="settlements", title=title, columns=columns, source=source, row=row, note=note)
    return _list(said("workbook_settlements"), table)


def advances(month: Month) -> Sheet:
    """Money that waits for goods at the month's end."""
    rates = rates_of(month.rows.advances)
    last = month.window.date_to
    columns = (
        *_WHOSE,
        Column("paid", said("workbook_paid_on"), Kind.DAY, 11),
        Column("days", said("workbook_days_held"), Kind.COUNT, 8),
        Column("old", said("workbook_long_ago", days=LONG_AGO), Kind.TEXT, 12),
        Column("amount", said("workbook_advance"), Kind.MONEY, 15, total=True),
        *_rate_columns(rates, calculated=True),
        Column("shipped", said("workbook_shipped_later"), Kind.DAY, 14),
        Column("returned", said("workbook_returned_later"), Kind.DAY, 14),
    )

    def row(one: Advance) -> Row:
        days = (last - one.paid).days
        return (
            *_whose(one),
            one.paid,
            days,
            labels.YES if days > LONG_AGO else None,
            one.amount,
            *_by_rate(one.parts, rates),
            one.shipped,
            one.returned,
        )

    title = said("workbook_advances_title", day=last)
    note = said("workbook_advances_note")
    source = month.rows.advances
    table = Table(name="advances", title=title, columns=columns, source=source, row=row, note=note)
    return _list(said("workbook_advances"), table)


def debts(month: Month) -> Sheet:
    """What is shipped and not paid at the month's end."""
    last = month.window.date_to
    columns = (
        *_WHOSE,
        Column("shipped", said("workbook_shipped_on"), Kind.DAY, 11),
        Column("days", said("workbook_days_owed"), Kind.COUNT, 8),
        Column("amount", said("workbook_debt"), Kind.MONEY, 15, total=True),
        Column("other", said("workbook_other_paid"), Kind.MONEY, 18),
    )

    def row(one: Debt) -> Row:
        days = (last - one.shipped).days
        return *_whose(one), one.shipped, days, one.amount, one.other or None

    title = said("workbook_debts_title", day=last)
    note = said("workbook_debts_note")
    source = month.rows.debts
    table = Table(name="debts", title=title, columns=columns, source=source, row=row, note=note)
    return _list(said("workbook_debts"), table)


def _whose(one: Advance | Debt) -> tuple[str | Said, ...]:
    """The order and its buyer."""
    return one.order, one.buyer.name, one.buyer.inn, labels.BUYERS[one.buyer.kind]


def _money(name: str, title: Said, source: Sequence[Money]) -> Table:
    columns = (
        Column("order", said("workbook_order"), Kind.TEXT, 10),
        Column("posted_on", said("workbook_posted_on"), Kind.DAY, 11),
        Column("shop_on", said("workbook_shop_on"), Kind.DAY, 11),
        Column("buyer_kind", said("workbook_buyer_kind"), Kind.TEXT, 17),
        Column("method", said("workbook_method"), Kind.TEXT, 16),
        Column("pay_system", said("workbook_pay_system"), Kind.TEXT, 26),
        Column("standing", said("workbook_standing"), Kind.TEXT, 28),
        Column("posted", said("workbook_posted_amount"), Kind.MONEY, 15, total=True),
        Column("shop", said("workbook_shop_amount"), Kind.MONEY, 15, total=True),
        Column("id", said("workbook_id"), Kind.TEXT, 38, is_printed=False),
    )

    def row(one: Money) -> Row:
        return (
            one.order,
            one.posted.day,
            one.shop.day,
            labels.BUYERS[one.buyer.kind],
            labels.METHODS[one.method],
            one.pay_system,
            labels.STANDINGS[one.standing],
            one.posted.amount,
            one.shop.amount,
            one.id,
        )

    return Table(name=name, title=title, columns=columns, source=source, row=row)


def _rate_columns(rates: Rates, *, calculated: bool = False) -> tuple[Column, ...]:
    found = []
    for rate in rates:
        label = _calculated(rate) if calculated else labels.rate(rate)
        found.append(Column(gross_key(rate), said("workbook_gross_at", rate=label), Kind.MONEY, 14, total=True))
        if rate is not None and percent(rate):
            found.append(Column(vat_key(rate), said("workbook_vat_at", rate=label), Kind.MONEY, 12, total=True))
    return tuple(found)


def _calculated(rate: VatRate | None) -> Said:
    """22/122 of 22 %."""
    if rate is None or not percent(rate):
        return labels.rate(rate)
    return said("workbook_calculated_rate", rate=Number(percent(rate)), whole=Number(100 + percent(rate)))


def _by_rate(parts: Sequence[Part], rates: Rates) -> Row:
    """Cells for :func:`_rate_columns`."""
    by_rate = {part.rate: part for part in parts}
    cells: list[object] = []
    for rate in rates:
        part = by_rate.get(rate)
        cells.append(part and part.gross)
        if rate is not None and percent(rate):
            cells.append(part and part.vat)
    return cells  # type: ignore[return-value]


def _list(name: Said, table: Table) -> Sheet:
    return Sheet(name, (table,))
