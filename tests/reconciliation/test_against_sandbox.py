"""A month in real books: posted over HTTP, damaged by a person's hand, read back and compared."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from kontur_hook.hook import KonturHook

from include.accounting.operations import Operation
from include.reconciliation.sides import Depth
from sandbox.kontur.serving import Sandbox
from tests.reconciliation import in_kontur
from tests.reconciliation.three_sides import MARCH, paid, refunded, sale

ORDERS = range(1001, 1011)


def operations() -> list[Operation]:
    """Ten orders of a month: one document each, paid, the last one given back."""
    found: list[Operation] = []
    for place, order in enumerate(ORDERS):
        day = str(dt.date(2026, 3, 3 * place + 1))
        payment = paid(day, "1000.00", id_=order, order=order)
        found += [sale(day, "1000.00", order=order), payment]
        if order == ORDERS[-1]:
            found.append(refunded(payment, "03-30"))
    return found


def test_a_month_in_real_books(kontur: Sandbox) -> None:
    hook = KonturHook()
    buyer = in_kontur.buyer(hook)
    due = operations()
    rows = in_kontur.post(hook, buyer, due)
    ids = {row.key: row.doc_id for row in rows}
    for depth, asked in ((Depth.FULL, len(ORDERS)), (Depth.HEADERS, 0)):
        found = in_kontur.compared(hook, due, rows, depth, MARCH)
        assert (found.rows, found.asked) == ([], asked)
    assert [line.books for line in found.month.totals] == [Decimal(10000), Decimal(10000), Decimal(1000)]

    def document(order: int) -> str:
        return f"/documents/{ids[f'sale:{order}']}"

    kontur.control("DELETE", document(1001))
    kontur.control("POST", document(1002) + "/copy", {"date": "2026-03-11"})
    kontur.control("PATCH", document(1003), {"date": "2026-04-01"})
    kontur.control("PATCH", document(1004), {"totalAmount": 1000.01})
    kontur.control("PATCH", document(1005), {"comment": "проверено"})
    line = {"name": "Чашка", "quantity": 1, "price": 1000, "vatRate": "vat22", "unit": "шт"}
    kontur.control("PATCH", document(1006), {"items": [line]})
    money = {"date": "2026-03-20", "amount": 5, "paymentMethod": "Cash"}
    kontur.control("POST", document(1007) + "/payments", money)
    typed = {
        "date": "2026-03-22",
        "number": "1008",
        "counterpartyId": buyer,
        "items": [line | {"price": 990}],
        "totalAmount": 990,
        "comment": "",
    }
    kontur.control("POST", "/accounts/demo/documents/saleinvoices", typed)

    full = in_kontur.compared(hook, due, rows, Depth.FULL, MARCH)
    assert sorted((row.code.value, row.number, row.measure.value) for row in full.rows) == [
        ("doubled", "1002", "documents"),
        ("edited", "1004", "documents"),
        ("edited", "1005", "documents"),
        ("edited", "1006", "documents"),
        ("moved", "1003", "documents"),
        ("payment_extra", "1007", "payments"),
        ("payment_missing", "1001", "payments"),
        ("typed_by_hand", "1008", "documents"),
        ("vanished", "1001", "documents"),
    ]
    assert full.asked == len(ORDERS) + 1  # and the copy
    documents = full.month.totals[0]
    in_march = [row for row in kontur.books.documents() if row["date"].startswith("2026-03")]
    assert documents.books + full.month.others.amount == sum(row["total"] for row in in_march)
    assert (documents.shop, documents.books) == (Decimal(10000), Decimal("9000.01"))
    assert full.month.holds

    headers = in_kontur.compared(hook, due, rows, Depth.HEADERS, MARCH)
    assert headers.asked == 3  # 1001 and 1003 are in no list of the month, 1005 has lost its marker
    assert [row.number for row in headers.rows if row.measure.value == "documents"] == [
        row.number for row in full.rows if row.measure.value == "documents" and row.number != "1006"
    ]
