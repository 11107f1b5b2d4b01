"""Any three sides: what hypothesis draws, for what has to hold of all of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from kontur_hook.contract import PaymentMethod
from kontur_hook.records import MoneyEntry

from include.accounting.operations import Operation, SaleDocument, Wanted
from include.books.standing import Standing
from include.ledger.operation import State
from include.reconciliation.sides import InBooks, InLedger, InShop, Kept, LeftShop, Sides
from tests.reconciliation.three_sides import edited, kept, paid, refunded, sale, standing, wanted

DAYS = ["2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-31", "2026-04-01"]
days = st.sampled_from(DAYS)
amounts = st.sampled_from(["0.01", "333.33", "333.34", "999.99", "1000.00"]) | st.decimals(
    "0.01", "99999.99", places=2
).map(str)
ORDERS = 3


@st.composite
def operations(draw: st.DrawFn, order: int) -> list[Operation]:
    """One document or one a shipment, each with payments, some of them given back."""
    shipments: list[int | None] = draw(st.sampled_from([[None], [None], [501, 502]]))
    found: list[Operation] = []
    for place, shipment in enumerate(shipments):
        found.append(sale(draw(days), draw(amounts), order=order, shipment=shipment))
        for id_ in range(draw(st.integers(0, 2))):
            name = order * 100 + place * 10 + id_
            payment = paid(draw(days), draw(amounts), id_=name, order=order, shipment=shipment)
            found.append(payment)
            if draw(st.integers(0, 3)) == 0:
                found.append(refunded(payment, draw(days)))
    return found


@st.composite
def sides(draw: st.DrawFn, order: int = 1045) -> Sides:
    """An order as the shop has it, as the ledger has it and as Kontur has it, each on its own."""
    truth = draw(operations(order))
    says = tuple(draw(_said(one)) for one in wanted(*truth) if draw(st.integers(0, 5)))
    rows = tuple(draw(_row(one)) for one in truth if draw(st.integers(0, 5)))
    documents = [one for one in truth if isinstance(one, SaleDocument)]
    stands = [draw(_standing(one, truth)) for one in documents if draw(st.integers(0, 5))]
    stands += [
        edited(draw(_standing(one, truth)), id=f"copy-{one.key}") for one in documents if not draw(st.integers(0, 5))
    ]
    there = {one.id for one in stands}
    named = {row.doc_id for row in rows if row.doc_id and row.parent_key is None} - there
    fates = {id_: draw(st.sampled_from(["gone", "gone", "unread", "not asked"])) for id_ in sorted(named)}
    shop: InShop | LeftShop = InShop(number=str(order), wanted=says)
    if draw(st.integers(0, 7)) == 0:
        shop = LeftShop(number=str(order), kept=tuple(truth), archived=draw(st.booleans()))
    return Sides(
        order_id=order,
        shop=shop,
        ledger=InLedger(operations=rows, refused=draw(st.booleans())),
        books=InBooks(
            documents=tuple(stands),
            gone=frozenset(id_ for id_, fate in fates.items() if fate == "gone"),
            unread=frozenset(id_ for id_, fate in fates.items() if fate == "unread"),
        ),
    )


@st.composite
def _said(draw: st.DrawFn, one: Wanted) -> Wanted:
    """As it was posted, mostly; else another day, another sum, or not fit to be posted."""
    changes: dict[str, Any] = draw(
        st.sampled_from([{}, {}, {}, {"date": None, "operation": None}, {"operation": None}])
        | st.fixed_dictionaries({"date": days.map(dt.date.fromisoformat)})
        | st.fixed_dictionaries({"amount": amounts.map(Decimal)})
    )
    changed = dataclasses.replace(one, **changes)
    if isinstance(changed.operation, SaleDocument) and changed.date is not None:
        document = dataclasses.replace(changed.operation, date=changed.date, total_amount=changed.amount)
        return dataclasses.replace(changed, operation=document)
    if changed.operation is not None and changed.date is not None:
        fields: dict[str, Any] = {"date": changed.date, "amount": changed.amount}
        money = dataclasses.replace(changed.operation, **fields)
        return dataclasses.replace(changed, operation=money)
    return changed


@st.composite
def _row(draw: st.DrawFn, one: Operation) -> Kept:
    state = draw(st.sampled_from([State.DONE] * 6 + list(State)))
    return kept(one, state, is_ours=bool(draw(st.integers(0, 9))) or not isinstance(one, SaleDocument))


@st.composite
def _standing(draw: st.DrawFn, one: SaleDocument, truth: list[Operation]) -> Standing:
    """As it was posted, mostly; else with another day, sum, number, buyer, without its marker, and other money."""
    stands = standing(one, truth)
    changed: st.SearchStrategy[Any] = (
        st.sampled_from([{}, {}, {}, {"number": "17"}, {"counterparty_id": "other"}, {"comment": None}, {"id": "new"}])
        | st.fixed_dictionaries({"date": days.map(dt.date.fromisoformat)})
        | st.fixed_dictionaries({"total_amount": amounts.map(Decimal)})
    )
    changes: dict[str, Any] = draw(changed)
    if changes.get("id"):
        changes = {"id": f"new-{one.key}"}
    for name in ("payments", "refunds"):
        entries = [e for e in getattr(stands.header, name) if draw(st.integers(0, 4))]
        entries = [dataclasses.replace(e, date=_day(draw(days))) if not draw(st.integers(0, 4)) else e for e in entries]
        entries += [draw(_typed(number)) for number in range(draw(st.sampled_from([0, 0, 0, 1, 2])))]
        changes[name] = tuple(entries)
    return edited(stands, **changes)


@st.composite
def _typed(draw: st.DrawFn, number: int) -> MoneyEntry:
    method = draw(st.sampled_from([*PaymentMethod, "Barter"]))
    return MoneyEntry(id=f"typed-{number}", date=_day(draw(days)), amount=Decimal(draw(amounts)), method=str(method))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
