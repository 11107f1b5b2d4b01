"""One order as Bitrix would store it: say what happened to it, get the rows of all tables.

Totals, flags, statuses, dates and the change history follow from what happened. ``order`` overrides any column of
``b_sale_order``, so that a broken order can be made too. All times are naive and local, as Bitrix keeps them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.shop import reference
from sandbox.shop.schema import at_least
from sandbox.shop.writer import Ids, Row

_ZERO = Decimal(0)
_MANAGER = 1
_PROPERTIES = {(prop.person_type, prop.code): prop for prop in reference.PROPERTIES}


def standard_rate(day: dt.date) -> Decimal:
    """The standard VAT as a fraction: 20 % until 31.12.2025, 22 % from 01.01.2026."""
    return Decimal("0.22") if day >= dt.date(2026, 1, 1) else Decimal("0.20")


def php(**fields: str) -> str:
    """PHP's ``serialize`` of an array of ASCII strings."""
    pairs = "".join(f's:{len(key)}:"{key}";s:{len(value)}:"{value}";' for key, value in fields.items())
    return f"a:{len(fields)}:{{{pairs}}}"


@dataclasses.dataclass(frozen=True, slots=True)
class Buyer:
    """Who orders: a person type and the values of its properties by code."""

    person_type: int = reference.PERSON
    properties: dict[str, str] = dataclasses.field(default_factory=dict)
    user_id: int = 1


