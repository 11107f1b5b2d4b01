"""What orders live through, drawn from a seed: a plan of days for each, its first day the one it was made on."""

from __future__ import annotations

import collections
import datetime as dt
import random
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

from proof.living.orders import REFUSED, Identity, Order
from proof.living.tables import Row, Tables
from sandbox.shop import reference
from sandbox.shop.order import Buyer, Draft, standard_rate
from sandbox.shop.schema import at_least
from sandbox.shop.writer import Ids

Moment = dt.datetime
Step = Callable[[Moment], object]
_KOPECK = Decimal("0.01")
_GOODS = ("Чайник электрический", "Кофемолка", "Полотенце махровое", "Лампа «Луч»", "Кабель силовой", "Стол письменный")
_OPENING, _CLOSING = 9, 22


def _inn(rng: random.Random, digits: int) -> str:
    """With right check digits."""
    figures = [rng.randrange(1, 10), *(rng.randrange(10) for _ in range(8 if digits == 10 else 9))]
    for weights in (
        ((2, 4, 10, 3, 5, 9, 4, 6, 8),)
        if digits == 10
        else (
            (7, 2, 4, 10, 3, 5, 9, 4, 6, 8),
            (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8),
        )
    ):
        figures.append(sum(w * f for w, f in zip(weights, figures, strict=True)) % 11 % 10)
    return "".join(map(str, figures))


