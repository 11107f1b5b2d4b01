"""September of a small shop: eight orders, each with one thing that matters; their sums are worked out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from include.accounting.clock import Clock
from include.accounting.context import Context
from include.accounting.in_ledger import Known
from include.accounting.money.received import received
from include.accounting.operations import Operation, SaleDocument
from include.accounting.payload import to_json
from include.accounting.rules import Rules
from include.accounting.unshipped import as_if_shipped
from include.bitrix.rows import Order
from include.facts import said
from include.ledger.operation import Kind, OperationRow, State
from include.reconciliation.difference import Measure
from include.report.collecting import Rows, Terms
from include.report.month import Cover, Difference, Month, ReceiptsDay, SeenDay, Sum
from include.report.rows import Decision, InMonth
from include.report.story import Story
from include.window import Window
from tests.accounting.orders import company, done, line, order, payment, plan, returned, rules, shop

SEPTEMBER = Window(dt.date(2026, 9, 1), dt.date(2026, 9, 30))
NOW = "2026-10-20 03:00:00"
RULES = rules(go_live=dt.date(2026, 1, 1), delivery_vat="vat22")
TERMS = Terms(window=SEPTEMBER, retail_name=RULES.accounting.retail_name, delivery_name=RULES.accounting.delivery_name)


def numbered(number: int, *lines: Any, **fields: Any) -> Order:
    """An order whose ID is its number."""
    return order(*lines, id=number, account_number=str(number), **fields)


RETAIL_WITHOUT_VAT = numbered(
    101, line("1000.00", vat=None), shipped="2026-09-05", payments=[payment(1, "1000.00", "2026-09-05", is_cash="Y")]
)
"""Without VAT, paid in cash on the day of shipment."""
COMPANY_PAID_IN_AUGUST = numbered(
    102,
    line("610.00", 2),
    shipped="2026-09-10",
    delivery="122.00",
    payments=[payment(2, "1342.00", "2026-08-30")],
    **company(),
)
"""22 %, 1,220 of goods and 122 of delivery: 242.00 of VAT, 22.00 of it the delivery's. An advance when it opens."""
COMPANY_PAID_IN_OCTOBER = numbered(
    103, line("100.00"), shipped="2026-09-20", payments=[payment(3, "100.00", "2026-10-03")], **company()
)
"""22 %: 100 × 22 / 122 = 18.0327…, 18.03 of VAT. A debt when the month ends, though it is paid by now."""
PAID_LONG_AGO = numbered(104, line("500.00"), shipped=None, payments=[payment(4, "500.00", "2026-08-15")])
"""Never shipped: an advance of 46 days, 500 × 22 / 122 = 90.1639…, 90.16 of VAT."""
REFUNDED = numbered(
    105,
    line("300.00", vat=None),
    shipped="2026-09-12",
    payments=[returned(5, "300.00", "2026-09-12", "2026-09-25")],
)
"""The money went back, the goods did not: 300 are owed again."""
SHIPPED_IN_OCTOBER = numbered(
    106,
    line("244.00"),
    shipped="2026-10-02",
    payments=[payment(6, "244.00", "2026-09-28")],
    **company("500100732259", None, "ИП Иванов"),
)
"""An advance at the month's end, though it is shipped by now: 44.00 of VAT."""
WRONG_INN = numbered(
    107,
    line("122.00"),
    shipped="2026-09-15",
    payments=[payment(7, "122.00", "2026-09-15")],
    **company("7707083894"),
)
"""Due and refused: 22.00 of VAT are not in the books."""
TWO_RATES = numbered(
    108,
    line("1000.00"),
    line("100.00", vat="0.10"),
    shipped=None,
    payments=[payment(8, "110.00", "2026-09-29")],
)
"""A tenth is paid: 100 for goods of 22 % (18.03 of VAT), 10 for those of 10 % (0.91)."""

ORDERS = (
    RETAIL_WITHOUT_VAT,
    COMPANY_PAID_IN_AUGUST,
    COMPANY_PAID_IN_OCTOBER,
    PAID_LONG_AGO,
    REFUNDED,
    SHIPPED_IN_OCTOBER,
    WRONG_INN,
    TWO_RATES,
)


