"""Nothing due is lost without a word; whatever the order looks like, whatever is in the books, whatever the settings.

Paid money is posted, held, or something is said of it; the documents of what is shipped come to the order's total, or
something is said of what is missing.

Hypothesis prints the order that breaks this and the line that replays it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from include.accounting.operations import (
    KnownOperation,
    Operation,
    Payment,
    Plan,
    Progress,
    Refund,
    SaleDocument,
    Verdict,
)
from include.accounting.rules import Rules
from include.bitrix.rows import Order
from include.bitrix.rows import Payment as Row
from tests.accounting.orders import (
    ORDER_ID,
    company,
    line,
    order,
    payment,
    plan,
    properties,
    receipt,
    rules,
    shipment,
    taken_over,
)

KOPECK = Decimal("0.01")
GIFT = "gift"
BANK = "bank"
DAYS = [f"2026-03-{day:02}" for day in range(1, 21)]
days = st.sampled_from(DAYS)
CARD = "gift-card"
products = st.sampled_from([None] * 5 + [CARD])
companies = st.sampled_from([None, 1, 2])
moments = st.builds(lambda day, hour: f"{day} {hour:02}:00:00", days, st.integers(0, 23))


@st.composite
def payments_(draw: st.DrawFn, id_: int) -> Row:
    paid = draw(st.sampled_from([True, True, True, False]))
    row = payment(id_, str(draw(st.decimals("-1", "900", places=draw(st.sampled_from([2, 2, 4, 8]))))), draw(moments))
    back = draw(st.sampled_from("NNNNPPY")) if paid else draw(st.sampled_from("NPY"))
    typed = draw(st.none() | days)
    return dataclasses.replace(
        row,
        paid=paid and back != "Y",  # to the store credit it goes at once
        date_paid=row.date_paid if draw(st.integers(0, 9)) else None,
        currency=draw(st.sampled_from(["RUB"] * 9 + ["USD"])),
        company_id=draw(companies),
        action_file=draw(st.sampled_from(["card"] * 5 + ["cashondelivery", "inner", GIFT, BANK])),
        is_cash=draw(st.sampled_from("YNA")),
        is_return=back,
        pay_return_date=dt.date.fromisoformat(typed) if typed else None,
        pay_voucher_date=draw(st.none() | st.sampled_from(DAYS).map(dt.date.fromisoformat)),
        return_receipts=tuple(
            receipt(when, draw(st.sampled_from([None, "1.00", str(row.sum)])))
            for when in sorted(draw(st.lists(moments, max_size=2)))
        ),
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    price = draw(st.sampled_from(["0.00", "500.00", "1000.00"]))
    gone = draw(st.lists(st.none() | days, min_size=1, max_size=3))
    shipped = None if None in gone else max(day for day in gone if day)
    ids = draw(st.lists(st.integers(7, 12), unique=True, max_size=4))
    parts = [shipment(501 + n, {1: 1}, day) for n, day in enumerate(gone)]
    fields: dict[str, Any] = draw(st.sampled_from([{}, {}, company(), company(inn="7707083894"), {"status_id": "F"}]))
    if draw(st.integers(0, 7)) == 0:
        fields = fields | {"canceled": True, "date_canceled": draw(days)}
    if draw(st.integers(0, 3)) == 0:
        fields = fields | {"status_id": draw(st.sampled_from("FR")), "date_status": draw(days | st.just("2026-04-02"))}
    if draw(st.integers(0, 3)) == 0:
        platforms = draw(st.sampled_from([(), ("ozon",), ("avito",), ("landing_1",)]))
        fields = fields | {"platforms": platforms, "external": draw(st.booleans()), "company_id": draw(companies)}
    return order(
        line(
            price,
            len(gone),
            vat=draw(st.sampled_from(["0.22"] * 5 + ["0.20", "0.05", "0.18"])),
            product_xml_id=draw(products),
        ),
        shipped=shipped,
        shipments=tuple(parts),
        payments=[draw(payments_(id_)) for id_ in sorted(ids)],
        payed=draw(st.booleans()),
        **fields,
    )


of_shop = st.fixed_dictionaries(
    {"platforms": st.just({"avito": "skip"})},
    optional={
        "shipped_by": st.sampled_from(["either", "flag", "status"]),
        "returned_statuses": st.just(["R"]),
        "external_orders": st.sampled_from(["post", "skip"]),
        "companies": st.just({1: "kontur_default", 2: "kontur_second"}),
    },
)
settings_ = st.fixed_dictionaries(
    {"payment_methods": st.just({GIFT: "NotMoney", BANK: "FromBank"})},
    optional={
        "document_per": st.sampled_from(["order", "shipment"]),
        "go_live": days,
        "closed_until": days,
        "vat_guard": st.sampled_from(["by_shipment", "reject", "off"]),
        "vat_regime": st.sampled_from([[], [{"from": "2026-03-10", "rates": ["vat5"]}]]),
        "delivery_vat": st.sampled_from(["auto", "bitrix", "vat22"]),
        "payment_day": st.sampled_from(["auto", "paid"]),
        "closed_advances": st.sampled_from(["note", "shipment_day"]),
        "retail": st.sampled_from(["one_counterparty", "skip", "reject"]),
        "customize": st.none(),
        "advance_products": st.just([CARD]),
        "of_shop": of_shop,
    },
)
states = st.sampled_from([Progress.DONE, Progress.DONE, Progress.BEGUN, Progress.PLANNED])


@given(orders(), orders(), settings_, st.booleans(), st.data())
def test_paid_money_is_posted_or_held_or_something_is_said_of_it(
    before: Order, after: Order, chosen: dict[str, Any], by_php: bool, data: st.DataObject
) -> None:
    by = rules(**chosen)
    known = [taken_over()] if by_php else []
    first = plan(before, known=known, by=by)
    known += how_far(first.due, data)
    note(f"{known=}")
    assert_accounted(before, first, by)
    assert_accounted(after, plan(after, known=known, by=by), by)


def how_far(due: Sequence[Operation], data: st.DataObject) -> list[KnownOperation]:
    """What the ledger has of them; money is sent once its document stands."""
    known: dict[str, KnownOperation] = {}
    for one in due:
        document = known.get(one.document_key) if isinstance(one, Payment | Refund) else None
        waits = document is not None and document.progress is not Progress.DONE
        progress = Progress.PLANNED if waits else data.draw(states)
        told = one
        if isinstance(one, Payment) and one.closed_until is not None and data.draw(st.booleans()):
            # Kontur was asked for it, does not have it, and has a later document.
            day = one.date + dt.timedelta(days=1)
            told, progress = dataclasses.replace(one, date=day, came_on=one.date, closed_until=None), Progress.BY_HAND
        known[one.key] = KnownOperation(key=one.key, operation=told, progress=progress)
    return list(known.values())


def assert_accounted(bought: Order, found: Plan, by: Rules) -> None:
    assert_posted(bought, found, by)
    said = {finding.payment_id for finding in found.findings}
    said_of_all = any(f.payment_id is None and f.verdict in {Verdict.REJECTED, Verdict.SKIPPED} for f in found.findings)
    for row in bought.payments:
        if not came_in(row, bought, by) or row.id in said or said_of_all:
            continue
        last = max((generation(o.key) for o in found.due if of(o, row)), default=1)
        amounts = [
            o.amount
            for o in (*found.due, *found.held)
            if isinstance(o, Payment) and of(o, row) and generation(o.key) in {last, 1}
        ]
        parts = sum(amounts[-1:] if by.accounting.document_per == "order" else amounts, start=Decimal(0))
        assert abs(parts - row.sum) < KOPECK, f"payment {row.id} of {row.sum}: {parts} of {found}"

    for row in bought.payments:
        if not went_back(row, by) or row.id in said or said_of_all:
            continue
        back = {
            o.key: o.amount
            for o in found.due
            if isinstance(o, Refund) and o.payment_key.startswith(f"payment:{row.id}")
        }
        last = max(map(generation, back), default=1)
        parts = sum((amount for key, amount in back.items() if generation(key) == last), start=Decimal(0))
        assert abs(parts - row.sum) < KOPECK, f"refund of payment {row.id} of {row.sum}: {parts} of {found}"


def assert_posted(bought: Order, found: Plan, by: Rules) -> None:
    """What of a shipped order's total is in no document, due or posted, is spoken of."""
    if not is_shipped(bought, by) or found.wanted is None or came_back_before_go_live(bought, by):
        return
    said = [f for f in found.findings if f.payment_id is None and f.code != "status_before_shipment"]
    posted = sum((o.total_amount for o in found.due if isinstance(o, SaleDocument)), start=Decimal(0))
    of_another_program = any(one.key == taken_over().key and one.operation is None for one in found.wanted)
    assert posted == bought.price or said or of_another_program, f"{found}"