class Draft:
    """An order in the making."""

    def __init__(
        self,
        ids: Ids,
        version: str,
        *,
        created: dt.datetime,
        buyer: Buyer,
        order_id: int | None = None,
        site: str = "s1",
    ) -> None:
        self.version = version
        self.id = order_id or ids.take("b_sale_order")
        self.number = str(self.id)
        self.created = created
        self.buyer = buyer
        self.site = site
        self.order: Row = {}
        """Columns of ``b_sale_order`` that shall not be worked out from the rest."""
        self.lines: list[Row] = []
        self.payments: list[Row] = []
        self.shipments: list[Row] = []
        self.others: list[tuple[str, Row]] = []
        self.statuses: list[tuple[str, dt.datetime]] | None = None
        """The statuses it went through, with their times; ``None``: as it follows from payments and shipments."""
        self.history_purged = False
        """As after the cleaner of ``b_sale_order_change``."""
        self.only_orphans = False
        """The order's own row is gone, the rest was left behind; there are no foreign keys."""
        self._ids = ids
        self._shipped: list[Row] = []
        self._changes: list[Row] = []
        self._digits = Decimal("0.00000001") if at_least(version, "2026") else Decimal("0.01")

    def line(
        self,
        price: str | Decimal,
        quantity: str | int | Decimal = 1,
        *,
        name: str = "Чайник электрический",
        vat: Decimal | None,
        **columns: Any,
    ) -> Row:
        """A row of the basket; ``vat`` is a fraction."""
        row: Row = {
            "ID": self._ids.take("b_sale_basket"),
            "FUSER_ID": self.buyer.user_id,
            "ORDER_ID": self.id,
            "PRODUCT_ID": reference.PRODUCT,
            "PRICE": Decimal(price),
            "CURRENCY": "RUB",
            "BASE_PRICE": Decimal(price),
            "VAT_INCLUDED": "Y",
            "DATE_INSERT": self.created,
            "DATE_UPDATE": self.created,
            "QUANTITY": Decimal(quantity),
            "LID": self.site,
            "NAME": name,
            "MODULE": "catalog",
            "DISCOUNT_PRICE": _ZERO,
            "VAT_RATE": vat if vat is not None or at_least(self.version, "22.8") else _ZERO,
            "CUSTOM_PRICE": "N",
            "TYPE": None,
            "SET_PARENT_ID": None,
            "MEASURE_CODE": 796,
            "MEASURE_NAME": "шт",
            "SORT": 100 + len(self.lines),
        }
        self.lines.append(row | columns)
        return self.lines[-1]

    def pay(self, amount: str | Decimal, at: dt.datetime | None, system: int = reference.CARD, **columns: Any) -> Row:
        """A payment; ``at`` is when it was paid, ``None``: not yet."""
        row: Row = {
            "ID": self._ids.take("b_sale_order_payment"),
            "ORDER_ID": self.id,
            "ACCOUNT_NUMBER": f"{self.number}/{len(self.payments) + 1}",
            "PAID": "Y" if at else "N",
            "DATE_PAID": at,
            "PAY_SYSTEM_ID": system,
            "DATE_BILL": self.created,
            "SUM": Decimal(amount),
            "PRICE_COD": _ZERO,
            "CURRENCY": "RUB",
            "PAY_SYSTEM_NAME": reference.PAY_SYSTEMS[system][0],
            "PAY_RETURN_DATE": None,
            "IS_RETURN": "N",
        } | columns
        self.payments.append(row)
        if at:
            self.change("PAYMENT_PAID", php(PAID="Y"), at, "PAYMENT", row["ID"])
            if system == reference.STORE_CREDIT:
                self._credit(row, at, "N", "ORDER_PAY")
        return row

    def give_back(self, payment: Row, at: dt.datetime, to: str = "P", *, dated: bool = True) -> None:
        """Return a payment: ``to`` is ``P``, the buyer, or ``Y``, the store credit; PAID falls back to N."""
        payment.update(PAID="N", IS_RETURN=to, PAY_RETURN_DATE=at.date() if dated else None)
        self.change("PAYMENT_PAID", php(PAID="N"), at, "PAYMENT", payment["ID"])
        if to == "Y":
            self._credit(payment, at, "Y", "ORDER_UNPAY")

    def receipt(self, payment: Row, kind: str, at: dt.datetime, status: str = "Y", amount: str | None = None) -> None:
        """A receipt of the cashbox (since 17), of the whole payment unless ``amount`` says otherwise."""
        row: Row = {
            "ID": self._ids.take("b_sale_cashbox_check"),
            "PAYMENT_ID": payment["ID"],
            "ORDER_ID": self.id,
            "DATE_CREATE": at - dt.timedelta(minutes=2),
            "DATE_PRINT_START": at - dt.timedelta(minutes=1),
            "DATE_PRINT_END": at if status == "Y" else None,
            "SUM": payment["SUM"] if amount is None else Decimal(amount),
            "CURRENCY": "RUB",
            "STATUS": status,
            "TYPE": kind,
            "ENTITY_REGISTRY_TYPE": "ORDER",
        }
        self.others.append(("b_sale_cashbox_check", row))
        related = {"CHECK_ID": row["ID"], "ENTITY_ID": payment["ID"], "ENTITY_TYPE": "P"}
        self.others.append(("b_sale_check_related_entities", related))

    def ship(
        self,
        at: dt.datetime | None,
        *,
        delivery: str | Decimal = "0",
        service: int = reference.COURIER,
        carries: dict[int, Decimal] | None = None,
        **columns: Any,
    ) -> Row:
        """A shipment; ``at`` is when it left, ``None``: not yet. ``carries``: basket id -> quantity, else all lines."""
        row: Row = {
            "ID": self._ids.take("b_sale_order_delivery"),
            "ORDER_ID": self.id,
            "ACCOUNT_NUMBER": f"{self.number}/{len(self.shipments) + 2}",
            "DATE_INSERT": self.created,
            "DATE_UPDATE": at or self.created,
            "STATUS_ID": "DF" if at else "DN",
            "PRICE_DELIVERY": Decimal(delivery),
            "BASE_PRICE_DELIVERY": Decimal(delivery),
            "ALLOW_DELIVERY": "Y" if at else "N",
            "DATE_ALLOW_DELIVERY": at,
            "DEDUCTED": "Y" if at else "N",
            "DATE_DEDUCTED": at,
            "DELIVERY_ID": service,
            "DELIVERY_NAME": reference.DELIVERY_SERVICES[service],
            "CURRENCY": "RUB",
            "SYSTEM": "N",
        } | columns
        self.shipments.append(row)
        if carries is None:
            carries = {line["ID"]: line["QUANTITY"] for line in self.lines}
        self._shipped += [self._carried(row["ID"], basket_id, quantity) for basket_id, quantity in carries.items()]
        if at:
            self.change("SHIPMENT_SHIPPED", php(DEDUCTED="Y"), at, "SHIPMENT", row["ID"])
        return row

    def unship(self, shipment: Row, at: dt.datetime) -> None:
        """Take a shipment back; Bitrix stamps its date anew."""
        shipment.update(DEDUCTED="N", DATE_DEDUCTED=at, STATUS_ID="DN")
        self.change("SHIPMENT_SHIPPED", php(DEDUCTED="N"), at, "SHIPMENT", shipment["ID"])

    def cancel(self, at: dt.datetime) -> None:
        self.order.update(CANCELED="Y", DATE_CANCELED=at, REASON_CANCELED="Отказ покупателя")
        self.change("ORDER_CANCELED", php(CANCELED="Y"), at, "ORDER", self.id)

    def bind(self, platform: int) -> None:
        """To a trading platform, by its id."""
        row = {"ORDER_ID": self.id, "TRADING_PLATFORM_ID": platform, "EXTERNAL_ORDER_ID": f"ext-{self.id}"}
        self.others.append(("b_sale_tp_order", {"ID": self._ids.take("b_sale_tp_order")} | row))

    def change(self, kind: str, data: str, at: dt.datetime, entity: str, entity_id: int) -> None:
        """A row of the order's history."""
        self._changes.append(self._change(kind, data, at, entity, entity_id))

    @property
    def goods_total(self) -> Decimal:
        """What the basket costs as Bitrix counts it, without delivery."""
        return sum((self._gross(line) for line in self._sold), _ZERO)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """The rows of every table, in the order Bitrix saves them."""
        changes = sorted([*self._changes, *self._status_changes()], key=lambda row: row["DATE_CREATE"])
        if not self.only_orphans:
            yield "b_sale_order", self._order(max((row["DATE_CREATE"] for row in changes), default=self.created))
        for line in self.lines:
            yield "b_sale_basket", line
        for value in self._values():
            yield "b_sale_order_props_value", value
        hidden = {"ACCOUNT_NUMBER": f"{self.number}/1", "SYSTEM": "Y", "DEDUCTED": "N", "DATE_DEDUCTED": None}
        yield "b_sale_order_delivery", self._hidden_shipment() | hidden
        for shipment in self.shipments:
            yield "b_sale_order_delivery", shipment
        for carried in self._shipped:
            yield "b_sale_order_dlv_basket", carried
        for payment in self.payments:
            yield "b_sale_order_payment", payment
        for change in changes if not self.history_purged else ():
            yield "b_sale_order_change", {"ID": self._ids.take("b_sale_order_change")} | change
        yield from self.others

    @property
    def _sold(self) -> list[Row]:
        """The lines without the parts of sets."""
        return [line for line in self.lines if line["SET_PARENT_ID"] in {None, 0, line["ID"]}]

    def take_id(self, table: str) -> int:
        """The next id of a table, for rows that are put into ``others``."""
        return self._ids.take(table)

    def _order(self, changed: dt.datetime) -> Row:
        """The order's own row: what follows from the rest, then what ``order`` overrides."""
        left = [shipment["DATE_DEDUCTED"] for shipment in self.shipments if shipment["DEDUCTED"] == "Y"]
        whole = bool(self.shipments) and len(left) == len(self.shipments)
        delivery = sum((shipment["PRICE_DELIVERY"] for shipment in self.shipments), _ZERO)
        price = self.goods_total + delivery
        received = sum((payment["SUM"] for payment in self.payments if payment["PAID"] == "Y"), _ZERO)
        status, status_at = self._history()[-1]
        dates_paid = [p["DATE_PAID"] for p in self.payments if isinstance(p["DATE_PAID"], dt.datetime)]
        return {
            "ID": self.id,
            "LID": self.site,
            "PERSON_TYPE_ID": self.buyer.person_type,
            "PAYED": "Y" if self.payments and received >= price else "N",
            "DATE_PAYED": max(dates_paid, default=None),
            "CANCELED": "N",
            "DATE_CANCELED": None,
            "REASON_CANCELED": None,
            "STATUS_ID": status,
            "DATE_STATUS": status_at,
            "PRICE_DELIVERY": delivery,
            "ALLOW_DELIVERY": "Y" if whole else "N",
            "DATE_ALLOW_DELIVERY": max(left) if whole else None,
            "DEDUCTED": "Y" if whole else "N",
            "DATE_DEDUCTED": max(left) if whole else None,
            "PRICE": price,
            "CURRENCY": "RUB",
            "USER_ID": self.buyer.user_id,
            "PAY_SYSTEM_ID": self.payments[0]["PAY_SYSTEM_ID"] if self.payments else None,
            "DELIVERY_ID": str(self.shipments[0]["DELIVERY_ID"]) if self.shipments else None,
            "DATE_INSERT": self.created,
            "DATE_UPDATE": max(changed, self.created),
            "TAX_VALUE": sum((self._tax(line) for line in self._sold), _ZERO),
            "SUM_PAID": min(received, price),
            "ACCOUNT_NUMBER": self.number,
            "XML_ID": f"bx_{self.id:013x}",
            "RUNNING": "N",
        } | self.order

    def _gross(self, line: Row) -> Decimal:
        """What the buyer pays for a line: Bitrix rounds VAT on top per line, since 25 per unit."""
        net = self._round(line["PRICE"] * line["QUANTITY"])
        if line["VAT_INCLUDED"] == "Y" or line["VAT_RATE"] is None:
            return net
        if at_least(self.version, "25"):
            return self._round(net + self._round(line["PRICE"] * line["VAT_RATE"]) * line["QUANTITY"])
        return net + self._round(line["PRICE"] * line["QUANTITY"] * line["VAT_RATE"])

    def _tax(self, line: Row) -> Decimal:
        gross, rate = self._gross(line), line["VAT_RATE"] or _ZERO
        return self._round(gross * rate / (1 + rate))

    def _round(self, amount: Decimal) -> Decimal:
        return amount.quantize(self._digits, ROUND_HALF_UP)

    def _history(self) -> list[tuple[str, dt.datetime]]:
        if self.statuses is not None:
            return self.statuses
        history = [("N", self.created)]
        left = [shipment["DATE_DEDUCTED"] for shipment in self.shipments if shipment["DEDUCTED"] == "Y"]
        paid = [p["DATE_PAID"] for p in self.payments if p["PAID"] == "Y" and isinstance(p["DATE_PAID"], dt.datetime)]
        whole = bool(left) and len(left) == len(self.shipments)
        if self.payments and len(paid) == len(self.payments) and not (whole and max(left) <= max(paid)):
            history.append(("P", max(paid)))
        if whole:
            history.append(("F", max(left)))
        return history

    def _status_changes(self) -> Iterator[Row]:
        for status, at in self._history()[1:]:
            yield self._change("ORDER_STATUS_CHANGED", php(STATUS_ID=status), at, "ORDER", self.id)

    def _change(self, kind: str, data: str, at: dt.datetime, entity: str, entity_id: int) -> Row:
        return {
            "ORDER_ID": self.id,
            "TYPE": kind,
            "DATA": data,
            "DATE_CREATE": at,
            "DATE_MODIFY": at,
            "USER_ID": _MANAGER,
            "ENTITY": entity,
            "ENTITY_ID": entity_id,
        }

    def _values(self) -> Iterator[Row]:
        for code, value in self.buyer.properties.items():
            prop = _PROPERTIES[self.buyer.person_type, code]
            yield {
                "ID": self._ids.take("b_sale_order_props_value"),
                "ORDER_ID": self.id,
                "ORDER_PROPS_ID": prop.id,
                "NAME": prop.name,
                "VALUE": value,
                "CODE": code,
                "ENTITY_ID": self.id,
                "ENTITY_TYPE": "ORDER",
            }

    def _hidden_shipment(self) -> Row:
        """The remainder that no shipment carries; every order has one."""
        return {
            "ID": self._ids.take("b_sale_order_delivery"),
            "ORDER_ID": self.id,
            "DATE_INSERT": self.created,
            "STATUS_ID": "DN",
            "PRICE_DELIVERY": _ZERO,
            "DELIVERY_ID": reference.PICKUP,
            "CURRENCY": "RUB",
        }

    def _carried(self, shipment_id: int, basket_id: int, quantity: Decimal) -> Row:
        return {
            "ID": self._ids.take("b_sale_order_dlv_basket"),
            "ORDER_DELIVERY_ID": shipment_id,
            "BASKET_ID": basket_id,
            "DATE_INSERT": self.created,
            "QUANTITY": quantity,
            "RESERVED_QUANTITY": _ZERO,
        }

    def _credit(self, payment: Row, at: dt.datetime, debit: str, reason: str) -> None:
        """A row of the buyer's store credit: DEBIT is Y for money added, N for money spent."""
        row = {
            "ID": self._ids.take("b_sale_user_transact"),
            "USER_ID": self.buyer.user_id,
            "TIMESTAMP_X": at,
            "TRANSACT_DATE": at,
            "AMOUNT": payment["SUM"],
            "CURRENCY": "RUB",
            "DEBIT": debit,
            "ORDER_ID": self.id,
            "DESCRIPTION": reason,
            "PAYMENT_ID": payment["ID"],
        }
        self.others.append(("b_sale_user_transact", row))
