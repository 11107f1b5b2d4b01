"""Orders in one line: an unremarkable one by default, with what a test is about put in."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from kontur_hook.contract import VatRate

from include.accounting.operations import (
    Finding,
    Item,
    KnownOperation,
    Operation,
    Plan,
    Progress,
    SaleDocument,
)
from include.accounting.operations import Payment as PaymentOperation
from include.accounting.operations import Refund as RefundOperation
from include.accounting.plan import Rules, plan_order
from include.bitrix.rows import (
    BasketItem,
    Order,
    Payment,
    Property,
    PropertyMapping,
    ReturnReceipt,
    Shipment,
    ShipmentItem,
    Shop,
    StatusChange,
)
from include.settings import Accounting, Settings
from include.settings import Shop as ShopSettings

ORDER_ID = 1045
SHIPPED = "2026-03-05"
NOW = "2026-09-01 03:00:00"
PERSON, ENTITY = 1, 2
COURIER = 3
SITE = "s1"


GOODS_STAY = ("review", "refund_without_return")
"""Said of each order whose money went back and whose goods did not, as far as the shop tells."""
MONEY_STAYS = ("review", "return_without_refund")


def at(text: str | dt.datetime | None) -> dt.datetime | None:
    """«2026-03-05» is noon of that day, «2026-03-05 23:59:59» is what it says."""
    if text is None or isinstance(text, dt.datetime):
        return text
    moment = dt.datetime.fromisoformat(text)
    return moment if len(text) > 10 else moment.replace(hour=12)


def line(price: str, quantity: str | int = 1, *, vat: str | None = "0.22", **fields: Any) -> BasketItem:
    """A basket row; its id counts up from 1 within :func:`order`."""
    row: dict[str, Any] = {
        "id": 0,
        "name": "Чайник",
        "price": Decimal(price),
        "quantity": Decimal(str(quantity)),
        "currency": "RUB",
        "vat_rate": None if vat is None else Decimal(vat),
        "vat_included": True,
        "measure_code": 796,
        "measure_name": "шт",
        "type": None,
        "set_parent_id": None,
        "product_type": 1,
        "sort": 100,
    }
    return BasketItem(**(row | fields))


def shipment(
    id_: int, carries: dict[int, str | int], shipped: str | None = None, delivery: str = "0", **fields: Any
) -> Shipment:
    """A shipment of basket rows by id."""
    row: dict[str, Any] = {
        "id": id_,
        "account_number": f"{ORDER_ID}/{id_}",
        "deducted": shipped is not None,
        "date_deducted": at(shipped),
        "price_delivery": Decimal(delivery),
        "currency": "RUB",
        "delivery_id": COURIER,
        "delivery_name": "Курьер",
        "items": tuple(ShipmentItem(basket_id=b, quantity=Decimal(str(q))) for b, q in carries.items()),
    }
    return Shipment(**(row | fields))


def payment(id_: int, amount: str, day: str | None = SHIPPED, **fields: Any) -> Payment:
    """A payment by card, paid on ``day``; ``None``: never paid."""
    row: dict[str, Any] = {
        "id": id_,
        "account_number": f"{ORDER_ID}/{id_}",
        "sum": Decimal(amount),
        "currency": "RUB",
        "paid": day is not None,
        "date_paid": at(day),
        "pay_system_id": 2,
        "pay_system_name": "Карта",
        "pay_system_code": None,
        "action_file": "yandexcheckout",
        "is_cash": "A",
        "is_return": "N",
        "pay_return_date": None,
        "pay_voucher_date": None,
        "return_receipts": (),
        "unpaid_at": None,
    }
    return Payment(**(row | {key: at(value) if key.endswith("_at") else value for key, value in fields.items()}))


def receipt(when: str, amount: str | None = None) -> ReturnReceipt:
    """A printed return receipt; without an amount it does not say how much."""
    moment = at(when)
    assert moment is not None
    return ReturnReceipt(at=moment, sum=None if amount is None else Decimal(amount))


def returned(id_: int, amount: str, paid: str, on: str | None, to: str = "P", **fields: Any) -> Payment:
    """A payment that went back and fell back to unpaid, as Bitrix leaves it."""
    returned_on = dt.date.fromisoformat(on) if on else None
    return payment(id_, amount, paid, **({"paid": False, "is_return": to, "pay_return_date": returned_on} | fields))


def properties(**values: str | None) -> tuple[Property, ...]:
    """Order properties by code; their ids count up from 1."""
    return tuple(
        Property(props_id=number, code=code, name=code, value=value, is_payer=False)
        for number, (code, value) in enumerate(values.items(), start=1)
    )


def order(
    *items: BasketItem,
    payments: Iterable[Payment] = (),
    shipped: str | None = SHIPPED,
    delivery: str = "0",
    price: str | None = None,
    statuses: Sequence[tuple[str, str]] = (),
    **fields: Any,
) -> Order:
    """An order of one teapot for 1,000, shipped on 2026-03-05; its total is that of its lines."""
    numbered = itertools.count(1)
    rows = tuple(item if item.id else _with_id(item, next(numbered)) for item in (items or (line("1000.00"),)))
    total = sum((r.price * r.quantity for r in rows if r.set_parent_id in {None, r.id}), start=Decimal(0))
    row: dict[str, Any] = {
        "id": ORDER_ID,
        "lid": SITE,
        "account_number": str(ORDER_ID),
        "person_type_id": PERSON,
        "canceled": False,
        "date_canceled": None,
        "payed": False,
        "status_id": "N",
        "date_status": at("2026-03-01"),
        "price": Decimal(price) if price is not None else total + Decimal(delivery),
        "price_delivery": Decimal(delivery),
        "currency": "RUB",
        "deducted": shipped is not None,
        "date_deducted": at(shipped),
        "date_insert": at("2026-03-01"),
        "date_update": at("2026-03-05"),
        "running": False,
        "items": rows,
        "shipments": (shipment(501, {r.id: str(r.quantity) for r in rows}, shipped, delivery),),
        "payments": tuple(payments),
        "properties": (),
        "status_changes": tuple(
            StatusChange(status_id=status, at=moment) for status, when in statuses if (moment := at(when))
        ),
    }
    return Order(**(row | {key: at(value) if key.startswith("date_") else value for key, value in fields.items()}))


def _with_id(item: BasketItem, id_: int) -> BasketItem:
    return dataclasses.replace(item, id=id_)


def company(inn: str | None = "7707083893", kpp: str | None = "773601001", name: str | None = "ООО «Пример»") -> Any:
    """Fields of an order that a company gave."""
    return {"person_type_id": ENTITY, "properties": properties(COMPANY=name, INN=inn, KPP=kpp)}


def shop(
    *mappings: PropertyMapping, count_delivery_tax: bool = False, delivery_vat: dict[int, str | None] | None = None
) -> Shop:
    """A shop whose person type 2 is a legal entity's."""
    rates = {COURIER: "0.22"} if delivery_vat is None else delivery_vat
    return Shop(
        entity_person_types=frozenset({ENTITY}),
        property_mappings=mappings,
        count_delivery_tax=count_delivery_tax,
        delivery_vat_rates={id_: None if rate is None else Decimal(rate) for id_, rate in rates.items()},
    )


