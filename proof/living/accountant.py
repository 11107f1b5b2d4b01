"""A person at work in Kontur: types, edits, copies and deletes documents, deletes and merges counterparties."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

from proof.living.judge import Judge
from proof.living.orders import Identity, Order
from sandbox.kontur.serving import Sandbox

_BUSY = 0.35


class Accountant:
    """Does one thing on some days, and tells the judge what stands there by her hand."""

    def __init__(
        self, rng: random.Random, sandbox: Sandbox, account: str, judge: Judge, orders: Mapping[int, Order]
    ) -> None:
        self._rng = rng
        self._sandbox = sandbox
        self._account = account
        self._judge = judge
        self._orders = orders

    def work(self, day: dt.date) -> None:
        """The morning after the night of ``day``."""
        if self._rng.random() > _BUSY:
            return
        does = (self._type, self._edit, self._edit, self._copy, self._delete, self._delete_payment)
        self._rng.choice((*does, self._drop, self._merge))(dt.datetime.combine(day + dt.timedelta(days=1), dt.time(8)))

    def _type(self, at: dt.datetime) -> None:
        """A sale that is no order of the shop."""
        buyers = [row for row in self._sandbox.books.counterparties() if row["account"] == self._account]
        if not buyers:
            return
        item = {"name": "Консультация", "quantity": 1, "price": 700, "vatRate": "none", "unit": "шт"}
        body = {
            "date": at.date().isoformat(),
            "number": f"Р-{at:%m%d}",
            "counterpartyId": self._rng.choice(buyers)["id"],
            "items": [item],
            "totalAmount": 700,
            "comment": "",
        }
        typed = self._control("POST", f"/accounts/{self._account}/documents/saleinvoices", body)
        self._judge.foreign.add(typed["id"])

    def _edit(self, at: dt.datetime) -> None:
        edits: tuple[dict[str, Any], ...] = (
            {"date": (at.date() - dt.timedelta(days=1)).isoformat()},
            {"comment": "Проверено"},
        )
        edit = self._rng.choice(edits)
        if (picked := self._pick()) is not None:
            order, document = picked
            self._control("PATCH", f"/documents/{document}", edit)
            order.handled.add("edited")
            order.tell(at, f"its document is edited in Kontur: {edit}")
            self._judge.handle(order)

    def _copy(self, at: dt.datetime) -> None:
        if (picked := self._pick()) is not None:
            order, document = picked
            copied = self._control("POST", f"/documents/{document}/copy", {})["id"]
            self._judge.foreign.add(copied)
            order.handled.add("copied")
            order.tell(at, "its document is copied in Kontur")

    def _delete(self, at: dt.datetime) -> None:
        if (picked := self._pick()) is not None:
            order, document = picked
            self._control("DELETE", f"/documents/{document}")
            order.handled.add("deleted")
            order.tell(at, "its document is deleted in Kontur")

    def _delete_payment(self, at: dt.datetime) -> None:
        if (picked := self._pick()) is None:
            return
        order, document = picked
        payments = [row for row in self._sandbox.books.payments() if row["document_id"] == document]
        if payments:
            self._control("DELETE", f"/payments/{payments[0]['id']}")
            order.handled.add("payment deleted")
            order.tell(at, f"its payment of {payments[0]['date']} {payments[0]['amount']} is deleted in Kontur")
            self._judge.remove(order, payments[0])

    def _drop(self, at: dt.datetime) -> None:
        """A counterparty is deleted; its documents stay."""
        buyers = [row for row in self._sandbox.books.counterparties() if row["account"] == self._account]
        if buyers:
            buyer = self._rng.choice(buyers)
            self._control("DELETE", f"/counterparties/{buyer['id']}")
            self._judge.left.add(Identity(buyer["inn"], buyer["kpp"]))

    def _merge(self, at: dt.datetime) -> None:
        """A company is typed once more, and ours merged into it."""
        buyers = [row for row in self._sandbox.books.counterparties() if row["account"] == self._account and row["inn"]]
        if not buyers:
            return
        buyer = self._rng.choice(buyers)
        typed = {name: buyer[name] for name in ("inn", "kpp", "type") if buyer[name]} | {"name": "Вторая карточка"}
        survivor = self._control("POST", f"/accounts/{self._account}/counterparties", typed)["id"]
        self._control("POST", f"/counterparties/{buyer['id']}/merge", {"into": survivor})
        self._judge.left.add(Identity(buyer["inn"], buyer["kpp"]))

    def _pick(self) -> tuple[Order, str] | None:
        order = self._rng.choice(list(self._orders.values()))
        document = None if order.handled or order.deleted else self._judge.document_of(order)
        return (order, document) if document else None

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        return self._sandbox.control(method, path, body)