class Lives:
    """Makes orders and lets each day's part of their lives happen."""

    def __init__(self, rng: random.Random, tables: Tables, ids: Ids, version: str) -> None:
        self.orders: dict[int, Order] = {}
        self._rng = rng
        self._tables = tables
        self._ids = ids
        self._version = version
        self._plan: dict[dt.date, list[tuple[Moment, Step]]] = collections.defaultdict(list)
        self._companies = [
            *(Identity(_inn(rng, 10), f"7701{rng.choice(('01', '43'))}001") for _ in range(6)),
            *(Identity(_inn(rng, 10)) for _ in range(2)),
            *(Identity(_inn(rng, 12)) for _ in range(4)),
        ]

    def live(self, day: dt.date, new_orders: int) -> None:
        """Make a day's new orders, and let happen what was planned for the day."""
        for _ in range(new_orders):
            self._begin(day)
        for at, step in sorted(self._plan.pop(day, ()), key=lambda planned: planned[0]):
            step(at)
        self._tables.flush()

    # ---- plans

    def _later(self, order: Order, day: dt.date, step: Step) -> Moment:
        """Plan a step for a moment of ``day``, unless the order is gone by then."""
        rng = self._rng
        at = dt.datetime.combine(day, dt.time(rng.randrange(_OPENING, _CLOSING), rng.randrange(60), rng.randrange(60)))
        self._at(order, at, step)
        return at

    def _at(self, order: Order, at: Moment, step: Step) -> None:
        def unless_gone(now: Moment) -> None:
            if not order.deleted:
                step(now)

        self._plan[at.date()].append((at, unless_gone))

    def _begin(self, day: dt.date) -> None:
        names = [name for name, _ in _LIVES]
        life = self._rng.choices(names, [weight for _, weight in _LIVES])[0]
        getattr(self, f"_live_{life}")(day, life)

    def _days(self, first: int, last: int) -> dt.timedelta:
        return dt.timedelta(days=self._rng.randint(first, last))

    # ---- making

    def _make(
        self,
        day: dt.date,
        life: str,
        *,
        buyer: Identity | None = None,
        payments: int = 1,
        shipments: int = 1,
        delivery: bool | None = None,
        properties: dict[str, str] | None = None,
    ) -> Order:
        rng = self._rng
        at = dt.datetime.combine(day, dt.time(rng.randrange(0, _OPENING), rng.randrange(60)))
        # Most buyers came before; some companies are new.
        new = Identity(_inn(rng, 10), "770101001")
        buyer = buyer or rng.choice([Identity(), Identity(), *rng.sample(self._companies, 3), new])
        draft = Draft(self._ids, self._version, created=at, buyer=_buyer(buyer, properties or {}))
        delivery = rng.random() < 0.4 if delivery is None else delivery
        self._add_lines(draft, day, at_least_two=shipments > 1)
        cost = rng.choice(("300", "350.50", "199.99")) if delivery else "0"
        if shipments == 1:
            draft.ship(None, delivery=cost)
        else:
            first, *others = draft.lines
            draft.ship(None, delivery=cost, carries={first["ID"]: first["QUANTITY"]})
            draft.ship(None, carries={line["ID"]: line["QUANTITY"] for line in others})
        for amount in self._parts(draft.goods_total + Decimal(cost), payments):
            draft.pay(amount, None, rng.choice((reference.CARD, reference.CARD, reference.BILL, reference.CASH)))
        order = self._keep(draft, buyer)
        order.tell(at, f"made: {life}, {buyer}, {order.head['PRICE']:f}")
        self.orders[order.id] = order
        return order

    def _keep(self, draft: Draft, buyer: Identity) -> Order:
        rows: dict[str, list[Row]] = collections.defaultdict(list)
        rest: list[tuple[str, Row]] = []
        for table, row in draft.rows():
            self._tables.add(table, row)
            if table == "b_sale_order_dlv_basket" or row.get("SYSTEM") == "Y":
                rest.append((table, row))
            else:
                rows[table].append(row)
        return Order(
            tables=self._tables,
            ids=self._ids,
            head=rows["b_sale_order"][0],
            lines=rows["b_sale_basket"],
            payments=rows["b_sale_order_payment"],
            shipments=rows["b_sale_order_delivery"],
            properties=rows["b_sale_order_props_value"],
            changes=rows["b_sale_order_change"],
            rest=rest,
            buyer=buyer,
        )

    def _add_lines(self, draft: Draft, day: dt.date, *, at_least_two: bool) -> None:
        rng = self._rng
        standard = standard_rate(day)
        for name in rng.sample(_GOODS, rng.randint(2 if at_least_two else 1, 4)):
            price = Decimal(rng.randrange(100, 500_000)) / 100
            if rng.random() < 0.3:  # a discount of some per cent leaves fractions of a kopeck
                price = (price * Decimal(rng.randrange(50, 99)) / 100).quantize(Decimal("0.0001"))
            quantity = Decimal(rng.randint(1, 7)) if rng.random() < 0.85 else Decimal(rng.randrange(1, 9)) / 4
            vat = rng.choice((standard, standard, standard, Decimal("0.10"), None))
            draft.line(price, quantity, name=name, vat=vat)

    def _parts(self, total: Decimal, count: int) -> list[Decimal]:
        """A total in parts; of three, each a third with fractions of a kopeck."""
        if not count:
            return []
        if count == 3:
            third = (total / 3).quantize(Decimal("0.0001"), ROUND_DOWN)
            return [third, third, total - 2 * third]
        part = (total / count).quantize(_KOPECK, ROUND_DOWN)
        return [*[part] * (count - 1), total - part * (count - 1)]

    # ---- lives

    def _live_usual(self, day: dt.date, life: str) -> None:
        """Paid, then shipped; or the other way round."""
        order = self._make(day, life)
        payment = order.payments[0]
        self._later(order, day + self._days(0, 4), lambda at: order.pay(payment, at))
        self._later(order, day + self._days(0, 6), lambda at: order.ship(order.shipments[0], at))

    def _live_parts(self, day: dt.date, life: str) -> None:
        """Paid in two parts, before and after the shipment."""
        order = self._make(day, life, payments=2)
        for payment in list(order.payments):
            self._later(order, day + self._days(0, 9), lambda at, payment=payment: order.pay(payment, at))  # type: ignore[misc]
        self._later(order, day + self._days(0, 5), lambda at: order.ship(order.shipments[0], at))

    def _live_thirds(self, day: dt.date, life: str) -> None:
        """Three payments with fractions of a kopeck, on one day."""
        order = self._make(day, life, payments=3)
        paid_on = day + self._days(0, 4)
        for number, payment in enumerate(list(order.payments)):
            at = dt.datetime.combine(paid_on, dt.time(12 + number))
            self._at(order, at, lambda at, payment=payment: order.pay(payment, at))  # type: ignore[misc]
        self._later(order, day + self._days(0, 6), lambda at: order.ship(order.shipments[0], at))

    def _live_unpaid(self, day: dt.date, life: str) -> None:
        order = self._make(day, life)
        self._later(order, day + self._days(0, 6), lambda at: order.ship(order.shipments[0], at))

    def _live_two_shipments(self, day: dt.date, life: str) -> None:
        """A part leaves first; the whole order's document comes with the last."""
        order = self._make(day, life, shipments=2)
        self._later(order, day + self._days(0, 3), lambda at: order.pay(order.payments[0], at))
        first = day + self._days(0, 4)
        self._later(order, first, lambda at: order.ship(order.shipments[0], at))
        if self._rng.random() < 0.8:
            self._later(order, first + self._days(1, 6), lambda at: order.ship(order.shipments[1], at))

    def _live_by_status(self, day: dt.date, life: str) -> None:
        """«Handed to delivery» means shipped, though no shipment has left."""
        order = self._make(day, life)
        self._later(order, day + self._days(0, 4), lambda at: order.pay(order.payments[0], at))
        traced = self._rng.random() < 0.7
        self._later(order, day + self._days(0, 5), lambda at: order.set_status("D", at, traced=traced))

    def _live_bank_import(self, day: dt.date, life: str) -> None:
        """Loaded from the bank: dated back, DATE_UPDATE and the history as they were."""
        order = self._make(day, life)
        self._later(order, day + self._days(0, 2), lambda at: order.ship(order.shipments[0], at))
        back = dt.timedelta(days=self._rng.choice((1, 2, 2, 3, 7)))

        def load(at: Moment) -> None:
            order.pay(order.payments[0], at, paid_at=at - back, touch=False, traced=False)

        self._later(order, day + self._days(4, 10), load)

    def _live_dated_back(self, day: dt.date, life: str) -> None:
        """SQL ships it two days back, and leaves DATE_UPDATE alone."""
        order = self._make(day, life)
        self._later(order, day + self._days(0, 2), lambda at: order.pay(order.payments[0], at))
        back = dt.timedelta(days=self._rng.choice((1, 2, 2, 9)))

        def ship(at: Moment) -> None:
            order.ship(order.shipments[0], at, left_at=at - back, touch=False, traced=False)

        self._later(order, day + self._days(3, 6), ship)

    def _live_quiet(self, day: dt.date, life: str) -> None:
        """Plain SQL on the right day, without DATE_UPDATE."""
        order = self._make(day, life)
        self._later(
            order, day + self._days(1, 4), lambda at: order.pay(order.payments[0], at, touch=False, traced=False)
        )
        self._later(
            order, day + self._days(1, 6), lambda at: order.ship(order.shipments[0], at, touch=False, traced=False)
        )

    def _sold(self, day: dt.date, life: str) -> tuple[Order, Row, dt.date]:
        """Paid and shipped within three days; the day after both."""
        order = self._make(day, life)
        payment = order.payments[0]
        self._later(order, day + self._days(0, 2), lambda at: order.pay(payment, at))
        self._later(order, day + self._days(0, 2), lambda at: order.ship(order.shipments[0], at))
        return order, payment, day + dt.timedelta(days=3)

    def _live_refunded(self, day: dt.date, life: str) -> None:
        """Dated by PAY_RETURN_DATE, by the receipt, or by the history."""
        order, payment, after = self._sold(day, life)
        ways = ["day", "history"] + ["receipt"] * at_least(self._version, "17")
        way = self._rng.choice(ways)

        def refund(at: Moment) -> None:
            if way == "receipt":
                order.print_receipt(payment, at, "sellreturn")
            order.give_back(payment, at, day=at.date() if way == "day" else None, traced=way == "history")

        self._later(order, after + self._days(0, 8), refund)

    def _live_refund_dated_back(self, day: dt.date, life: str) -> None:
        """SQL notes a refund of two days ago."""
        order, payment, after = self._sold(day, life)

        def refund(at: Moment) -> None:
            back = (at - dt.timedelta(days=2)).date()
            order.give_back(payment, at, day=back, touch=False, traced=False)

        self._later(order, after + self._days(2, 8), refund)

    def _live_refund_asked(self, day: dt.date, life: str) -> None:
        """The bank takes days to answer: yes, no, or not at all."""
        order, payment, after = self._sold(day, life)
        asked = after + self._days(0, 4)
        self._later(order, asked, lambda at: order.ask_refund(payment, at))
        answer = self._rng.choice(("yes", "no", "silence"))
        answered = asked + self._days(1, 4)
        if answer == "yes":
            self._later(order, answered, lambda at: order.give_back(payment, at, day=at.date()))
        elif answer == "no":
            self._later(order, answered, lambda at: order.decline_refund(payment, at))

    def _live_refunded_first(self, day: dt.date, life: str) -> None:
        """Paid and refunded, then shipped, or never."""
        order = self._make(day, life)
        payment = order.payments[0]
        self._later(order, day, lambda at: order.pay(payment, at))
        self._later(order, day + self._days(1, 2), lambda at: order.give_back(payment, at, day=at.date()))
        if self._rng.random() < 0.6:
            self._later(order, day + self._days(3, 6), lambda at: order.ship(order.shipments[0], at))

    def _live_to_credit(self, day: dt.date, life: str) -> None:
        order, payment, after = self._sold(day, life)
        self._later(order, after + self._days(0, 6), lambda at: order.give_back(payment, at, to="Y", day=at.date()))

    def _live_fell_back(self, day: dt.date, life: str) -> None:
        """PAID is N again, and nothing says why."""
        order, payment, after = self._sold(day, life)

        def fall(at: Moment) -> None:
            order.give_back(payment, at, to="N")
            order.looked.add("a payment fell back")

        self._later(order, after + self._days(1, 6), fall)

    def _live_paid_again(self, day: dt.date, life: str) -> None:
        """Refunded, some days later paid again, perhaps refunded again."""
        order, payment, after = self._sold(day, life)
        refunded = after + self._days(0, 3)
        self._later(order, refunded, lambda at: order.give_back(payment, at, day=at.date()))
        again = refunded + self._days(2, 6)

        def pay(at: Moment) -> None:
            order.pay(payment, at)
            order.looked.add("paid again")

        self._later(order, again, pay)
        if self._rng.random() < 0.5:
            self._later(order, again + self._days(2, 6), lambda at: order.give_back(payment, at, day=at.date()))

    def _live_same_day(self, day: dt.date, life: str) -> None:
        """Paid, refunded and paid again within a day; refunded a week later, dated by receipt and history alone."""
        order = self._make(day, life)
        payment = order.payments[0]
        prints = at_least(self._version, "17")
        paid = day + self._days(0, 3)

        def at_hour(date: dt.date, hour: int, step: Step) -> None:
            self._at(order, dt.datetime.combine(date, dt.time(hour, self._rng.randrange(60))), step)

        def refund(at: Moment) -> None:
            if prints:
                order.print_receipt(payment, at, "sellreturn")
            order.give_back(payment, at)

        at_hour(paid, 9, lambda at: order.ship(order.shipments[0], at))
        at_hour(paid, 10, lambda at: order.pay(payment, at))
        at_hour(paid, 12, refund)
        at_hour(paid, 15, lambda at: order.pay(payment, at))
        at_hour(paid + dt.timedelta(days=7), 12, refund)

    def _live_declined_after(self, day: dt.date, life: str) -> None:
        """A refund was given and noted as given, then the bank turned it down: the old payment stands again."""
        order, payment, after = self._sold(day, life)
        refunded = after + self._days(0, 3)
        self._later(order, refunded, lambda at: order.give_back(payment, at, day=at.date()))

        def back(at: Moment) -> None:
            payment.update(PAID="Y", IS_RETURN="N", PAY_RETURN_DATE=None)
            order.touch(at, touch=True)
            order.looked.add("a refund taken back")
            order.tell(at, f"refund of payment {payment['ID']} turned down afterwards")

        self._later(order, refunded + self._days(3, 6), back)

    def _live_part_back(self, day: dt.date, life: str) -> None:
        """A receipt of a part: Bitrix itself knows no partial refund."""
        if not at_least(self._version, "17"):
            return self._live_usual(day, life)
        order, payment, after = self._sold(day, life)
        flagged = self._rng.random() < 0.5

        def refund(at: Moment) -> None:
            part = (payment["SUM"] * Decimal("0.4")).quantize(_KOPECK)
            order.print_receipt(payment, at, "sellreturn", part)
            order.touch(at, touch=True)
            if flagged:
                order.give_back(payment, at, day=at.date())

        self._later(order, after + self._days(0, 6), refund)
        return None

    def _live_cancelled(self, day: dt.date, life: str) -> None:
        """Before it was shipped; or on the day of the shipment, before any night; or after it was posted."""
        when = self._rng.choice(("before", "between", "after"))
        order = self._make(day, life)
        if self._rng.random() < 0.6:
            self._later(order, day, lambda at: order.pay(order.payments[0], at))
        if when == "before":
            self._later(order, day + self._days(1, 4), order.cancel)
            return
        shipped = day + self._days(1, 4)
        self._at(order, dt.datetime.combine(shipped, dt.time(10)), lambda at: order.ship(order.shipments[0], at))
        cancelled = shipped if when == "between" else shipped + self._days(1, 6)

        def cancel(at: Moment) -> None:
            order.cancel(at)
            order.looked.add("cancelled")

        self._at(order, dt.datetime.combine(cancelled, dt.time(18)), cancel)

    def _live_came_back(self, day: dt.date, life: str) -> None:
        """Un-shipped after it was posted."""
        order, _, after = self._sold(day, life)

        def unship(at: Moment) -> None:
            order.unship(at)
            order.looked.add("un-shipped")

        self._later(order, after + self._days(0, 6), unship)

    def _live_refused(self, day: dt.date, life: str) -> None:
        """A company whose INN is wrong or missing; corrected, with DATE_UPDATE or without, or never, or deleted."""
        right = self._rng.choice([company for company in self._companies if company.kpp])
        wrong = self._rng.choice(("", str(right.inn)[:-1] + str((int(str(right.inn)[-1]) + 1) % 10)))
        order = self._make(day, life, buyer=right, properties={"INN": wrong})
        order.buyer = REFUSED
        order.tell(dt.datetime.combine(day, dt.time(9)), f"INN is «{wrong}»")
        self._later(order, day + self._days(0, 3), lambda at: order.pay(order.payments[0], at))
        self._later(order, day + self._days(0, 3), lambda at: order.ship(order.shipments[0], at))
        end = self._rng.choice(("touched", "quiet", "quiet", "never", "deleted"))
        touch = end == "touched"

        def correct(at: Moment) -> None:
            order.set_property("INN", str(right.inn), at, touch=touch)
            order.buyer = right

        if end == "deleted":
            self._later(order, day + self._days(5, 12), order.delete)
        elif end != "never":
            self._later(order, day + self._days(4, 14), correct)

    def _live_wrong_sum(self, day: dt.date, life: str) -> None:
        """PRICE is not what the lines come to, until SQL corrects it."""
        order, _, after = self._sold(day, life)
        right = order.head["PRICE"]
        order.set_price(right + 100, dt.datetime.combine(day, dt.time(9)), touch=True)
        if self._rng.random() < 0.8:
            touch = self._rng.random() < 0.3
            self._later(order, after + self._days(1, 9), lambda at: order.set_price(right, at, touch=touch))

    def _live_wrong_rate(self, day: dt.date, life: str) -> None:
        """A rate that does not exist, until it is corrected."""
        order, _, after = self._sold(day, life)
        line = order.lines[0]
        order.set_rate(line, Decimal("0.18"), dt.datetime.combine(day, dt.time(9)), touch=True)
        if self._rng.random() < 0.8:
            touch = self._rng.random() < 0.3
            self._later(
                order, after + self._days(1, 9), lambda at: order.set_rate(line, standard_rate(day), at, touch=touch)
            )

    def _live_anew(self, day: dt.date, life: str) -> None:
        """Rows written anew with other IDs, before or after they were posted."""
        order = self._make(day, life)
        paid, shipped = day + self._days(0, 3), day + self._days(0, 4)
        self._later(order, paid, lambda at: order.pay(order.payments[0], at))
        self._later(order, shipped, lambda at: order.ship(order.shipments[0], at))
        self._later(order, day + self._days(1, 9), lambda at: order.make_payment_anew(order.payments[0], at))
        self._later(order, day + self._days(1, 9), lambda at: order.make_shipment_anew(order.shipments[0], at))

    def _live_moved(self, day: dt.date, life: str) -> None:
        """Money of one order given to another one of the same buyer."""
        order, payment, _ = self._sold(day, life)
        other = self._make(day, "moved to", buyer=order.buyer, payments=0)
        self._later(other, day + self._days(0, 5), lambda at: other.ship(other.shipments[0], at))

        def move(at: Moment) -> None:
            if other.head["PRICE"] >= payment["SUM"]:
                order.move_payment(payment, other, at)
                for one in (order, other):
                    one.looked.add("a payment moved")

        self._later(order, day + self._days(0, 8), move)

    def _live_changed(self, day: dt.date, life: str) -> None:
        """The total is typed over after it was posted."""
        order, _, after = self._sold(day, life)
        touch = self._rng.random() < 0.5

        def change(at: Moment) -> None:
            order.set_price(order.head["PRICE"] + 100, at, touch=touch)
            order.looked.add("changed")

        self._later(order, after + self._days(0, 6), change)

    def _live_deleted(self, day: dt.date, life: str) -> None:
        """Gone from the shop, before it was shipped or after it was posted."""
        if self._rng.random() < 0.5:
            order = self._make(day, life)
            self._later(order, day + self._days(0, 2), lambda at: order.pay(order.payments[0], at))
            self._later(order, day + self._days(2, 4), order.delete)
            return
        order, _, after = self._sold(day, life)
        self._later(order, after + self._days(0, 6), order.delete)

    def _live_marked_paid(self, day: dt.date, life: str) -> None:
        order = self._make(day, life, payments=0)
        self._later(order, day + self._days(0, 3), lambda at: order.ship(order.shipments[0], at))
        self._later(order, day + self._days(0, 3), order.mark_paid)


