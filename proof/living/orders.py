"""An order of the living shop, and what can happen to it: its rows change as by Bitrix, a module or plain SQL.

``touch`` is whether DATE_UPDATE follows, ``traced`` whether a row of the order's history is written. All times are
naive and local, as Bitrix keeps them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from proof.living.tables import Row, Tables
from sandbox.shop.order import php
from sandbox.shop.writer import Ids

SHIPPED_STATUSES = ("D", "F")


@dataclasses.dataclass(frozen=True, slots=True)
class Identity:
    """Who buys; without ``inn``: a person at retail."""

    inn: str | None = None
    kpp: str | None = None

    def __str__(self) -> str:
        return f"{self.inn}/{self.kpp or '—'}" if self.inn else "retail"


REFUSED = Identity("refused")
"""An INN that is wrong, or missing beside a company's name."""


@dataclasses.dataclass(slots=True)
class Order:
    """Its rows, whoever buys, and what happened to it."""

    tables: Tables
    ids: Ids
    head: Row
    lines: list[Row]
    payments: list[Row]
    shipments: list[Row]
    properties: list[Row]
    changes: list[Row]
    rest: list[tuple[str, Row]]
    """The hidden shipment, what shipments carry."""
    buyer: Identity
    receipts: list[Row] = dataclasses.field(default_factory=list)
    story: list[str] = dataclasses.field(default_factory=list)
    deleted: bool = False
    looked: set[str] = dataclasses.field(default_factory=set)
    """Why its books depend on the day somebody looked, if they do."""
    handled: set[str] = dataclasses.field(default_factory=set)
    """What a person did to it in Kontur."""
    moved_out: list[Row] = dataclasses.field(default_factory=list)
    """Payments that are another order's now."""

    @property
    def id(self) -> int:
        id_: int = self.head["ID"]
        return id_

    @property
    def number(self) -> str:
        return str(self.head["ACCOUNT_NUMBER"] or self.id)

    def tell(self, at: dt.datetime, text: str, **how: object) -> None:
        """One line of its history, for people."""
        remarks = [name if value else f"not {name}" for name, value in how.items()]
        self.story.append(f"{at:%d.%m %H:%M} {text}{' (' + ', '.join(remarks) + ')' if remarks else ''}")

    def touch(self, at: dt.datetime, *, touch: bool) -> None:
        if touch:
            self.head["DATE_UPDATE"] = at

    def trace(self, kind: str, at: dt.datetime, entity: str, entity_id: int, **data: str) -> None:
        row: Row = {
            "ID": self.ids.take("b_sale_order_change"),
            "ORDER_ID": self.id,
            "TYPE": kind,
            "DATA": php(**data),
            "DATE_CREATE": at,
            "DATE_MODIFY": at,
            "USER_ID": 1,
            "ENTITY": entity,
            "ENTITY_ID": entity_id,
        }
        self.changes.append(self.tables.add("b_sale_order_change", row))

    # ---- money

    def pay(
        self,
        payment: Row,
        at: dt.datetime,
        *,
        paid_at: dt.datetime | None = None,
        touch: bool = True,
        traced: bool = True,
    ) -> None:
        """Money came in; ``paid_at`` where an import dates it back."""
        payment.update(PAID="Y", DATE_PAID=paid_at or at, IS_RETURN="N")
        if traced:
            self.trace("PAYMENT_PAID", at, "PAYMENT", payment["ID"], PAID="Y")
        self._sum_up(at, dated=traced)
        self.touch(at, touch=touch)
        dated = f", dated {paid_at:%d.%m}" if paid_at else ""
        self.tell(
            at,
            f"payment {payment['ID']} of {payment['SUM']:f} paid{dated}",
            DATE_UPDATE=touch,
            history=traced,
        )

    def ask_refund(self, payment: Row, at: dt.datetime, *, touch: bool = True) -> None:
        """The bank was asked to give the money back, and has not answered."""
        payment["IS_RETURN"] = "P"
        self.touch(at, touch=touch)
        self.tell(at, f"refund of payment {payment['ID']} asked", DATE_UPDATE=touch)

    def decline_refund(self, payment: Row, at: dt.datetime, *, touch: bool = True) -> None:
        """The bank said no."""
        payment["IS_RETURN"] = "N"
        self.touch(at, touch=touch)
        self.tell(at, f"refund of payment {payment['ID']} declined", DATE_UPDATE=touch)

    def give_back(
        self,
        payment: Row,
        at: dt.datetime,
        *,
        to: str = "P",
        day: dt.date | None = None,
        touch: bool = True,
        traced: bool = True,
    ) -> None:
        """Money went back: to the buyer (``P``), the store credit (``Y``), or without a word (``N``, old versions)."""
        payment.update(PAID="N", IS_RETURN=to)
        if day is not None:
            payment["PAY_RETURN_DATE"] = day
        if traced:
            self.trace("PAYMENT_PAID", at, "PAYMENT", payment["ID"], PAID="N")
        self._sum_up(at, dated=False)
        self.touch(at, touch=touch)
        dated = f", PAY_RETURN_DATE {day:%d.%m}" if day else ""
        self.tell(at, f"payment {payment['ID']} unpaid, IS_RETURN={to}{dated}", DATE_UPDATE=touch, history=traced)

    def print_receipt(self, payment: Row, at: dt.datetime, kind: str, amount: Decimal | None = None) -> None:
        """The cashbox prints a receipt: ``sell`` or ``sellreturn``."""
        row: Row = {
            "ID": self.ids.take("b_sale_cashbox_check"),
            "PAYMENT_ID": payment["ID"],
            "ORDER_ID": self.id,
            "DATE_CREATE": at,
            "DATE_PRINT_START": at,
            "DATE_PRINT_END": at,
            "SUM": amount if amount is not None else payment["SUM"],
            "CURRENCY": "RUB",
            "STATUS": "Y",
            "TYPE": kind,
            "ENTITY_REGISTRY_TYPE": "ORDER",
        }
        self.receipts.append(self.tables.add("b_sale_cashbox_check", row))
        self.tables.add(
            "b_sale_check_related_entities", {"CHECK_ID": row["ID"], "ENTITY_ID": payment["ID"], "ENTITY_TYPE": "P"}
        )
        self.tell(at, f"receipt {kind} of payment {payment['ID']}, {row['SUM']:f}")

    def make_payment_anew(self, payment: Row, at: dt.datetime) -> Row:
        """An exchange module deletes the row and writes it again with another ID."""
        anew = payment | {"ID": self.ids.take("b_sale_order_payment")}
        self.tables.remove("b_sale_order_payment", payment)
        self.payments.remove(payment)
        self.payments.append(self.tables.add("b_sale_order_payment", anew))
        self.touch(at, touch=True)
        self.tell(at, f"payment {payment['ID']} made anew as {anew['ID']}")
        return anew

    def move_payment(self, payment: Row, other: Order, at: dt.datetime) -> None:
        """A manager gives the money to another order of the buyer."""
        self.payments.remove(payment)
        self.moved_out.append(payment)
        other.payments.append(payment)
        payment["ORDER_ID"] = other.id
        for order in (self, other):
            order._sum_up(at, dated=False)
            order.touch(at, touch=True)
            order.tell(at, f"payment {payment['ID']} moved from № {self.number} to № {other.number}")

    # ---- goods

    def ship(
        self,
        shipment: Row,
        at: dt.datetime,
        *,
        left_at: dt.datetime | None = None,
        touch: bool = True,
        traced: bool = True,
    ) -> None:
        """A shipment leaves; ``left_at`` where SQL dates it back. With the last one the order is done."""
        left_at = left_at or at
        shipment.update(DEDUCTED="Y", DATE_DEDUCTED=left_at, STATUS_ID="DF", ALLOW_DELIVERY="Y")
        if traced:
            shipment["DATE_UPDATE"] = at
            self.trace("SHIPMENT_SHIPPED", at, "SHIPMENT", shipment["ID"], DEDUCTED="Y")
        if all(other["DEDUCTED"] == "Y" for other in self.shipments):
            self.head.update(DEDUCTED="Y", DATE_DEDUCTED=max(s["DATE_DEDUCTED"] for s in self.shipments))
            if traced:
                self._set_status("F", at)
        self.touch(at, touch=touch)
        dated = f", dated {left_at:%d.%m}" if left_at != at else ""
        self.tell(at, f"shipment {shipment['ID']} left{dated}", DATE_UPDATE=touch, history=traced)

    def set_status(self, status: str, at: dt.datetime, *, traced: bool = True) -> None:
        """A manager sets the status."""
        self._set_status(status, at, traced=traced)
        self.touch(at, touch=True)
        self.tell(at, f"status {status}", history=traced)

    def unship(self, at: dt.datetime) -> None:
        """All shipments come back; Bitrix stamps their dates anew."""
        for shipment in self.shipments:
            shipment.update(DEDUCTED="N", DATE_DEDUCTED=at, STATUS_ID="DN")
            self.trace("SHIPMENT_SHIPPED", at, "SHIPMENT", shipment["ID"], DEDUCTED="N")
        self.head.update(DEDUCTED="N", DATE_DEDUCTED=at)
        self._set_status("N", at)
        self.touch(at, touch=True)
        self.tell(at, "un-shipped")

    def make_shipment_anew(self, shipment: Row, at: dt.datetime) -> None:
        """An exchange module deletes the row and writes it again with another ID, with what it carries."""
        anew = shipment | {"ID": self.ids.take("b_sale_order_delivery")}
        self.tables.remove("b_sale_order_delivery", shipment)
        self.shipments[self.shipments.index(shipment)] = self.tables.add("b_sale_order_delivery", anew)
        for table, row in self.rest:
            if table == "b_sale_order_dlv_basket" and row["ORDER_DELIVERY_ID"] == shipment["ID"]:
                row["ORDER_DELIVERY_ID"] = anew["ID"]
        self.touch(at, touch=True)
        self.tell(at, f"shipment {shipment['ID']} made anew as {anew['ID']}")

    # ---- the order

    def cancel(self, at: dt.datetime, *, touch: bool = True) -> None:
        self.head.update(CANCELED="Y", DATE_CANCELED=at, REASON_CANCELED="Отказ")
        self.trace("ORDER_CANCELED", at, "ORDER", self.id, CANCELED="Y")
        self.touch(at, touch=touch)
        self.tell(at, "cancelled", DATE_UPDATE=touch)

    def set_property(self, code: str, value: str, at: dt.datetime, *, touch: bool) -> None:
        """A manager, or SQL, corrects a property of the buyer."""
        next(row for row in self.properties if row["CODE"] == code)["VALUE"] = value
        self.touch(at, touch=touch)
        self.tell(at, f"{code} is «{value}» now", DATE_UPDATE=touch)

    def set_price(self, price: Decimal, at: dt.datetime, *, touch: bool) -> None:
        """The order's total is typed over, its lines stay."""
        self.head["PRICE"] = price
        self.touch(at, touch=touch)
        self.tell(at, f"PRICE is {price:f} now", DATE_UPDATE=touch)

    def set_rate(self, line: Row, rate: Decimal, at: dt.datetime, *, touch: bool) -> None:
        """A line's VAT is corrected."""
        line["VAT_RATE"] = rate
        self.touch(at, touch=touch)
        self.tell(at, f"VAT of «{line['NAME']}» is {rate:f} now", DATE_UPDATE=touch)

    def mark_paid(self, at: dt.datetime) -> None:
        """PAYED='Y' by hand, without a payment that is paid."""
        self.head.update(PAYED="Y", DATE_PAYED=at)
        self.touch(at, touch=True)
        self.tell(at, "PAYED='Y' without a payment")

    def delete(self, at: dt.datetime) -> None:
        """Gone from the shop, with all its rows."""
        self.tables.remove("b_sale_order", self.head)
        for table, rows in (
            ("b_sale_basket", self.lines),
            ("b_sale_order_payment", self.payments),
            ("b_sale_order_delivery", self.shipments),
            ("b_sale_order_props_value", self.properties),
            ("b_sale_order_change", self.changes),
        ):
            for row in rows:
                self.tables.remove(table, row)
        for table, row in self.rest:
            self.tables.remove(table, row)
        self.deleted = True
        self.tell(at, "deleted")

    def _set_status(self, status: str, at: dt.datetime, *, traced: bool = True) -> None:
        self.head.update(STATUS_ID=status, DATE_STATUS=at)
        if traced:
            self.trace("ORDER_STATUS_CHANGED", at, "ORDER", self.id, STATUS_ID=status)

    def _sum_up(self, at: dt.datetime, *, dated: bool) -> None:
        paid = sum((row["SUM"] for row in self.payments if row["PAID"] == "Y"), Decimal(0))
        self.head["PAYED"] = "Y" if paid and paid >= self.head["PRICE"] else "N"
        self.head["SUM_PAID"] = min(paid, self.head["PRICE"])
        if dated:
            self.head["DATE_PAYED"] = at
