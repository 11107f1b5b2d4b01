"""Ways to damage books or ledger: each is reported as what it is, at its own document, and as nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.contract import PaymentMethod, VatRate

from include.accounting.operations import Operation, Payment, SaleDocument
from include.reconciliation.batches import Carried, conclude, reconcile
from include.reconciliation.sides import Sides
from include.reconciliation.strays import Strays
from tests.reconciliation.three_sides import (
    SHOP_CODE,
    agreeing,
    edited,
    in_books,
    kept,
    on,
    paid,
    refunded,
    sale,
    scope,
    with_entries,
)

KOPECK = Decimal("0.01")
FIRST, SECOND = 1001, 1002
PAID_FIRST = paid("03-02", "1000.00", id_=11, order=FIRST)
PAID_SECOND = paid("03-01", "700.00", id_=21, order=SECOND, shipment=502)
ORDERS: dict[int, tuple[Operation, ...]] = {
    FIRST: (sale("03-05", order=FIRST), PAID_FIRST, refunded(PAID_FIRST, "03-20")),
    SECOND: (
        sale("03-31", "300.00", order=SECOND, shipment=501),
        sale("04-01", "700.00", order=SECOND, shipment=502),
        PAID_SECOND,
    ),
}
World = dict[int, Sides]
SALE, PAYMENT, REFUND = f"sale:{FIRST}", "payment:11", "refund:11"


def world() -> World:
    """Two orders that agree: one given back, one in two shipments over a month's end."""
    return {id_: agreeing(*operations) for id_, operations in ORDERS.items()}


def found(damaged: World, *others: Any) -> list[tuple[str, str | None]]:
    """Code and key of all that is reported."""
    everywhere = [one for sides in damaged.values() for one in sides.books.documents]
    strays = Strays([*everywhere, *others], SHOP_CODE)
    carried = Carried.of(scope())
    rows = [*reconcile([damaged.values()], strays, scope(), carried), *conclude(strays, carried)]
    assert all(row.order_id in {FIRST, SECOND, None} for row in rows)
    return [(row.code.value, row.key) for row in rows]


def in_kontur(**fields: Any) -> Callable[[World], None]:
    """The first order's document edited."""

    def damage(into: World) -> None:
        (document,) = into[FIRST].books.documents
        into[FIRST] = in_books(into[FIRST], edited(document, **fields))

    return damage


def money_in_kontur(name: str, change: Callable[[list[Any]], list[Any]]) -> Callable[[World], None]:
    """The first order's payments or refunds edited."""

    def damage(into: World) -> None:
        (document,) = into[FIRST].books.documents
        into[FIRST] = in_books(into[FIRST], with_entries(document, name, change))

    return damage


def a_rate(into: World) -> None:
    (document,) = into[FIRST].books.documents
    assert document.lines is not None
    lines = (dataclasses.replace(document.lines[0], vat_rate=VatRate.VAT20),)
    into[FIRST] = in_books(into[FIRST], dataclasses.replace(document, lines=lines))


def removed(into: World) -> None:
    into[FIRST] = in_books(into[FIRST], gone=frozenset({f"K-{SALE}"}))


def copied(into: World) -> None:
    (document,) = into[FIRST].books.documents
    bare = edited(document, id="K2", payments=(), refunds=())
    into[FIRST] = in_books(into[FIRST], document, bare)


def payment_at_another_order(into: World) -> None:
    money_in_kontur("payments", lambda _: [])(into)
    one, two = into[SECOND].books.documents
    entry = agreeing(*ORDERS[FIRST]).books.documents[0].header.payments[0]  # type: ignore[union-attr]
    into[SECOND] = in_books(into[SECOND], with_entries(one, "payments", lambda there: [*there, entry]), two)


def marker_of_another_order(into: World) -> None:
    """Kontur lists it with the second order's documents; the first one's id leads to it as well."""
    (document,) = into[FIRST].books.documents
    stolen = edited(document, comment=into[SECOND].books.documents[0].header.comment)
    into[FIRST] = in_books(into[FIRST], stolen)
    into[SECOND] = in_books(into[SECOND], *into[SECOND].books.documents, stolen)