_LIVES = (
    ("usual", 12),
    ("parts", 6),
    ("thirds", 3),
    ("unpaid", 3),
    ("two_shipments", 4),
    ("by_status", 3),
    ("bank_import", 4),
    ("dated_back", 4),
    ("quiet", 3),
    ("refunded", 5),
    ("refund_dated_back", 2),
    ("refund_asked", 4),
    ("refunded_first", 2),
    ("to_credit", 2),
    ("fell_back", 1),
    ("paid_again", 3),
    ("same_day", 2),
    ("declined_after", 1),
    ("part_back", 1),
    ("cancelled", 4),
    ("came_back", 1),
    ("refused", 5),
    ("wrong_sum", 2),
    ("wrong_rate", 2),
    ("anew", 4),
    ("moved", 3),
    ("changed", 2),
    ("deleted", 2),
    ("marked_paid", 1),
)
"""Life -> how often."""


def _buyer(buyer: Identity, changes: dict[str, str]) -> Buyer:
    if buyer.inn is None:
        return Buyer(properties={"FIO": "Иванова Анна Петровна", "EMAIL": "a@example.org"} | changes)
    name = "ИП Петров" if len(buyer.inn) == 12 else f"ООО «Фирма {buyer.inn[-4:]}»"
    known = {"COMPANY": name, "INN": buyer.inn, "KPP": buyer.kpp or "", "CONTACT_PERSON": "Петров Пётр"}
    return Buyer(reference.COMPANY, known | changes)
