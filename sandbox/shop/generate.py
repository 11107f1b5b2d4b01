"""Months of a shop's life: ordinary orders, with the named cases of the accounting sprinkled among them.

Everything is drawn from one seed. The shop is left as it stands at the end of ``date_to``: what an order would go
through later has not happened yet.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterator
from decimal import Decimal

from MySQLdb.connections import Connection

from sandbox.shop import reference
from sandbox.shop.cases import CASES, Case
from sandbox.shop.cases.catalogue import draft_case, fits
from sandbox.shop.order import Draft, standard_rate
from sandbox.shop.pools import STANDARD, Pools
from sandbox.shop.schema import bitrix_session
from sandbox.shop.writer import Ids, Writer

_COMPLAINTS = 0.015
"""Share of orders that must be rejected or reviewed."""
_PECULIAR = 0.05
"""Share of the other named cases."""
_COMPANIES = 0.15

_WEEKDAYS = (11, 11, 10, 10, 10, 8, 7)
_HOURS = (2, 1, 1, 1, 1, 2, 3, 5, 8, 12, 14, 14, 13, 13, 13, 12, 12, 12, 13, 14, 14, 12, 8, 4)


def fill(
    connection: Connection,
    *,
    orders: int,
    date_from: dt.date,
    date_to: dt.date,
    seed: int,
    version: str = "25",
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Add ``orders`` orders placed on the local days ``date_from`` to ``date_to`` to a shop.

    Args:
        connection: a database with the tables of ``version``.
        orders: how many.
        date_from: the first day.
        date_to: the last day; the shop is left as it stands at its end.
        seed: the same seed and arguments make the same rows in an empty shop.
        version: of the sale module.
        progress: told how many orders are made, now and then.
    """
    with bitrix_session(connection):
        reference.ensure(connection, version)
        writer = Writer(connection, version)
        pools = Pools(seed, orders)
        if _is_new(connection):
            for table, row in pools.reference_rows():
                writer.add(table, row)
        rng = random.Random(seed)
        shop = _Life(Ids(connection, version), version, pools, rng, first=date_from, last=date_to)
        for made, draft in enumerate(itertools.islice(shop.orders(orders), orders), 1):
            for table, row in draft.rows():
                writer.add(table, row)
            if made % 1000 == 0 or made == orders:
                progress(made)
        writer.flush()


def _is_new(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT * FROM b_user)")
        return bool(cursor.fetchone()[0])


def _days(rng: random.Random, orders: int, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, int]]:
    """How many orders each day has; Mondays are busier than Sundays."""
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    weights = [_WEEKDAYS[day.weekday()] * rng.uniform(0.8, 1.2) for day in days]
    total, passed, given = sum(weights), 0.0, 0
    for day, weight in zip(days, weights, strict=True):
        passed += weight
        upto = orders if day == last else round(orders * passed / total)
        yield day, upto - given
        given = upto