def in_the_ledger(key: str, change: Callable[[Operation], Operation] | None) -> Callable[[World], None]:
    """One of the first order's rows changed, or lost."""

    def damage(into: World) -> None:
        rows = [row for row in into[FIRST].ledger.operations if row.key != key]
        if change is not None:
            damaged = next(one for one in ORDERS[FIRST] if one.key == key)
            rows.append(kept(change(damaged)))
        into[FIRST] = dataclasses.replace(
            into[FIRST], ledger=dataclasses.replace(into[FIRST].ledger, operations=tuple(rows))
        )

    return damage


def a_kopeck_more(one: Operation) -> Operation:
    if isinstance(one, SaleDocument):
        return dataclasses.replace(one, total_amount=one.total_amount + KOPECK)
    return dataclasses.replace(one, amount=one.amount + KOPECK)


MUTANTS: dict[str, tuple[Callable[[World], None], list[tuple[str, str | None]]]] = {
    "a kopeck": (in_kontur(total_amount=Decimal("1000.01")), [("edited", SALE)]),
    "a day": (in_kontur(date=on("03-06")), [("edited", SALE)]),
    "a month": (in_kontur(date=on("04-05")), [("moved", SALE)]),
    "a number": (in_kontur(number="1001a"), [("edited", SALE)]),
    "a buyer": (in_kontur(counterparty_id="other"), [("edited", SALE)]),
    "a rate": (a_rate, [("edited", SALE)]),
    "the comment": (in_kontur(comment="исправлено"), [("edited", SALE)]),
    "a document removed": (removed, [("vanished", SALE), ("payment_missing", PAYMENT), ("refund_missing", REFUND)]),
    "a document copied": (copied, [("doubled", SALE)]),
    "a payment removed": (money_in_kontur("payments", lambda _: []), [("payment_missing", PAYMENT)]),
    "a payment doubled": (
        money_in_kontur("payments", lambda there: [*there, dataclasses.replace(there[0], id="X")]),
        [("payment_extra", None)],
    ),
    "a payment's kopeck": (
        money_in_kontur("payments", lambda there: [dataclasses.replace(there[0], amount=Decimal("999.99"))]),
        [("payment_differs", PAYMENT)],
    ),
    "a payment's method": (
        money_in_kontur("payments", lambda there: [dataclasses.replace(there[0], method=PaymentMethod.CASH.value)]),
        [("payment_differs", PAYMENT)],
    ),
    "a payment at another document": (
        payment_at_another_order,
        [("payment_missing", PAYMENT), ("payment_extra", None)],
    ),
    "a refund removed": (money_in_kontur("refunds", lambda _: []), [("refund_missing", REFUND)]),
    "a refund doubled": (
        money_in_kontur("refunds", lambda there: [*there, dataclasses.replace(there[0], id="X")]),
        [("refund_extra", None)],
    ),
    "a refund's day": (
        money_in_kontur("refunds", lambda there: [dataclasses.replace(there[0], date=on("03-21"))]),
        [("refund_differs", REFUND)],
    ),
    "another order's marker": (
        marker_of_another_order,
        [
            ("vanished", SALE),
            ("payment_missing", PAYMENT),
            ("refund_missing", REFUND),
            ("doubled", f"sale:{SECOND}/501"),
            ("payment_extra", None),
            ("refund_extra", None),
        ],
    ),
    "the ledger's document a kopeck": (in_the_ledger(SALE, a_kopeck_more), [("edited", SALE)]),
    "the ledger's payment a kopeck": (in_the_ledger(PAYMENT, a_kopeck_more), [("payment_differs", PAYMENT)]),
    "the ledger without a document": (in_the_ledger(SALE, None), [("unseen", SALE)]),
    "the ledger without a payment": (in_the_ledger(PAYMENT, None), [("payment_extra", PAYMENT)]),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_is_reported_as_exactly_that(name: str) -> None:
    damage, expected = MUTANTS[name]
    damaged = world()
    damage(damaged)
    assert found(damaged) == expected


def test_nothing_is_reported_of_what_nobody_damaged() -> None:
    assert found(world()) == []
    assert isinstance(PAID_SECOND, Payment)
