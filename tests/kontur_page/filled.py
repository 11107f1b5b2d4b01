"""A small ledger, as a month of nights leaves one: worked out by hand, so that the screens can be read against it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from kontur_hook.contract import CounterpartyType, DocumentKind, VatRate

from include.accounting.findings import found
from include.accounting.operations import Counterparty, Finding, Item, SaleDocument, Verdict
from include.accounting.payload import to_json
from include.accounting.stored_findings import findings_to_json
from include.facts import Inn, Said, said
from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.differences import DifferenceRow, Differences
from include.ledger.orders import OrderRow, Orders

AT = dt.datetime(2026, 10, 1, 2, 0)
"""When everything was read and posted, UTC; five o'clock by the shop."""
TYPO = said("inn_checksum", inn=Inn("7707083894"))
UNPAID = said("paid_without_payment", total=Decimal("1500.00"))
SALE = SaleDocument(
    key="sale:5",
    order_id=5,
    kind=DocumentKind.SALE_INVOICE,
    date=dt.date(2026, 9, 5),
    number="1005",
    counterparty=Counterparty(
        inn="7707083893", kpp="773601001", name="ООО «Ромашка»", type=CounterpartyType.LEGAL_ENTITY
    ),
    items=(
        Item(name="Куртка", quantity=Decimal("3"), price=Decimal("1333.3333"), vat_rate=VatRate.VAT22, unit="шт"),
        Item(name="Доставка", quantity=Decimal("1"), price=Decimal("1000.00"), vat_rate=VatRate.NONE, unit="шт"),
    ),
    total_amount=Decimal("5000.00"),
    comment="BX1-S5-00",
    marker="BX1-S5-00",
)
"""3 × 1,333.3333 is 4,000.00, rounded."""
GONE = said(
    "difference_vanished",
    document=said("books_document", number="1005", day=dt.date(2026, 9, 5), total=Decimal("5000.00")),
    id="doc-5",
    remedy=said("vanished_restore"),
)


def fill(database: LedgerDatabase, *, waiting: int = 3) -> None:
    """Orders 1–3 wait for a person (1 and 2 for their INN), 4 is not confirmed, 5 is posted, 6 is held."""
    with database.open() as session:
        Orders(session).save([_typo(number) for number in range(1, waiting)])
        states = (("review", UNPAID, "1500.00"), ("unknown", None, "700.00"), ("done", None, "5000.00"))
        rows = [_order(waiting + place, *state) for place, state in enumerate((*states, ("held", None, "900.00")))]
        Orders(session).save(rows)
        session.execute("UPDATE local_kontur_bukh_order SET inn = '7707083893' WHERE state = 'done'")
        _operation(session, "sale:4", waiting + 1, "saleinvoice", "unknown", "700.00", None)
        _operation(session, "sale:5", waiting + 2, "saleinvoice", "done", "5000.00", "doc-5")
        _operation(session, "payment:5", waiting + 2, "payment", "done", "5000.00", "pay-5", "sale:5")
        _operation(session, "payment:6", waiting + 3, "payment", "held", "900.00", None, "sale:6")
        session.execute("UPDATE local_kontur_bukh_operation SET plan = %s WHERE op_key = 'sale:5'", [to_json(SALE)])
        _attempts(session)
        _reconciled(session, waiting + 2)


def _typo(order_id: int) -> OrderRow:
    return _order(order_id, "rejected", TYPO, "250.50")


def _order(order_id: int, state: str, problem: Said | None, total: str) -> OrderRow:
    findings = [] if problem is None else [Finding(verdict=_verdict(state), code=problem.code, facts=problem.facts)]
    if state == "done":
        findings.append(found(Verdict.NOTED, "store_credit", payment=9, amount=Decimal("100.00")))
    return OrderRow(
        order_id=order_id,
        number=str(1000 + order_id),
        site="s1",
        connection="kontur_default",
        state=state,
        code=None if problem is None else problem.code,
        problems=() if problem is None else (problem,),
        findings=findings_to_json(findings),
        run_id="scheduled__1",
        total=Decimal(total),
    )


def _verdict(state: str) -> Verdict:
    return Verdict.REVIEW if state == "review" else Verdict.REJECTED


def _operation(
    session: Session,
    key: str,
    order_id: int,
    kind: str,
    state: str,
    amount: str,
    doc_id: str | None,
    parent: str | None = None,
) -> None:
    sent = state in {"done", "unknown"}
    session.execute(
        "INSERT INTO local_kontur_bukh_operation (op_key, order_id, connection, kind, parent_key, state, epoch,"
        " uncertain, payload, marker, document_date, amount, doc_id, run_id, created_at, updated_at, done_at)"
        " VALUES (%s, %s, 'kontur_default', %s, %s, %s, 3, %s, %s, %s, '2026-09-05', %s, %s, 'scheduled__1',"
        " %s, %s, %s)",
        [
            key,
            order_id,
            kind,
            parent,
            state,
            state == "unknown",
            '{"number":"1005","totalAmount":5000.00}' if sent else None,
            None if parent else f"BX1-S{order_id}-00",
            amount,
            doc_id,
            AT,
            AT,
            AT if state == "done" else None,
        ],
    )


def _attempts(session: Session) -> None:
    for key, outcome, status in (("sale:5", "created", 201), ("sale:4", "unknown", None)):
        session.execute(
            "INSERT INTO local_kontur_bukh_attempt (op_key, epoch, run_id, repost, sent_at, ended_at, outcome,"
            " http_status, trace_id, detail) VALUES (%s, 2, 'scheduled__1', 0, %s, %s, %s, %s, %s, 'read timeout')",
            [key, AT, AT, outcome, status, f"trace-{key}"],
        )


def _reconciled(session: Session, vanished: int) -> None:
    """5,000 roubles of the fifth stand in the shop and not in the books; the days around it agree."""
    ComparedDays(session).save(
        [
            DayRow(
                connection="kontur_default",
                day=dt.date(2026, 9, day),
                measure=measure,
                depth="full",
                shop=shop if measure == "documents" else Decimal(0),
                books=books if measure == "documents" else Decimal(0),
                differences={"vanished": shop - books} if shop != books and measure == "documents" else {},
                run_id="reconciled",
                read_at=AT,
            )
            for day in range(1, 31)
            for shop, books in [_of_day(day)]
            for measure in ("documents", "payments", "refunds")
        ]
    )
    row = DifferenceRow(
        connection="kontur_default",
        name="a" * 64,
        code="vanished",
        measure="documents",
        said=GONE,
        order_id=vanished,
        number=str(1000 + vanished),
        key="sale:5",
        document_id="doc-5",
        shop_day=dt.date(2026, 9, 5),
        shop_amount=Decimal("5000.00"),
        told_by="full",
        listed=True,
        run_id="reconciled",
    )
    Differences(session).see([row], AT)


def _of_day(day: int) -> tuple[Decimal, Decimal]:
    amount = Decimal(1000 * (day * 7 % 11))
    return (Decimal(5000), Decimal(0)) if day == 5 else (amount, amount)