class _Life:
    """Makes one order after the other."""

    def __init__(
        self, ids: Ids, version: str, pools: Pools, rng: random.Random, *, first: dt.date, last: dt.date
    ) -> None:
        self._ids = ids
        self._version = version
        self._pools = pools
        self._rng = rng
        self._first, self._last = first, last
        self._now = dt.datetime.combine(last, dt.time(23, 59, 59))
        sprinkled = [case for case in CASES.values() if case.sprinkled and fits(case, version)]
        rng.shuffle(sprinkled)
        self._fixed = [case for case in sprinkled if case.day and first <= case.day <= last]
        free = [case for case in sprinkled if not case.day]
        self._complaints = itertools.cycle([case for case in free if case.complaint])
        self._peculiar = itertools.cycle([case for case in free if not case.complaint])
        self._stories = (
            (self._card_in_advance, 45),
            (self._cash_to_the_courier, 24),
            (self._pickup, 12),
            (self._in_two_parts, 4),
            (self._two_shipments, 3),
            (self._refunded, 2),
            (self._partly_store_credit, 2),
            (self._cancelled, 5),
            (self._forgotten, 3),
        )

    def orders(self, count: int) -> Iterator[Draft]:
        rng = self._rng
        for day, number in _days(rng, count, self._first, self._last):
            moments = sorted(self._moment(day) for _ in range(number))
            due = [case for case in self._fixed if case.day == day][:number]
            for n, created in enumerate(moments):
                case = due[n] if n < len(due) else self._case(day)
                if case:
                    yield draft_case(case, self._ids, self._version, day)[0]
                else:
                    yield self._ordinary(created)

    def _case(self, day: dt.date) -> Case | None:
        """Now and then the next of the named cases, if all of it has happened by the last day."""
        drawn = self._rng.random()
        if drawn >= _COMPLAINTS + _PECULIAR:
            return None
        case = next(self._complaints if drawn < _COMPLAINTS else self._peculiar)
        return case if day + dt.timedelta(days=case.days_after) <= self._last else None

    def _moment(self, day: dt.date) -> dt.datetime:
        hour = self._rng.choices(range(24), _HOURS)[0]
        second = self._rng.randrange(3600)
        return dt.datetime.combine(day, dt.time(hour)) + dt.timedelta(seconds=second)

    def _later(self, moment: dt.datetime, first: int, last: int) -> dt.datetime:
        """A working hour between ``first`` and ``last`` days after ``moment``."""
        day = moment.date() + dt.timedelta(days=self._rng.randint(first, last))
        then = dt.datetime.combine(day, dt.time(9)) + dt.timedelta(seconds=self._rng.randrange(11 * 3600))
        return max(then, moment + dt.timedelta(minutes=5))

    def _happened(self, moment: dt.datetime) -> dt.datetime | None:
        return moment if moment <= self._now else None

    def _ordinary(self, created: dt.datetime) -> Draft:
        rng = self._rng
        company = rng.random() < _COMPANIES
        buyer = rng.choice(self._pools.companies if company else self._pools.people)
        draft = Draft(self._ids, self._version, created=created, buyer=buyer)
        if company:
            self._by_bill(draft)
        else:
            stories, weights = zip(*self._stories, strict=True)
            rng.choices(stories, weights)[0](draft)
        return draft

    def _basket(self, draft: Draft, shipped: dt.datetime) -> Decimal:
        """One to six products, with the rates of the day of shipment; returns what the basket costs."""
        rng = self._rng
        for product in rng.sample(self._pools.products, rng.choices((1, 2, 3, 4, 6), (40, 30, 15, 10, 5))[0]):
            quantity = Decimal(rng.randint(1, product.largest_quantity) if rng.random() < 0.5 else 1)
            if product.divisible and rng.random() < 0.5:
                quantity += Decimal(rng.randrange(1, 1000)) / 1000
            rebate = rng.choices((Decimal(0), Decimal("0.05"), Decimal("0.10")), (70, 20, 10))[0]
            price = (product.price * (1 - rebate)).quantize(Decimal("0.01"))
            draft.line(
                price,
                quantity,
                name=product.name,
                vat=standard_rate(shipped.date()) if product.vat == STANDARD else product.vat,
                PRODUCT_ID=product.id,
                BASE_PRICE=product.price,
                DISCOUNT_PRICE=product.price - price,
                MEASURE_CODE=product.measure,
                MEASURE_NAME=reference.MEASURES[product.measure],
            )
        return draft.goods_total

    def _delivery(self) -> Decimal:
        return Decimal(self._rng.choice((0, 0, 250, 300, 350, 490)))

    def _card_in_advance(self, draft: Draft) -> None:
        shipped = self._later(draft.created, 1, 5)
        delivery = self._delivery()
        total = self._basket(draft, shipped) + delivery
        draft.pay(total, self._happened(draft.created + dt.timedelta(minutes=self._rng.randint(1, 90))))
        draft.ship(self._happened(shipped), delivery=delivery)

    def _cash_to_the_courier(self, draft: Draft) -> None:
        shipped = self._later(draft.created, 1, 4)
        delivery = self._delivery()
        total = self._basket(draft, shipped) + delivery
        draft.ship(self._happened(shipped), delivery=delivery)
        draft.pay(total, self._happened(self._later(shipped, 0, 3)), reference.CASH)

    def _pickup(self, draft: Draft) -> None:
        taken = self._later(draft.created, 0, 3)
        total = self._basket(draft, taken)
        draft.pay(total, self._happened(taken), self._rng.choice((reference.CASH, reference.CARD)))
        draft.ship(self._happened(taken), service=reference.PICKUP)

    def _by_bill(self, draft: Draft) -> None:
        """Companies pay by bank, mostly in advance."""
        paid = self._later(draft.created, 1, 10)
        shipped = self._later(paid if self._rng.random() < 0.8 else draft.created, 1, 3)
        delivery = self._delivery()
        total = self._basket(draft, shipped) + delivery
        draft.pay(total, self._happened(paid), reference.BILL)
        draft.ship(self._happened(shipped), delivery=delivery)

    def _in_two_parts(self, draft: Draft) -> None:
        shipped = self._later(draft.created, 2, 6)
        total = self._basket(draft, shipped)
        advance = (total / 3).quantize(Decimal("0.01"))
        draft.pay(advance, self._happened(draft.created + dt.timedelta(minutes=30)))
        draft.ship(self._happened(shipped))
        draft.pay(total - advance, self._happened(self._later(shipped, 0, 14)), reference.CASH_ON_DELIVERY)

    def _two_shipments(self, draft: Draft) -> None:
        first = self._later(draft.created, 1, 3)
        second = self._later(first, 2, 9)
        self._basket(draft, second)
        total = self._basket(draft, second)
        draft.pay(total + 300, self._happened(draft.created + dt.timedelta(minutes=10)))
        one, *others = draft.lines
        draft.ship(self._happened(first), delivery="300", carries={one["ID"]: one["QUANTITY"]})
        draft.ship(self._happened(second), carries={line["ID"]: line["QUANTITY"] for line in others})

    def _refunded(self, draft: Draft) -> None:
        shipped = self._later(draft.created, 1, 4)
        total = self._basket(draft, shipped)
        payment = draft.pay(total, self._happened(draft.created + dt.timedelta(minutes=15)))
        draft.ship(self._happened(shipped))
        returned = self._later(shipped, 1, 14)
        if payment["PAID"] == "Y" and self._happened(returned):
            draft.give_back(payment, returned)

    def _partly_store_credit(self, draft: Draft) -> None:
        shipped = self._later(draft.created, 1, 4)
        total = self._basket(draft, shipped)
        credit = min(Decimal(100), total)
        paid = self._happened(draft.created + dt.timedelta(minutes=10))
        draft.pay(credit, paid, reference.STORE_CREDIT)
        if total > credit:
            draft.pay(total - credit, paid)
        draft.ship(self._happened(shipped))

    def _cancelled(self, draft: Draft) -> None:
        cancelled = self._later(draft.created, 0, 3)
        draft.pay(self._basket(draft, cancelled), None)
        draft.ship(None)
        if self._happened(cancelled):
            draft.cancel(cancelled)

    def _forgotten(self, draft: Draft) -> None:
        draft.pay(self._basket(draft, draft.created), None)
        draft.ship(None)
