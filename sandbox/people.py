"""What people do to books and shop: an accountant at Kontur's control side, a shop by SQL. It notes what was done.

It knows nothing of how shop and books are compared.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from MySQLdb.connections import Connection

from include.accounting.marker import marker
from include.window import Window
from sandbox.kontur.serving import Controls
from sandbox.shop.cases import make_case

_MARKER = re.compile(r"BX1-S(?P<order>\d+)-")
_KOPECK = Decimal("0.01")


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where they do it."""

    shop: Connection
    """With every right, each statement for itself."""
    version: str
    """Of the shop's sale module."""
    kontur: Controls
    days: Window
    """On which a sale is dated back; an order is cancelled on the last of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did."""

    what: str
    order_id: int | None
    """``None``: it is about no order of the shop."""


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """What stood in Kontur before, with its money."""

    row: Mapping[str, Any]
    order_id: int
    payments: tuple[Mapping[str, Any], ...]
    refunds: tuple[Mapping[str, Any], ...]

    @property
    def path(self) -> str:
        """On the control side."""
        return f"/documents/{self.row['id']}"

    @property
    def day(self) -> dt.date:
        """Its date."""
        return dt.date.fromisoformat(self.row["date"])

    def is_of(self, days: Window) -> bool:
        """Whether it and all of its money are of these days."""
        dates = (dt.date.fromisoformat(one["date"]) for one in (self.row, *self.payments, *self.refunds))
        return all(days.date_from <= date <= days.date_to for date in dates)


def documents(kontur: Controls) -> list[Document]:
    """All of ours, oldest first."""
    money: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for table, rows in (("payments", kontur.books.payments()), ("refunds", kontur.books.refunds())):
        by_document: dict[str, list[Mapping[str, Any]]] = collections.defaultdict(list)
        for row in rows:
            by_document[row["document_id"]].append(row)
        money[table] = by_document
    found = []
    for row in kontur.books.documents():
        match = _MARKER.search(row["comment"])
        if match is not None:
            payments, refunds = (tuple(money[table].get(row["id"], ())) for table in ("payments", "refunds"))
            found.append(Document(row, int(match["order"]), payments, refunds))
    return found


def damage(place: Place, victims: Iterable[Document], count: int, seed: int) -> list[Deed]:
    """Do so many things and more until all kinds are done, each to an order of its own; some are damaged twice.

    A kind for which no document is left any more is done less often.

    Args:
        place: where.
        victims: of :func:`documents`, those that may be chosen.
        count: how many at least.
        seed: decides what and to whom.

    Raises:
        ValueError: for one of the kinds there is no document at all.
    """
    rng = random.Random(seed)
    at = _People(place, rng)
    free = list(victims)
    rng.shuffle(free)
    done: list[Deed] = []
    kinds = collections.deque(_DEEDS)
    while len(done) < count or len({deed.what for deed in done}) < len(_DEEDS):
        name = kinds.popleft()
        victim = next((one for one in free if _fits(name, one)), None)
        if victim is not None:
            free.remove(victim)
            done += [Deed(name, order) for order in _DEEDS[name](at, victim, free)]
            kinds.append(name)
        elif all(deed.what != name for deed in done):
            raise ValueError(f"there is no document for {name!r}")
    return done


def _fits(name: str, one: Document) -> bool:
    if "refund" in name and name != "refund_typed":
        return bool(one.refunds)
    if "payment" in name or name == "refund_typed":
        return bool(one.payments) and not one.refunds
    return not one.refunds or "document" in name


class _People:
    def __init__(self, place: Place, rng: random.Random) -> None:
        self._place = place
        self.rng = rng

    def edit(self, one: Document, **changes: Any) -> None:
        self._place.kontur.control("PATCH", one.path, changes)

    def control(self, method: str, path: str, body: Any = None) -> None:
        self._place.kontur.control(method, path, body)

    def typed(self, one: Document, **changes: Any) -> None:
        """A document as a person types it: without a marker, one line."""
        kind = one.row["kind"]
        total = float(one.row["total"])
        line = {"name": "Товары", "quantity": 1, "price": total, "vatRate": "none", "unit": "шт"}
        body = {
            "date": one.row["date"],
            "number": one.row["number"],
            "counterpartyId": one.row["counterparty_id"],
            "items": [line],
            "totalAmount": total,
            "comment": "",
        }
        self.control("POST", f"/accounts/{one.row['account']}/documents/{kind}", body | changes)

    def another_buyer(self, one: Document) -> str:
        others = [
            row["id"] for row in self._place.kontur.books.counterparties() if row["id"] != one.row["counterparty_id"]
        ]
        return str(self.rng.choice(others))

    def another_month(self, one: Document) -> str:
        first = one.day.replace(day=1)
        return (first - dt.timedelta(days=self.rng.randint(1, 20))).isoformat()

    def sql(self, statement: str, *values: object) -> None:
        with self._place.shop.cursor() as cursor:
            cursor.execute(statement, values)
            if not cursor.rowcount:
                raise ValueError(f"nothing was changed by {statement}")

    def cancel(self, one: Document) -> None:
        self.sql(
            "UPDATE b_sale_order SET CANCELED = 'Y', DATE_CANCELED = %s WHERE ID = %s",
            dt.datetime.combine(self._place.days.date_to, dt.time(12)),
            one.order_id,
        )

    def sale_dated_back(self) -> int:
        days = self._place.days
        back = dt.timedelta(days=self.rng.randrange((days.date_to - days.date_from).days))
        return make_case(
            self._place.shop, "paid_and_shipped_in_a_day", at=days.date_to - back, version=self._place.version
        ).order_id