def came_back_before_go_live(bought: Order, by: Rules) -> bool:
    """What another program posted of it, and its return, are the accountant's."""
    go_live, at = by.accounting.go_live, bought.date_status
    return bought.status_id in by.shop.returned_statuses and bool(go_live and at and at.date() < go_live)


def is_shipped(bought: Order, by: Rules) -> bool:
    """As the settings say, worked out anew."""
    return not bought.canceled and bought.price > 0 and any(shipped_ways(bought, by))


def shipped_ways(bought: Order, by: Rules) -> tuple[bool, bool]:
    """Whether it has left by its flag, and by its status."""
    word = by.shop.shipped_by
    return word != "status" and bought.deducted, word != "flag" and bought.status_id in {"D", "F"}


def went_back(row: Row, by: Rules) -> bool:
    """Money that came in since go-live, and stands as given back to the buyer."""
    sound = row.currency == "RUB" and row.date_paid is not None and row.sum >= KOPECK
    return (
        sound
        and not typed_in(row, by)
        and row.is_return == "P"
        and not row.paid
        and row.action_file not in {"inner", GIFT}
    )


def came_in(row: Row, bought: Order, by: Rules) -> bool:
    """Money that is there, and of which anything can be due; of what is not shipped nothing is wrong yet."""
    came_back = bought.status_id in by.shop.returned_statuses
    if (bought.canceled or came_back) and (typed_in(row, by) or row.sum <= 0):
        return False
    by_flag, by_status = shipped_ways(bought, by)
    a_part = by.accounting.document_per == "shipment" and any(s.deducted for s in bought.shipments)
    left = bought.canceled or by_flag or by_status or (a_part and by.shop.shipped_by != "status")
    sound = row.currency == "RUB" and row.date_paid is not None and row.sum > 0
    has_gone = row.is_return == "P" and (row.pay_return_date is not None or row.return_receipts)
    is_money = row.action_file not in {"inner", GIFT, BANK}  # the bank's statement brings its own
    return row.paid and is_money and abs(row.sum) >= KOPECK and (left or (sound and not has_gone))


