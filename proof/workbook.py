"""``python -m proof.workbook --documents 100000``: time and memory of writing the workbook of so large a month."""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import pathlib
import resource
import sys
import tempfile
import time
from decimal import Decimal

from kontur_hook.contract import DocumentKind, PaymentMethod, VatRate

from include.reconciliation.difference import Measure
from include.report.collecting import Rows, Terms
from include.report.dealings import Turnover
from include.report.files import Format, write
from include.report.month import Cover, Month, Sum
from include.report.rows import Buyer, BuyerKind, Document, InMonth, Money, Settlement, Standing
from include.report.sheets import sheets
from include.report.vat import Part
from include.window import Window
from include.words import Language

_MONTH = Window(dt.date(2026, 9, 1), dt.date(2026, 9, 30))
_NOTHING = Decimal(0)


def month(documents: int) -> Month:
    """Each document is of two rates and paid; every third buyer is a company."""
    rows = Rows(Terms(window=_MONTH, retail_name="Розничные покупатели", delivery_name="Доставка"))
    paid = Decimal(0)
    for number in range(documents):
        amount = Decimal(100_00 + number % 9_000_00) / 100
        order, here = str(1001 + number), InMonth(_MONTH.date_from + dt.timedelta(days=number % 30), amount)
        inn = f"{7_700_000_000 + number}"
        retail = Buyer(BuyerKind.RETAIL, "Розничные покупатели")
        buyer = retail if number % 3 else Buyer(BuyerKind.COMPANY, f"ООО «Покупатель {inn}»", inn, "770001001")
        id_ = hashlib.sha256(order.encode()).hexdigest()[:32]
        delivery = Part(VatRate.VAT22, Decimal("50.00"))
        parts = (Part(VatRate.VAT10, Decimal("50.00")), Part(VatRate.VAT22, amount - Decimal("50.00")))
        rows.documents.append(
            Document(
                order=order,
                number=order,
                kind=DocumentKind.SALE_INVOICE,
                buyer=buyer,
                standing=Standing.POSTED,
                posted=here,
                shop=here,
                parts=parts,
                delivery=delivery,
                came_back=False,
                id=id_,
            )
        )
        method = PaymentMethod.BANK_TRANSFER
        rows.payments.append(Money(order, buyer, method, "Банковская карта", Standing.POSTED, here, here, id_))
        rows.settlements.append(Settlement(order, buyer, Turnover(_NOTHING, amount, amount, _NOTHING, _NOTHING)))
        paid += amount
    cover = Cover(
        account="proof",
        connection="kontur_default",
        computed_at=dt.datetime(2026, 10, 2, 5),
        settings=(),
        days=30,
        uncovered=(),
    )
    ledger = dict.fromkeys((Measure.DOCUMENTS, Measure.PAYMENTS), Sum(documents, paid))
    return Month(cover=cover, rows=rows, ledger={**ledger, Measure.REFUNDS: Sum(0, Decimal(0))})


def main() -> int:
    """Print what it took."""
    parser = argparse.ArgumentParser(prog="python -m proof.workbook", description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000, help="of the month (default: %(default)s)")
    parser.add_argument("--format", type=Format, default=Format.XLSX, choices=list(Format))
    given = parser.parse_args()
    made = month(given.documents)
    began, worked = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch) / f"month.{given.format}"
        made.sort()
        write(file, sheets(made), Language.RU, given.format)
        size = file.stat().st_size
    seconds, worked = time.monotonic() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(
        f"{given.documents:,} documents and payments: {seconds:.0f} s ({worked:.0f} s of CPU), "
        f"peak {peak / 2**20:.0f} MiB, file {size / 2**20:.1f} MiB\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
