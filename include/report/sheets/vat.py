"""VAT by rate: what is posted; what is due and not posted; what came back; the delivery's part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.sale.by_rate import percent
from include.facts import Said, said
from include.report.month import Month
from include.report.rows import Books
from include.report.sheets import labels
from include.report.sheets.lists import gross_key, vat_key
from include.report.tables import Along, Column, Condition, Kind, Own, Row, Sheet, SumOf, Table, fixed
from include.report.vat import Part, in_order

_COLUMNS = (
    Column("rate", said("workbook_rate"), Kind.TEXT, 26),
    Column("gross", said("workbook_gross"), Kind.MONEY, 18, total=True),
    Column("base", said("workbook_base"), Kind.MONEY, 18, total=True),
    Column("vat", said("workbook_tax"), Kind.MONEY, 18, total=True),
)
_POSTED: tuple[Condition, ...] = (("books", labels.BOOKS[Books.THIS_MONTH]),)
_DUE: tuple[Condition, ...] = (("books", labels.BOOKS[Books.NOWHERE]),)


def vat(month: Month) -> Sheet:
    """The blocks, each a table."""
    posted, due, back, delivery = _Rates(), _Rates(), _Rates(), _Rates()
    for one in month.rows.documents:
        if one.books is Books.NOWHERE:
            due.add(one.parts)
        elif one.books is Books.THIS_MONTH:
            posted.add(one.parts)
            back.add(one.parts if one.came_back else ())
            delivery.add((one.delivery,) if one.delivery is not None else ())
    differs = month.delivery_is_untaxed and delivery.tax
    on_receipts = said("workbook_vat_receipts", vat=delivery.tax) if differs else None
    return Sheet(
        said("workbook_vat"),
        (
            _block("vat_posted", said("workbook_vat_posted"), posted, _POSTED, note=said("workbook_vat_note")),
            _block("vat_due", said("workbook_vat_due"), due, _DUE),
            _block("vat_back", said("workbook_vat_back"), back, (*_POSTED, ("back", labels.YES))),
            fixed("vat_delivery", said("workbook_vat_delivery"), _COLUMNS, _delivery_rows(delivery), on_receipts),
        ),
    )


class _Rates:
    """Adds up by rate; VAT is what each document's comes to together."""

    def __init__(self) -> None:
        self._sums: dict[VatRate | None, tuple[Decimal, Decimal]] = {}

    def add(self, parts: Iterable[Part]) -> None:
        for part in parts:
            gross, tax = self._sums.get(part.rate, (Decimal(0), Decimal(0)))
            self._sums[part.rate] = gross + part.gross, tax + part.vat

    @property
    def tax(self) -> Decimal:
        """Of all rates."""
        return sum((tax for _, tax in self._sums.values()), start=Decimal(0))

    def rows(self) -> Iterator[tuple[VatRate | None, Decimal, Decimal]]:
        """Rate, gross and VAT, the lowest rate first."""
        for rate in sorted(self._sums, key=in_order):
            yield rate, *self._sums[rate]


def _block(name: str, title: Said, rates: _Rates, where: tuple[Condition, ...], note: Said | None = None) -> Table:
    rows: list[Row] = []
    for rate, gross, tax in rates.rows():
        over_tax = SumOf(tax, "documents", vat_key(rate), where) if rate is not None and percent(rate) else tax
        base = Along(gross - tax, ("gross",), ("vat",))
        rows.append((labels.rate(rate), SumOf(gross, "documents", gross_key(rate), where), base, over_tax))
    return fixed(name, title, _COLUMNS, rows, note)


def _delivery_rows(rates: _Rates) -> Iterator[Row]:
    where = (*_POSTED, ("delivery_rate", Own("rate")))
    for rate, gross, tax in rates.rows():
        yield (
            labels.rate(rate),
            SumOf(gross, "documents", "delivery", where),
            Along(gross - tax, ("gross",), ("vat",)),
            SumOf(tax, "documents", "delivery_vat", where),
        )
