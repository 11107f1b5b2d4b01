"""What each order of a small month leaves behind, worked out by hand."""

from __future__ import annotations

import collections
import datetime as dt
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.operations import Payment, SaleDocument, Verdict
from include.ledger.operation import State
from include.report.rows import BuyerKind, Decision, Document, Fate, Standing
from include.report.story import Story
from tests.accounting.orders import line, payment, plan, returned, rules, shipment
from tests.report import small_month
from tests.report.small_month import NOW, RULES, numbered, row, rows_of, september, story


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def roubles(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def test_documents_with_their_vat_by_rate() -> None:
    found = {d.order: [(p.rate, p.gross, p.vat) for p in d.parts] for d in september().documents}
    assert found == {
        "101": [(VatRate.NONE, Decimal(1000), Decimal(0))],
        "102": [(VatRate.VAT22, Decimal(1342), Decimal("242.00"))],
        "103": [(VatRate.VAT22, Decimal(100), Decimal("18.03"))],
        "105": [(VatRate.NONE, Decimal(300), Decimal(0))],
        "107": [(VatRate.VAT22, Decimal(122), Decimal("22.00"))],
    }


def test_delivery_is_told_apart() -> None:
    found = {d.order: d.delivery for d in september().documents if d.delivery is not None}
    assert [(n, p.rate, p.gross, p.vat) for n, p in found.items()] == [
        ("102", VatRate.VAT22, Decimal(122), Decimal("22.00"))
    ]


def test_what_is_posted_and_what_the_shop_calls_for() -> None:
    rows = september()
    assert [(d.order, d.posted.amount, d.shop.amount) for d in rows.documents] == [
        ("101", *roubles("1000", "1000")),
        ("102", *roubles("1342", "1342")),
        ("103", *roubles("100", "100")),
        ("105", *roubles("300", "300")),
        ("107", *roubles("0", "122")),
    ]
    assert [(p.order, p.posted.amount, p.shop.amount) for p in rows.payments] == [
        ("101", *roubles("1000", "1000")),
        ("105", *roubles("300", "300")),
        ("106", *roubles("244", "244")),  # its document is October's, its day is September's
        ("107", *roubles("0", "122")),
    ]
    assert [(r.order, r.day, r.posted.amount, r.shop.amount) for r in rows.refunds] == [
        ("105", on("09-25"), *roubles("300", "300"))
    ]


def test_settlements_by_kind_of_buyer() -> None:
    found: dict[BuyerKind, list[Decimal]] = collections.defaultdict(lambda: [Decimal(0)] * 5)
    for one in september().settlements:
        t = one.turnover
        of_kind = zip(found[one.buyer.kind], (t.opening, t.documents, t.payments, t.refunds, t.closing), strict=True)
        found[one.buyer.kind] = [a + b for a, b in of_kind]
    assert found == {
        BuyerKind.RETAIL: roubles("-500", "1300", "1410", "300", "-310"),
        BuyerKind.COMPANY: roubles("-1342", "1564", "122", "0", "100"),
        BuyerKind.ENTREPRENEUR: roubles("0", "0", "244", "0", "-244"),
    }


def test_advances_are_those_of_the_months_end() -> None:
    found = [(a.order, a.paid, a.amount, [(p.rate, p.gross, p.vat) for p in a.parts]) for a in september().advances]
    assert found == [
        ("104", on("08-15"), Decimal(500), [(VatRate.VAT22, Decimal(500), Decimal("90.16"))]),
        ("106", on("09-28"), Decimal(244), [(VatRate.VAT22, Decimal(244), Decimal("44.00"))]),
        (
            "108",
            on("09-29"),
            Decimal(110),
            [(VatRate.VAT10, Decimal(10), Decimal("0.91")), (VatRate.VAT22, Decimal(100), Decimal("18.03"))],
        ),
    ]
    assert [a.shipped for a in september().advances] == [None, on("10-02"), None]


def test_an_advance_of_before_the_turn_of_the_year_has_the_rate_of_its_day() -> None:
    rules = small_month.RULES
    paid = numbered(120, line("1220.00"), shipped=None, payments=[payment(20, "120.00", "2025-12-30")])
    assert rules.accounting.go_live == on("01-01"), "the money came in before, and is an advance all the same"
    (advance,) = rows_of(story(paid)).advances
    assert [(p.rate, p.gross, p.vat) for p in advance.parts] == [(VatRate.VAT20, Decimal(120), Decimal("20.00"))]


def test_money_that_went_back_after_the_month_is_an_advance_at_its_end() -> None:
    went_back = numbered(
        121, line("200.00"), shipped=None, payments=[returned(21, "200.00", "2026-09-10", "2026-10-05")]
    )
    rows = rows_of(story(went_back))
    assert [(a.amount, a.shipped, a.returned) for a in rows.advances] == [(Decimal(200), None, on("10-05"))]
    assert [(i.fate, i.amount) for i in rows.income] == [(Fate.RETURNED, Decimal(200))]


def test_debts_are_those_of_the_months_end() -> None:
    assert [(d.order, d.shipped, d.amount) for d in september().debts] == [
        ("103", on("09-20"), Decimal(100)),
        ("105", on("09-12"), Decimal(300)),
    ]


def test_an_order_settled_before_the_month_leaves_nothing() -> None:
    old = numbered(130, line("70.00"), shipped="2026-08-05", payments=[payment(30, "70.00", "2026-08-05")])
    rows = rows_of(story(old))
    assert [*rows.documents, *rows.payments, *rows.settlements, *rows.income, *rows.remarks] == []


def test_what_a_person_decides_is_remarked_in_the_month_it_is_of_though_nothing_is_due() -> None:
    back = numbered(132, line("70.00"), shipped="2026-08-05", status_id="R", date_status="2026-09-02")
    before = numbered(133, line("70.00"), shipped="2026-07-05", status_id="R", date_status="2026-08-02")
    by = rules(go_live=dt.date(2026, 1, 1), of_shop={"returned_statuses": ["R"]})
    rows = rows_of(story(back, by=by), story(before, by=by))
    assert [(r.order, r.verdict, r.said.code) for r in rows.remarks] == [
        ("132", Verdict.REVIEW, "came_back_in_another_month")
    ]
    assert [*rows.documents, *rows.settlements, *rows.unposted] == []


def test_a_part_that_left_is_remarked_in_the_month_in_which_it_left() -> None:
    sent = (shipment(501, {1: 1}, "2026-09-05"), shipment(502, {1: 1}))
    rows = rows_of(story(numbered(134, line("70.00", 2), shipped=None, shipments=sent)))
    assert [(r.order, r.said.code) for r in rows.remarks] == [("134", "partly_shipped_for_long")]


def test_store_credit_is_no_money_and_explains_a_debt() -> None:
    credit = numbered(
        131,
        line("90.00", vat=None),
        shipped="2026-09-08",
        payments=[payment(31, "50.00", "2026-09-08"), payment(32, "40.00", "2026-09-08", action_file="inner")],
    )
    rows = rows_of(story(credit))
    assert [(d.amount, d.other) for d in rows.debts] == [(Decimal(40), Decimal(40))]
    assert {i.fate: i.amount for i in rows.income} == {Fate.POSTED: Decimal(50), Fate.STORE_CREDIT: Decimal(40)}


def test_money_of_the_banks_statement_is_paid_and_not_posted() -> None:
    """Of 500 shipped, 200 came by the bank on 31.08, was marked on 02.09, and pays the order; 50 went back."""
    by = rules(payment_methods={"bill": "FromBank"}, go_live="2026-08-01")
    bank = {"action_file": "bill", "is_cash": "N", "pay_system_name": "Счёт"}
    by_bank = numbered(
        132,
        line("500.00", vat=None),
        shipped="2026-09-08",
        payments=[
            payment(33, "200.00", "2026-09-02", pay_voucher_date=dt.date(2026, 8, 31), **bank),
            payment(34, "250.00", "2026-09-08"),
            returned(35, "50.00", "2026-09-08", "2026-09-09", **bank),
        ],
    )
    rows = rows_of(story(by_bank, by=by))
    assert [(d.amount, d.other) for d in rows.debts] == [(Decimal(50), Decimal(0))]
    assert {(str(i.day), i.fate): i.amount for i in rows.income} == {
        ("2026-09-08", Fate.POSTED): Decimal(250),
        ("2026-09-08", Fate.FROM_BANK): Decimal(50),
    }, "what the bank had in August is August's"


def test_all_money_of_the_month_is_somewhere() -> None:
    found: collections.Counter[Fate] = collections.Counter()
    for one in september().income:
        found[one.fate] += one.amount  # type: ignore[assignment]
    assert found == {Fate.POSTED: 1300 + 244, Fate.DUE: 122, Fate.HELD: 110}


def test_why_something_is_not_posted() -> None:
    rows = september()
    assert [(u.order, u.what.code, u.amount, [why.code for why in u.reasons]) for u in rows.unposted] == [
        ("107", "row_payment", Decimal(122), ["inn_checksum"]),
        ("107", "row_document", Decimal(122), ["inn_checksum"]),
    ]


def test_money_of_an_order_that_is_refused_before_it_is_drafted_is_not_posted_either() -> None:
    unknown_rate = numbered(
        111, line("117.00", vat="17.00"), shipped="2026-09-05", payments=[payment(41, "117.00", "2026-09-04")]
    )
    rows = rows_of(story(unknown_rate))
    assert [(i.fate, i.amount) for i in rows.income] == [(Fate.DUE, Decimal(117))]
    assert [(u.what.code, str(u.day), u.amount, [why.code for why in u.reasons]) for u in rows.unposted] == [
        ("row_payment", "2026-09-04", Decimal(117), ["vat_unknown"]),
        ("row_document", "2026-09-05", Decimal(117), ["vat_unknown"]),
    ]


def test_money_of_another_currency_is_no_roubles() -> None:
    """Its document has no amount either; what to do is said beside that."""
    dollars = numbered(
        112,
        line("100.00", currency="USD"),
        currency="USD",
        shipped="2026-09-05",
        payments=[payment(42, "100.00", "2026-09-04", currency="USD")],
    )
    rows = rows_of(story(dollars))
    assert [*rows.income, *rows.advances, *rows.settlements] == []
    assert [(u.what.code, u.amount, [why.code for why in u.reasons]) for u in rows.unposted] == [
        ("row_document", Decimal(0), ["currency"])
    ]


def test_what_a_person_closed_is_not_asked_again() -> None:
    anna = Decision("Анна", dt.datetime(2026, 10, 3, 11, 4), "введено вручную")
    rows = rows_of(story(small_month.WRONG_INN, closed=anna))
    assert [(d.standing, d.posted.amount, d.shop.amount) for d in rows.documents] == [
        (Standing.SETTLED, Decimal(0), Decimal(122))
    ], "it is not in the books all the same"
    assert [(u.what.code, [why.code for why in u.reasons], u.decided) for u in rows.unposted] == [
        ("row_payment", ["inn_checksum"], anna),
        ("row_document", ["inn_checksum"], anna),
    ]
    assert [(r.said.code, r.asks, r.decided) for r in rows.remarks] == [("inn_checksum", False, anna)]


def test_what_is_sent_and_not_confirmed() -> None:
    due = plan(small_month.RETAIL_WITHOUT_VAT, now=NOW, by=RULES).due
    rows = rows_of(story(small_month.RETAIL_WITHOUT_VAT, kept=[row(one, State.UNKNOWN, payload="{}") for one in due]))
    assert rows.unconfirmed == 2
    assert [(d.standing, d.posted.amount, d.shop.amount) for d in rows.documents] == [
        (Standing.UNCONFIRMED, Decimal(0), Decimal(1000))
    ]
    assert {why.code for one in rows.unposted for why in one.reasons} == {"unposted_unknown"}


def test_what_the_shop_cancelled_after_posting_came_back() -> None:
    was = small_month.RETAIL_WITHOUT_VAT
    cancelled = numbered(
        101, line("1000.00", vat=None), payments=was.payments, canceled=True, date_canceled="2026-10-01"
    )
    (document,) = rows_of(story(cancelled, then=was)).documents
    assert (document.came_back, document.posted.amount, document.shop.amount) == (True, Decimal(1000), Decimal(0))


def test_an_order_that_left_the_shop_counts_as_the_ledger_has_it() -> None:
    due = plan(small_month.REFUNDED, now=NOW, by=RULES).due
    gone = Story(order_id=105, number="105", plan=None, kept=[row(one) for one in due])
    rows = rows_of(gone)
    assert [(d.posted.amount, d.shop.amount, d.came_back) for d in rows.documents] == [
        (Decimal(300), Decimal(300), False)
    ], "as when shop and books are compared, so that the month's difference is explained"
    (settled,) = rows.settlements
    t = settled.turnover
    assert [t.documents, t.payments, t.refunds, t.closing] == roubles(*["300"] * 4)


def test_a_document_of_another_program_counts_as_the_shop_has_it() -> None:
    an_order = small_month.COMPANY_PAID_IN_OCTOBER
    document = next(o for o in plan(an_order, now=NOW, by=RULES).due if isinstance(o, SaleDocument))
    before = row(document, plan=None, amount=None, document_date=None, doc_id="php-1")
    told = story(an_order, kept=[before])
    rows = rows_of(told)
    assert [_shown(d) for d in rows.documents] == [(Standing.TAKEN_OVER, Decimal(100), "php-1")]
    assert not any(isinstance(deed.operation, Payment) and deed.standing.is_posted for deed in told.deeds)


def _shown(document: Document) -> tuple[Standing, Decimal, str]:
    return document.standing, document.posted.amount, document.id
