"""Books and order table held against the model, night after night."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from proof.living.model import Document, Due, Money, Receipt, Standing, Taxes, due, is_shipped
from proof.living.orders import Identity, Order
from sandbox.kontur.books import Books

Row = tuple[str, str | None]
"""Of the order table: STATUS and ERROR_MSG."""
_SETTLED_WITHIN = 3
"""Nights. That Kontur lacks a document or a buyer is shown by another one that was posted since and is found; for a
buyer only those count that brought in a buyer."""
_LEFT = "its buyer had left when its outcome was unknown"
"""Sent again and refused for its buyer: for a person, by rule."""
_ANEW = "a payment was written anew when its outcome was unknown"
_KOPECK = Decimal("0.01")


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """What is otherwise than it should be."""

    night: str
    order: Order | None
    what: str
    row: Row | None = None
    """Of the order table."""

    def __str__(self) -> str:
        if self.order is None:
            return f"{self.night}: {self.what}"
        story = "\n".join(f"    {line}" for line in self.order.story)
        return f"{self.night}: № {self.order.number}: {self.what}\n{story}\n    its row: {self.row}"


@dataclasses.dataclass(slots=True)
class Seen:
    """What of an order stands in the books now."""

    documents: list[tuple[str, Document]] = dataclasses.field(default_factory=list)
    """Id and content."""
    money: collections.Counter[Money] = dataclasses.field(default_factory=collections.Counter)

    def told(self) -> list[str]:
        """All of it, without ids, to be compared."""
        return sorted([*(str(content) for _, content in self.documents), *map(str, self.money.elements())])


class Reader:
    """Reads one account of the sandbox's books; remembers buyers that are gone."""

    def __init__(self, books: Books, account: str) -> None:
        self._books = books
        self._account = account
        self._buyers: dict[str, Identity] = {}
        self.brought_a_buyer = False
        """Whether one was read since a night's last reading that was not there before."""

    def read(self, foreign: Collection[str] = ()) -> dict[str, Seen]:
        """Number -> what stands; without the documents named."""
        known = len(self._buyers)
        for row in self._books.counterparties():
            self._buyers[row["id"]] = Identity(row["inn"], row["kpp"])
        self.brought_a_buyer |= len(self._buyers) > known
        items: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
        for item in self._books.items():
            items[item["document_id"]].append(item)
        found: dict[str, Seen] = collections.defaultdict(Seen)
        number_of: dict[str, str] = {}
        for row in self._books.documents():
            if row["account"] == self._account and row["id"] not in foreign:
                number_of[row["id"]] = row["number"]
                found[row["number"]].documents.append((row["id"], self._document(row, items[row["id"]])))
        for kind, rows in (("payment", self._books.payments()), ("refund", self._books.refunds())):
            for row in rows:
                if (number := number_of.get(row["document_id"])) is not None:
                    found[number].money[_money(kind, row)] += 1
        return found

    def _document(self, row: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> Document:
        vat: dict[str, Decimal] = collections.defaultdict(Decimal)
        names = set()
        for item in items:
            vat[item["vat_rate"]] += (item["quantity"] * item["price"]).quantize(_KOPECK, ROUND_HALF_UP)
            names.add(item["name"])
        return Document(
            date=dt.date.fromisoformat(row["date"]),
            number=row["number"],
            buyer=self._buyers.get(row["counterparty_id"], Identity("gone")),
            total=row["total"],
            vat=tuple(sorted(vat.items())),
            names=tuple(sorted(names)),
        )


def _money(kind: str, row: Mapping[str, Any]) -> Money:
    return Money(kind, dt.date.fromisoformat(row["date"]), row["amount"], row["method"])


class Judge:
    """Knows what was posted, and says what is wrong after each night."""

    def __init__(self, orders: Mapping[int, Order], reader: Reader, go_live: dt.date, taxes: Taxes) -> None:
        self._orders = orders
        self._go_live = go_live
        self._taxes = taxes
        self._reader = reader
        self.differences: list[Difference] = []
        self.foreign: set[str] = set()
        """Documents that a person made in Kontur."""
        self.left: set[Identity] = set()
        """Buyers whose record a person deleted or merged, until a document of theirs is posted again."""
        self._removed: dict[int, collections.Counter[Money]] = collections.defaultdict(collections.Counter)
        """Payments and refunds that a person deleted there, by order."""
        self._standing: dict[int, Standing] = collections.defaultdict(Standing)
        self._status: dict[int, str] = {}
        self._begun: dict[int, list[Due]] = collections.defaultdict(list)
        """What nights that did not end well may have sent: it may take effect as it was planned then."""
        self._unsettled: dict[int | Identity, int] = {}
        """Orders of those nights, and their buyers -> within how many nights they have to be settled."""
        self._table: Mapping[int, Row] = {}
        self._said: set[tuple[int | None, str]] = set()
        self.posted = 0
        """Documents, payments and refunds that the last night brought in."""

    def night(
        self,
        name: str,
        finds: Callable[[Order], bool],
        table: Mapping[int, Row],
        squares: set[int],
        *,
        finished: bool,
        shown: set[int] | None,
        scheduled: bool,
    ) -> None:
        """Judge a night.

        Args:
            name: of the night.
            finds: whether it finds an order by its events.
            table: the order table, by order.
            squares: orders of its squares.
            finished: it ended without an error; else everything may be there, and nothing need be.
            shown: orders of the squares of a night that ended well by what it says of itself, whatever the weather was.
            scheduled: it looks at the orders that wait for a person as well.
        """
        self._table = table
        books = self.read()
        brought_a_buyer, self._reader.brought_a_buyer = self._reader.brought_a_buyer, False
        numbers = {order.number for order in self._orders.values()}
        for number in books.keys() - numbers:
            self._say(name, None, f"books hold № {number}, which no order has")
        self.posted = 0
        elsewhere = {
            receipt.payment_id: id_ for id_, standing in self._standing.items() for receipt in standing.receipts
        }
        for order in list(self._orders.values()):
            waits = scheduled and self._status.get(order.id) == "error"
            must = finished and (waits or (not order.deleted and finds(order)))
            must &= self._is_settled(order) and _LEFT not in order.handled
            others = {id_ for id_, owner in elsewhere.items() if owner != order.id}
            seen = books.get(order.number, Seen())
            self._take_begun(order, seen)
            found = due(order, self._standing[order.id], others, self._go_live, self._taxes)
            self._books(name, order, found, seen, must=must)
            looked_at = not order.deleted and not order.handled and finds(order)
            if shown is not None and looked_at and not found.trouble and self._is_open(order, found):
                self._unsaid(name, order, table.get(order.id), shown)
            if not finished and self._is_open(order, found):
                self._begun[order.id].append(found)
                self._unsettled |= {order.id: _SETTLED_WITHIN, order.buyer: _SETTLED_WITHIN}
                if found.document and order.buyer in self.left and self._standing[order.id].document is None:
                    order.handled.add(_LEFT)
            if must:
                self._told(name, order, found, table.get(order.id), squares)
        self._status = {id_: status for id_, (status, _) in table.items()}
        if finished:
            # One night more in which it could be shown that what is unknown is missing.
            left_of = {who: left - (brought_a_buyer or isinstance(who, int)) for who, left in self._unsettled.items()}
            self._unsettled = {who: left for who, left in left_of.items() if left > 0}

    def _is_open(self, order: Order, found: Due) -> bool:
        """Whether something that was due does not stand."""
        standing = self._standing[order.id]
        return (found.document is not None and standing.document is None) or any(
            receipt not in standing.receipts for receipt in found.receipts
        )

    def _is_settled(self, order: Order) -> bool:
        """Whether what a bad night sent of it, or to create its buyer, is long enough ago to be known."""
        has_buyer = self._standing[order.id].document is not None
        return order.id not in self._unsettled and (has_buyer or order.buyer not in self._unsettled)

    def _take_begun(self, order: Order, seen: Seen) -> None:
        """What took effect of what was begun before the order changed."""
        standing = self._standing[order.id]
        for begun in self._begun[order.id]:
            if standing.document is None and any(content == begun.document for _, content in seen.documents):
                standing.document = begun.document
                self.posted += 1
            if standing.document is None:
                continue
            new, rows = self._new(order, seen), {row["ID"] for row in order.payments}
            for receipt in begun.receipts:
                if receipt.payment_id not in rows:
                    order.handled.add(_ANEW)  # the books do not say which of the two rows it was posted for
                old = standing.last(receipt.payment_id)
                if (old is None or old.paid != receipt.paid) and new[receipt.paid]:
                    old = Receipt(receipt.payment_id, receipt.paid)
                    standing.receipts.append(old)
                    self.posted += 1
                if old is not None and old.refund is None and old.paid == receipt.paid and new[receipt.refund]:
                    standing.receipts[standing.receipts.index(old)] = receipt
                    self.posted += 1

    def _new(self, order: Order, seen: Seen) -> collections.Counter[Money | None]:
        """What stands beyond what is known to."""
        present: collections.Counter[Money | None] = collections.Counter(seen.money)
        present.update(self._removed[order.id])
        return present - self._known(order)

    def _known(self, order: Order) -> collections.Counter[Money | None]:
        receipts = self._standing[order.id].receipts
        known: collections.Counter[Money | None] = collections.Counter(receipt.paid for receipt in receipts)
        known.update(receipt.refund for receipt in receipts if receipt.refund is not None)
        return known

    def read(self) -> dict[str, Seen]:
        """Number -> what of ours stands now."""
        return self._reader.read(self.foreign)

    def handle(self, order: Order) -> None:
        """A person changed the order's document in Kontur: as it is now it has to stay."""
        seen = self.read().get(order.number)
        self._standing[order.id].document = seen.documents[0][1] if seen and seen.documents else None

    def remove(self, order: Order, payment: Mapping[str, Any]) -> None:
        """A person deleted a payment in Kontur: it is not to come back."""
        self._removed[order.id][_money("payment", payment)] += 1

    def document_of(self, order: Order) -> str | None:
        """The id of its document, if it has one."""
        seen = self.read().get(order.number)
        return seen.documents[0][0] if seen and seen.documents else None

    def _books(self, name: str, order: Order, found: Due, seen: Seen, *, must: bool) -> None:
        standing = self._standing[order.id]
        if "deleted" in order.handled:
            if seen.documents:
                self._say(name, order, f"posted again after a person deleted it: {seen.documents[0][1]}")
            return
        if len(seen.documents) > 1:
            self._say(name, order, f"stands {len(seen.documents)} times: {[id_ for id_, _ in seen.documents]}")
        present = seen.documents[0][1] if seen.documents else None
        if standing.document is not None:
            if present != standing.document:
                self._say(name, order, f"altered: stood {standing.document}, stands {present}")
        elif present is not None:
            self.posted += 1
            self.left.discard(order.buyer)
            if present != found.document:
                self._say(name, order, f"due: {found.document or found.trouble or 'nothing'}; stands: {present}")
            standing.document = present
        elif must and found.document is not None:
            self._say(name, order, f"not posted: {found.document}")
        if standing.document is not None:
            self._money(name, order, found, seen, must=must and order.handled <= {"edited"})

    def _money(self, name: str, order: Order, found: Due, seen: Seen, *, must: bool) -> None:
        standing = self._standing[order.id]
        gone = self._known(order)
        gone.subtract(seen.money)
        gone.subtract(self._removed[order.id])
        for money in gone.elements():
            self._say(name, order, f"gone from the books: {money}")
        new = self._new(order, seen)
        self.posted += new.total()
        for receipt in found.receipts:
            old = standing.last(receipt.payment_id)
            stands = old is not None and old.paid == receipt.paid and old.refund is None
            if not stands:
                if not self._take(name, order, new, receipt.paid, must=must):
                    continue
                old = Receipt(receipt.payment_id, receipt.paid)
                standing.receipts.append(old)
            if receipt.refund is not None and self._take(name, order, new, receipt.refund, must=must):
                assert old is not None
                standing.receipts[standing.receipts.index(old)] = receipt
        for money in new.elements():
            self._say(name, order, f"not due, and stands: {money} (due: {[str(r.paid) for r in found.receipts]})")
            assert money is not None
            self._removed[order.id][money] -= 1  # said once

    def _take(
        self, name: str, order: Order, new: collections.Counter[Money | None], money: Money, *, must: bool
    ) -> bool:
        if new[money]:
            new[money] -= 1
            return True
        if must:
            self._say(name, order, f"not posted: {money}")
        return False

    def _told(self, name: str, order: Order, found: Due, row: Row | None, squares: set[int]) -> None:
        if order.handled or (not is_shipped(order) and any(s["DEDUCTED"] == "Y" for s in order.shipments)):
            return
        status = row[0] if row else None
        if order.deleted:
            if self._standing[order.id].document is None and row is not None:
                self._say(name, order, f"is gone from the shop and has a row: {row}")
        elif found.trouble:
            self._asked(name, order, found.trouble, row, squares)
        elif self._standing[order.id].document is not None:
            if status != "synced":
                self._say(name, order, f"all that is due stands, and its row says {row}")
        elif status not in ({"pending", None} if found.waits else {None}):
            self._say(name, order, f"nothing is due, and its row says {row}")

    def _asked(self, name: str, order: Order, trouble: list[str], row: Row | None, squares: set[int]) -> None:
        """A person is asked, by the order table and by a square."""
        why = ", ".join(trouble)
        if row is None or row[0] != "error":
            self._say(name, order, f"needs a person ({why}), and its row says {row}")
        elif self._status.get(order.id) != "error" and order.id not in squares:
            self._say(name, order, f"needs a person ({why}), and has no square")

    def _unsaid(self, name: str, order: Order, row: Row | None, shown: set[int]) -> None:
        """A night that ends well shows what it left."""
        if order.id not in shown and (row is None or row[0] != "error"):
            self._say(name, order, f"is due and does not stand, no square says so, and its row says {row}")

    def _say(self, night: str, order: Order | None, what: str) -> None:
        key = (order.id if order else None, what)
        if key not in self._said:  # what stays wrong is said once
            self._said.add(key)
            self.differences.append(Difference(night, order, what, self._table.get(order.id) if order else None))