def typed_in(row: Row, by: Rules) -> bool:
    """Money of before go-live, which the accountant has typed in; a transfer's day is the bank's, where it is sound."""
    if row.date_paid is None or by.accounting.go_live is None:
        return False
    marked = row.date_paid.date()
    by_bank = row.action_file == "cashondelivery" or row.is_cash != "Y"
    at_bank = row.pay_voucher_date if by_bank and by.accounting.payment_day == "auto" else None
    return min(marked, at_bank or marked) < by.accounting.go_live


def of(operation: Operation, row: Row) -> bool:
    return operation.key.partition("/")[0].partition("#")[0] == f"payment:{row.id}"


def generation(key: str) -> int:
    number = key.partition("/")[0].partition("#")[2]
    return int(number or 1)


def test_the_test_has_power() -> None:
    """Money that a plan forgets is noticed."""
    bought = order(payments=[payment(7, "1000.00")])
    found = plan(bought)
    assert_accounted(bought, found, rules())
    document, paid = found.due
    assert isinstance(paid, Payment)
    forgetful = dataclasses.replace(found, due=(document,))
    without_document = dataclasses.replace(found, due=(paid,))
    altered = dataclasses.replace(found, due=(document, dataclasses.replace(paid, amount=KOPECK)))
    for lost in (forgetful, altered, without_document):
        try:
            assert_accounted(bought, lost, rules())
        except AssertionError:
            continue
        raise AssertionError("lost money was not noticed")


def test_ids_of_payments_are_told_apart() -> None:
    rows = [payment(id_, "1.00") for id_ in (7, 70, 8)]
    found = plan(order(payments=rows, properties=properties(FIO="x")))
    assert found.order_id == ORDER_ID
    assert [sum(of(o, row) for o in found.due) for row in rows] == [1, 1, 1]
    assert list(itertools.chain(found.held, found.findings)) == []