def row(operation: Operation, state: State = State.DONE, **fields: Any) -> OperationRow:
    """An operation as the ledger has it; its id in Kontur is its key's."""
    document = operation if isinstance(operation, SaleDocument) else None
    given: dict[str, Any] = {
        "key": operation.key,
        "order_id": operation.order_id,
        "connection": "kontur_default",
        "kind": Kind(document.kind) if document else Kind(operation.key.split(":", maxsplit=1)[0]),
        "parent_key": None if isinstance(operation, SaleDocument) else operation.document_key,
        "state": state,
        "plan": to_json(operation),
        "document_date": operation.date,
        "amount": operation.total_amount if isinstance(operation, SaleDocument) else operation.amount,
        "doc_id": f"id-{operation.key}" if state is State.DONE else None,
    }
    return OperationRow(**(given | fields))


def story(
    an_order: Order,
    *,
    kept: Sequence[OperationRow] | None = None,
    then: Order | None = None,
    by: Rules = RULES,
    closed: Decision | None = None,
) -> Story:
    """The order with all that is due of it in the books; ``then``: as it was when that was posted.

    ``closed``: all that is said of it is.
    """
    due = plan(then or an_order, now=NOW, by=by).due
    known = done(*due)
    now = dt.datetime.fromisoformat(NOW)
    context = Context(order=an_order, shop=shop(), rules=by, known=Known(known, an_order.id), clock=Clock(now))
    planned = plan(an_order, known=known if kept is None else (), now=NOW, by=by)
    return Story(
        order_id=an_order.id,
        number=an_order.number,
        plan=planned,
        received=received(context),
        kept=[row(operation) for operation in due] if kept is None else kept,
        closed={finding.said: closed for finding in planned.findings} if closed is not None else {},
        unshipped=lambda day: as_if_shipped(an_order, shop(), by, day or now.date()),
    )


def rows_of(*stories: Story) -> Rows:
    """What they leave in September."""
    rows = Rows(TERMS)
    for one in stories:
        rows.add(one)
    return rows


def september() -> Rows:
    """The whole month."""
    return rows_of(*map(story, ORDERS))


def whole_month(**fields: Any) -> Month:
    """All that a workbook is made of; each day was seen to hold what is posted, and a sale of 70 that is not ours."""
    rows = september()
    posted = {
        Measure.DOCUMENTS: [d.posted for d in rows.documents],
        Measure.PAYMENTS: [p.posted for p in rows.payments],
        Measure.REFUNDS: [r.posted for r in rows.refunds],
    }
    days = [SEPTEMBER.date_from + dt.timedelta(days=n) for n in range(30)]
    seen = [
        SeenDay(
            measure=measure,
            day=day,
            books=sum((one.amount for one in posted[measure] if one.day == day), start=Decimal(0)),
            others=int(measure is Measure.DOCUMENTS and day.day == 3),
            others_amount=Decimal(70 * (measure is Measure.DOCUMENTS and day.day == 3)),
            read_at=dt.datetime(2026, 10, 2, 5),
        )
        for measure in Measure
        for day in days
    ]
    given: dict[str, Any] = {
        "cover": Cover(
            account="acc-1",
            connection="kontur_default",
            computed_at=dt.datetime.fromisoformat(NOW),
            settings=(("accounting.go_live", "01.01.2026"), ("accounting.require_kpp", False), ("shop.companies", "")),
            days=30,
            uncovered=(),
        ),
        "rows": rows,
        "ledger": {
            Measure.DOCUMENTS: Sum(4, Decimal("2742.00")),
            Measure.PAYMENTS: Sum(3, Decimal("1544.00")),
            Measure.REFUNDS: Sum(1, Decimal("300.00")),
        },
        "seen": tuple(seen),
        "differences": (WRONG_INN_DOCUMENT, WRONG_INN_PAYMENT),
        "receipts": (ReceiptsDay(dt.date(2026, 9, 5), Decimal(1000), Decimal(0)),),
    }
    month = Month(**(given | fields))
    month.sort()
    return month


def _not_posted(measure: Measure) -> Difference:
    return Difference(
        code="not_posted",
        measure=measure,
        order="107",
        said=said("difference_unexplained", why=said("unposted_unsaid")),
        shop=InMonth(dt.date(2026, 9, 15), Decimal("122.00")),
        books=InMonth(None, Decimal(0)),
        effect=Decimal("122.00"),
        is_open=True,
        first_seen=dt.date(2026, 9, 16),
        decided=None,
    )


WRONG_INN_DOCUMENT, WRONG_INN_PAYMENT = map(_not_posted, (Measure.DOCUMENTS, Measure.PAYMENTS))