def _another_day(day: dt.date) -> str:
    """In the same month."""
    return day.replace(day=15 if day.day != 15 else 16).isoformat()


_Does = Callable[[_People, Document, list[Document]], Iterable[int | None]]


def _money(one: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {"date": one["date"], "amount": float(one["amount"]), "paymentMethod": one["method"]} | changes


def _to_another_document(at: _People, one: Document, free: list[Document]) -> Iterator[int]:
    other = next(document for document in free if document.payments and not document.refunds)
    free.remove(other)
    payment = one.payments[0]
    at.control("DELETE", f"/payments/{payment['id']}")
    at.control("POST", f"{other.path}/payments", _money(payment, amount=float(payment["amount"] + _KOPECK)))
    yield one.order_id
    yield other.order_id


def _simple(does: Callable[[_People, Document], None]) -> _Does:
    def do(at: _People, one: Document, _: list[Document]) -> Iterator[int]:
        does(at, one)
        yield one.order_id

    return do


def _sale_dated_back(at: _People, _: Document, __: list[Document]) -> Iterator[int]:
    yield at.sale_dated_back()


def _another_shops(at: _People, one: Document, _: list[Document]) -> Iterator[None]:
    at.typed(one, number="7", comment=f"Заказ {marker('9', one.order_id)}")
    yield None


_DEEDS: Mapping[str, _Does] = {
    "document_deleted": _simple(lambda at, one: at.control("DELETE", one.path)),
    "document_copied": _simple(lambda at, one: at.control("POST", f"{one.path}/copy", {})),
    "document_to_another_month": _simple(lambda at, one: at.edit(one, date=at.another_month(one))),
    "document_to_another_day": _simple(lambda at, one: at.edit(one, date=_another_day(one.day))),
    "document_a_kopeck_more": _simple(lambda at, one: at.edit(one, totalAmount=float(one.row["total"] + _KOPECK))),
    "document_another_number": _simple(lambda at, one: at.edit(one, number=f"{one.row['number']}-1")),
    "document_another_buyer": _simple(lambda at, one: at.edit(one, counterpartyId=at.another_buyer(one))),
    "document_another_comment": _simple(lambda at, one: at.edit(one, comment="проверено")),
    "document_other_lines": _simple(
        lambda at, one: at.edit(
            one,
            items=[
                {"name": "Всё", "quantity": 1, "price": float(one.row["total"]), "vatRate": "none", "unit": "компл"}
            ],
        )
    ),
    "document_twice_damaged": _simple(
        lambda at, one: at.edit(one, number="без номера", totalAmount=float(one.row["total"] + 1))
    ),
    "document_moved_and_damaged": _simple(
        lambda at, one: at.edit(one, date=at.another_month(one), totalAmount=float(one.row["total"] + 1))
    ),
    "typed_again": _simple(lambda at, one: at.typed(one)),
    "payment_deleted": _simple(lambda at, one: at.control("DELETE", f"/payments/{one.payments[0]['id']}")),
    "payment_typed": _simple(
        lambda at, one: at.control("POST", f"{one.path}/payments", _money(one.payments[0], amount=7.77))
    ),
    "payment_a_kopeck_more": _simple(
        lambda at, one: at.control(
            "PATCH", f"/payments/{one.payments[0]['id']}", {"amount": float(one.payments[0]["amount"] + _KOPECK)}
        )
    ),
    "payment_another_day": _simple(
        lambda at, one: at.control(
            "PATCH",
            f"/payments/{one.payments[0]['id']}",
            {"date": _another_day(dt.date.fromisoformat(one.payments[0]["date"]))},
        )
    ),
    "payment_at_another_document": _to_another_document,
    "refund_typed": _simple(
        lambda at, one: at.control("POST", f"{one.path}/refunds", _money(one.payments[0], amount=3.33))
    ),
    "refund_doubled": _simple(lambda at, one: at.control("POST", f"{one.path}/refunds", _money(one.refunds[0]))),
    "refund_deleted": _simple(lambda at, one: at.control("DELETE", f"/refunds/{one.refunds[0]['id']}")),
    "refund_a_kopeck_less": _simple(
        lambda at, one: at.control(
            "PATCH", f"/refunds/{one.refunds[0]['id']}", {"amount": float(one.refunds[0]["amount"] - _KOPECK)}
        )
    ),
    "shop_cancels": _simple(lambda at, one: at.cancel(one)),
    "shop_deletes": _simple(lambda at, one: at.sql("DELETE FROM b_sale_order WHERE ID = %s", one.order_id)),
    "shop_dates_back": _sale_dated_back,
    "another_shops_document": _another_shops,
}