def rules(
    *, adjust: Callable[..., Any] | None = None, of_shop: Mapping[str, Any] | None = None, **accounting: Any
) -> Rules:
    """The default rules, with these keys of the section ``accounting``, and of the section ``shop``."""
    settings = Settings(shop=ShopSettings(**(of_shop or {})), accounting=Accounting(**accounting))
    return dataclasses.replace(Rules.of(settings, comment="Заказ № {{ account_number }}"), adjust=adjust)


def plan(
    an_order: Order,
    *,
    known: Sequence[KnownOperation] = (),
    now: str = NOW,
    of_shop: Shop | None = None,
    by: Rules | None = None,
) -> Plan:
    """The order's plan."""
    moment = at(now)
    assert moment is not None
    return plan_order(an_order, of_shop or shop(), by or rules(), known=known, now=moment)


def done(*operations: Operation) -> list[KnownOperation]:
    """These operations as the ledger has them once they are in the books."""
    return [KnownOperation(key=o.key, operation=o, progress=Progress.DONE) for o in operations]


def posted(a_plan: Plan) -> list[KnownOperation]:
    """All that was due, in the books."""
    return done(*a_plan.due)


def taken_over(key: str = f"sale:{ORDER_ID}") -> KnownOperation:
    """A document that another program posted."""
    return KnownOperation(key=key, operation=None, progress=Progress.DONE)


def documents(a_plan: Plan) -> list[SaleDocument]:
    """The sale documents that are due."""
    return [operation for operation in a_plan.due if isinstance(operation, SaleDocument)]


def document(a_plan: Plan) -> SaleDocument:
    """The only sale document; the findings say why there is none."""
    found = documents(a_plan)
    assert len(found) == 1, a_plan.findings
    return found[0]


def payments(a_plan: Plan) -> list[tuple[str, str, str]]:
    """Key, date and amount of the payments that are due."""
    return [(o.key, str(o.date), str(o.amount)) for o in a_plan.due if isinstance(o, PaymentOperation)]


def refunds(a_plan: Plan) -> list[tuple[str, str, str]]:
    """Key, date and amount of the refunds that are due."""
    return [(o.key, str(o.date), str(o.amount)) for o in a_plan.due if isinstance(o, RefundOperation)]


def held(a_plan: Plan) -> list[tuple[str, str, str]]:
    """Key, date and amount of the payments that wait."""
    return [(o.key, str(o.date), str(o.amount)) for o in a_plan.held]


def codes(a_plan: Plan) -> list[tuple[str, str]]:
    """Verdict and code of what is said."""
    return [(finding.verdict.value, finding.code) for finding in a_plan.findings]


def finding(a_plan: Plan) -> Finding:
    """The only thing that is said."""
    (only,) = a_plan.findings
    return only


def items(a_plan: Plan) -> list[tuple[str, str, str]]:
    """Quantity, price and VAT of the document's lines."""
    return [(str(i.quantity), str(i.price), i.vat_rate.value) for i in document(a_plan).items]


def item(price: str, quantity: str = "1", vat: VatRate = VatRate.VAT22, name: str = "Чайник", unit: str = "шт") -> Item:
    """A line as it should come out."""
    return Item(name=name, quantity=Decimal(quantity), price=Decimal(price), vat_rate=vat, unit=unit)
