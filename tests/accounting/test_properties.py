"""What holds of every order, not only of the named ones.

Hypothesis prints the order that breaks a property and the line that replays it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import assume, given, note
from hypothesis import strategies as st

from include.accounting.operations import (
    KnownOperation,
    Operation,
    Plan,
    Progress,
    SaleDocument,
)
from include.accounting.operations import Payment as PaymentOperation
from include.accounting.operations import Refund as RefundOperation
from include.accounting.payload import to_json
from include.accounting.rules import Rules
from include.bitrix.rows import BasketItem, Order, Payment, Shipment
from tests.accounting.orders import documents, line, order, payment, plan, rules, shipment
from tests.accounting.plain import facts

KOPECK = Decimal("0.01")
DAY_0 = dt.date(2026, 3, 1)
LAST_DAY = 20


def half_up(amount: Decimal, places: str = "0.01") -> Decimal:
    return amount.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def item_sum(items: Sequence[object]) -> Decimal:
    return sum((half_up(item.quantity * item.price) for item in items), start=Decimal(0))  # type: ignore[attr-defined]


# --- lines: Bitrix's own arithmetic, written down a second time -------------------------------------------------

quantities = st.one_of(
    st.integers(1, 200).map(Decimal), st.decimals("0.0001", "50", places=4), st.decimals("0.1", "20", places=1)
)
prices = st.one_of(*(st.decimals("0", "5000", places=places) for places in (2, 2, 4, 8)))
rows = st.builds(
    lambda price, quantity, vat, included: line(str(price), str(quantity), vat=vat, vat_included=included),
    prices,
    quantities,
    st.sampled_from(["0.22", "0.10", "0.05", "0", None]),
    st.booleans(),
)


def net_and_rate(row: BasketItem) -> tuple[Decimal, Decimal, Decimal]:
    return row.price, row.quantity, (Decimal(0) if row.vat_included else row.vat_rate or Decimal(0))


def price_before_25(sold: Sequence[BasketItem]) -> Decimal:
    """VAT of a line rounded to the kopeck."""
    parts = [half_up(p * q) + half_up(p * q * r) for p, q, r in map(net_and_rate, sold)]
    return sum(parts, start=Decimal(0))


def price_of_25(sold: Sequence[BasketItem]) -> Decimal:
    """VAT of a unit rounded to the kopeck."""
    parts = [half_up(p * q) + half_up(half_up(p * r) * q) for p, q, r in map(net_and_rate, sold)]
    return sum(parts, start=Decimal(0))


def price_of_2026(sold: Sequence[BasketItem]) -> Decimal:
    """Eight decimals are kept."""
    parts = [half_up(p * q * (1 + r), "0.00000001") for p, q, r in map(net_and_rate, sold)]
    return sum(parts, start=Decimal(0))


@given(
    st.lists(rows, min_size=1, max_size=8), st.sampled_from([price_before_25, price_of_25, price_of_2026]), st.data()
)
def test_sums_are_exact_whatever_way_bitrix_rounds(sold: list[BasketItem], way: object, data: st.DataObject) -> None:
    delivery = data.draw(st.decimals("0", "900", places=2))
    price = way(sold) + delivery  # type: ignore[operator]
    assume(half_up(price) > 0)

    by = rules(vat_guard="off", delivery_vat="none")  # sums are the same whatever rates stand side by side
    found = plan(order(*sold, price=str(price), delivery=str(delivery)), by=by)

    assert found.findings == ()
    (document,) = documents(found)
    assert document.total_amount == half_up(price) == item_sum(document.items)
    for item in document.items:
        assert item.quantity > 0
        assert item.price >= 0
        assert item.price == half_up(item.price)
        assert item.quantity == half_up(item.quantity, "0.0001")
    assert sum(i.quantity for i in document.items) == sum(r.quantity for r in sold) + (1 if delivery else 0)


@given(st.lists(prices, min_size=1, max_size=8), st.integers(-30, 30))
def test_a_kopeck_of_rounding_never_rejects_and_a_real_difference_always_does(
    amounts: list[Decimal], kopecks_off: int
) -> None:
    rounded = sum((half_up(amount) for amount in amounts), start=Decimal(0))
    price = rounded + kopecks_off * KOPECK
    assume(price > 0)

    found = plan(order(*(line(str(amount)) for amount in amounts), price=str(price)))

    if 2 * abs(kopecks_off) <= len(amounts):
        assert found.findings == ()
        assert documents(found)[0].total_amount == price
    else:
        assert [finding.code for finding in found.findings] == ["total_mismatch"]
        assert facts(found.findings[0]) == {"lines": f"{rounded:.2f}", "total": f"{price:.2f}"}


# --- an order's life: shipments and payments on days, and runs in between -----------------------------------------


@dataclasses.dataclass(frozen=True)
class Paid:
    """A payment on a day, perhaps returned on another."""

    id: int
    day: int
    amount: Decimal
    returned: int | None
    how: str
    store_credit: bool


@dataclasses.dataclass(frozen=True)
class Life:
    """What happens to an order, by day."""

    shipped: tuple[int, ...]
    """The day on which each shipment leaves."""
    paid: tuple[Paid, ...]
    units: int
    price: Decimal

    def as_of(self, day: int) -> Order:
        """The order in the evening of that day."""
        shipments = tuple(self._shipment(number, when, day) for number, when in enumerate(self.shipped, start=1))
        rows = (line(str(self.price), self.units * len(self.shipped)),)
        gone = max(self.shipped)
        return order(
            *rows,
            shipped=date_of(gone) if gone <= day else None,
            shipments=shipments,
            payments=[self._payment(fact, day) for fact in self.paid],
        )

    def _shipment(self, number: int, when: int, day: int) -> Shipment:
        return shipment(500 + number, {1: self.units}, date_of(when) if when <= day else None)

    @staticmethod
    def _payment(fact: Paid, day: int) -> Payment:
        row = payment(fact.id, str(fact.amount), date_of(fact.day) if fact.day <= day else None)
        if fact.store_credit:
            return dataclasses.replace(row, action_file="inner")
        if fact.returned is None or fact.returned > day:
            return row
        back = DAY_0 + dt.timedelta(days=fact.returned)
        return dataclasses.replace(row, paid=False, is_return=fact.how, pay_return_date=back)


def date_of(day: int) -> str:
    return str(DAY_0 + dt.timedelta(days=day))


days = st.integers(0, LAST_DAY)


@st.composite
def payments_(draw: st.DrawFn, id_: int) -> Paid:
    day = draw(days)
    returned = draw(st.one_of(st.none(), st.none(), st.integers(day, LAST_DAY)))
    return Paid(
        id=id_,
        day=day,
        amount=draw(st.decimals("0.01", "900", places=2)),
        returned=returned,
        how=draw(st.sampled_from("PPY")),
        store_credit=draw(st.integers(0, 9)) == 0,
    )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    count = draw(st.integers(0, 4))
    return Life(
        shipped=tuple(draw(st.lists(days, min_size=1, max_size=3))),
        paid=tuple(draw(payments_(7 + n)) for n in range(count)),
        units=draw(st.integers(1, 3)),
        price=draw(st.decimals("0.01", "300", places=draw(st.sampled_from([2, 4])))),
    )


by_order, by_shipment = rules(), rules(document_per="shipment")
PER = st.sampled_from([by_order, by_shipment])


def look(life: Life, day: int, by: object, known: Sequence[KnownOperation] = ()) -> Plan:
    """The run of the night after that day."""
    night = str(DAY_0 + dt.timedelta(days=day + 1)) + " 03:00:00"
    return plan(life.as_of(day), known=known, now=night, by=by)  # type: ignore[arg-type]


def books(a_plan: Plan) -> list[str]:
    return [to_json(operation) for operation in a_plan.due]


def known_after(a_plan: Plan, sent: int, progress: Progress) -> list[KnownOperation]:
    """The ledger after a run that got as far as ``sent`` operations; the last of them is perhaps not settled."""
    states = [Progress.DONE if n < sent - 1 else progress if n == sent - 1 else Progress.PLANNED for n in range(99)]
    return [KnownOperation(key=o.key, operation=o, progress=s) for o, s in zip(a_plan.due, states, strict=False)]


def keep(before: Sequence[KnownOperation], now: Sequence[KnownOperation]) -> list[KnownOperation]:
    """What was begun stays begun."""
    begun = {k.key: k for k in before if k.progress is not Progress.PLANNED}
    return [begun.get(k.key, k) for k in now]


@given(lives(), PER, st.sets(days, max_size=6), st.data())
def test_any_runs_on_any_days_that_stop_anywhere_give_the_books_of_one_run_at_the_end(
    life: Life, by: object, run_days: set[int], data: st.DataObject
) -> None:
    assume(half_up(life.as_of(LAST_DAY).price) > 0)
    known: list[KnownOperation] = []
    for day in sorted(run_days):
        found = look(life, day, by, known)
        sent = data.draw(st.integers(0, len(found.due)), label=f"sent by the run of day {day}")
        known = keep(known, known_after(found, sent, data.draw(st.sampled_from([Progress.DONE, Progress.BEGUN]))))
    daily, at_once = look(life, LAST_DAY, by, known), look(life, LAST_DAY, by)
    note(f"{known=}")
    assert books(daily) == books(at_once)
    assert daily.held == at_once.held
    asked = {f.code for f in daily.findings if f.verdict in {"review", "rejected"}}
    assert asked <= {"payment_rest", "refund_without_return"}


@given(lives(), PER, days)
def test_the_plan_of_an_unchanged_order_is_the_same_bytes_before_and_after_posting(
    life: Life, by: object, day: int
) -> None:
    first = look(life, day, by)
    known = [KnownOperation(key=o.key, operation=o, progress=Progress.DONE) for o in first.due]
    again = look(life, day, by, known)
    assert books(again) == books(first) == books(look(life, day, by))
    assert (again.held, again.findings) == (first.held, first.findings)


@given(lives(), PER, days)
def test_every_kopeck_that_came_in_is_in_exactly_one_payment(life: Life, by: object, day: int) -> None:
    assume(half_up(life.as_of(LAST_DAY).price) > 0)
    found = look(life, day, by)
    keys = [operation.key for operation in (*found.due, *found.held)]
    assert len(keys) == len(set(keys))

    received = returned = Decimal(0)
    for fact in life.paid:
        parts = _amount(found.due, PaymentOperation, fact.id)
        back = _amount(found.due, RefundOperation, fact.id)
        waiting = _amount(found.held, PaymentOperation, fact.id)
        if fact.store_credit or fact.day > day:
            assert parts == back == waiting == 0
            continue
        received += fact.amount
        if fact.returned is None or fact.returned > day:
            unplaced = [f for f in found.findings if f.code == "payment_rest" and f.payment_id == fact.id]
            assert back == 0
            assert parts + waiting == fact.amount or (unplaced and parts + waiting < fact.amount)
            if max(life.shipped) <= day:
                assert waiting == 0
        else:
            returned += fact.amount if fact.how == "P" else 0
            assert parts <= fact.amount
            assert back == (parts if fact.how == "P" else 0)
            assert waiting == 0
    sums = [_amount(found.due, kind) for kind in (PaymentOperation, RefundOperation)]
    assert sums[0] - sums[1] <= received - returned


def _amount(operations: Sequence[Operation], kind: type, payment_id: int | None = None) -> Decimal:
    return sum(
        (
            operation.amount
            for operation in operations
            if isinstance(operation, kind)
            and not isinstance(operation, SaleDocument)
            and (payment_id is None or operation.key.partition(":")[2].partition("/")[0] == str(payment_id))
        ),
        start=Decimal(0),
    )


@given(lives(), days)
def test_documents_of_shipments_make_the_order_and_are_paid_up_to_their_totals_first(life: Life, day: int) -> None:
    bought = life.as_of(LAST_DAY)
    assume(half_up(bought.price) > 0)
    found = look(life, day, by_shipment)
    sold = documents(found)
    for document in sold:
        assert document.total_amount == item_sum(document.items)
    assert sum(d.total_amount for d in sold) <= half_up(bought.price)
    if max(life.shipped) <= day:
        assert sum(d.total_amount for d in sold) == half_up(bought.price)


# --- nothing due is lost without a word ---------------------------------------------------------------------------


@st.composite
def shipped_orders(draw: st.DrawFn) -> Order:
    """Shipped in any of the ways that imports, SQL and later editing leave: by flag, by status, in part, in none."""
    sold = [
        dataclasses.replace(
            line(str(draw(st.decimals("0", "300", places=draw(st.sampled_from([2, 4])))))),
            id=number,
            quantity=Decimal(draw(st.integers(1, 4))),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    left = {row.id: int(row.quantity) for row in sold}
    shipments, charged = [], Decimal(0)
    for number in range(draw(st.integers(0, 3))):
        carries: dict[int, str | int] = {id_: draw(st.integers(0, rest)) for id_, rest in left.items()}
        left = {id_: rest - int(carries[id_]) for id_, rest in left.items()}
        delivery = draw(st.sampled_from(["0", "0", "300.00", "49.99"]))
        charged += Decimal(delivery)
        day = draw(st.one_of(st.none(), days))
        flags = {"deducted": draw(st.booleans())} if day is None else {}
        shipments.append(shipment(501 + number, carries, None if day is None else date_of(day), delivery, **flags))
    if not shipments:
        charged = Decimal(draw(st.sampled_from(["0", "300.00"])))
    by_flag = draw(st.booleans())
    total = price_before_25(sold) + charged
    off = draw(st.sampled_from(["0", "0", "0", "5.00", "-5.00"]))
    return order(
        *sold,
        price=str(total + Decimal(off)),
        delivery=str(charged),
        shipped=date_of(draw(days)) if by_flag else None,
        status_id="N" if by_flag else "F",
        date_status=date_of(draw(days)),
        shipments=tuple(shipments),
        payments=[payment(7, str(max(total, KOPECK)), date_of(draw(days)))],
    )


@given(shipped_orders(), PER, st.sampled_from([None, 5, 10]), st.booleans())
def test_documents_come_to_the_price_or_a_finding_says_what_is_missing(
    sold: Order, by: Rules, go_live: int | None, again: bool
) -> None:
    assume(half_up(sold.price) > 0)
    if go_live is not None:
        accounting = by.accounting.model_copy(update={"go_live": DAY_0 + dt.timedelta(days=go_live)})
        by = dataclasses.replace(by, accounting=accounting)
    found = plan(sold, by=by)
    if again:
        found = plan(
            sold, by=by, known=[KnownOperation(key=o.key, operation=o, progress=Progress.DONE) for o in found.due]
        )

    due = sum((d.total_amount for d in documents(found)), start=Decimal(0))
    said = [f for f in found.findings if f.verdict != "noted"]
    if said:
        assert due <= half_up(sold.price)
    else:
        assert due == half_up(sold.price)
    for finding in said:
        if finding.code == "not_in_a_shipment" and len(said) == 1:
            missing = half_up(sold.price) - due
            assert facts(finding) == {"amount": f"{missing:.2f}", "total": f"{half_up(sold.price):.2f}"}
    if {f.code for f in said} <= {"not_in_a_shipment"}:
        money = _amount(found.due, PaymentOperation) + _amount(found.held, PaymentOperation)
        assert money == sold.payments[0].sum
