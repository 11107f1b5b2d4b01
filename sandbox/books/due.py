"""What must be in the books, worked out from the shop alone."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import itertools
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from MySQLdb.connections import Connection
from stdnum.ru import inn as inn_number

from sandbox.books.sale import Sale

_HALF_A_KOPECK = Decimal("0.005")
_WORDS = {0: "none", 5: "vat5", 7: "vat7", 10: "vat10", 20: "vat20", 22: "vat22"}
_STANDARD = {20, 22}
_NEW_RATE = dt.date(2026, 1, 1)
_INN = re.compile(r"\d{10}|\d{12}", re.ASCII)
_KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}", re.ASCII)

_SHIPPED = """
    o.CANCELED <> 'Y' AND (o.DEDUCTED = 'Y' OR BINARY o.STATUS_ID IN ('D', 'F'))
"""
_ORDERS = """
    SELECT o.ID, COALESCE(o.ACCOUNT_NUMBER, o.ID), o.PERSON_TYPE_ID, o.CURRENCY,
           ROUND(o.PRICE, 2), ROUND(o.PRICE_DELIVERY, 2),
           DATE(CASE WHEN o.DEDUCTED = 'Y' AND o.DATE_DEDUCTED > '1000-01-01' THEN o.DATE_DEDUCTED
                     WHEN s.FIRST_AT IS NOT NULL THEN s.FIRST_AT
                     WHEN o.DATE_STATUS > '1000-01-01' THEN o.DATE_STATUS END)
      FROM b_sale_order o
      LEFT JOIN (SELECT ORDER_ID, MIN(DATE_CREATE) AS FIRST_AT
                   FROM b_sale_order_change
                  WHERE TYPE = 'ORDER_STATUS_CHANGED'
                    AND BINARY DATA IN ('a:1:{{s:9:"STATUS_ID";s:1:"D";}}', 'a:1:{{s:9:"STATUS_ID";s:1:"F";}}')
                  GROUP BY ORDER_ID) s ON s.ORDER_ID = o.ID
     WHERE {shipped} AND NOT ({being_saved})
"""
_LINES = """
    SELECT ORDER_ID, RATE, COUNT(*), SUM(QUANTITY <= 0 OR PRICE < 0),
           SUM(ROUND(PRICE * QUANTITY, 2) + ROUND(ON_TOP * PRICE * QUANTITY, 2)),
           SUM(ROUND(PRICE * QUANTITY, 2) + ROUND(ROUND(ON_TOP * PRICE, 2) * QUANTITY, 2))
      FROM (SELECT b.ORDER_ID, b.PRICE, CAST(b.QUANTITY AS DECIMAL(18, 4)) AS QUANTITY, COALESCE(b.VAT_RATE, 0) AS RATE,
                   IF(b.VAT_INCLUDED = 'N', COALESCE(b.VAT_RATE, 0), 0) AS ON_TOP
              FROM b_sale_basket b JOIN b_sale_order o ON o.ID = b.ORDER_ID
             WHERE {shipped} AND NOT (COALESCE(b.SET_PARENT_ID, 0) > 0 AND b.SET_PARENT_ID <> b.ID)) sold
     GROUP BY ORDER_ID, RATE
"""
_BUYERS = """
    SELECT v.ORDER_ID, MAX(IF(v.CODE = 'INN' OR m.CODE_KEY = 'BUYER_COMPANY_INN', v.VALUE, NULL)),
           MAX(IF(v.CODE = 'KPP' OR m.CODE_KEY = 'BUYER_COMPANY_KPP', v.VALUE, NULL)),
           MAX(IF(v.CODE IN ('COMPANY', 'COMPANY_NAME') OR m.CODE_KEY = 'BUYER_COMPANY_NAME', v.VALUE, NULL)),
           MAX(IF(INSTR(CONCAT('_', UPPER(v.CODE), '_'), '_INN_') OR INSTR(CONCAT(' ', v.NAME, ' '), ' ИНН '),
                  v.VALUE, NULL))
      FROM b_sale_order_props_value v
      JOIN b_sale_order o ON o.ID = v.ORDER_ID
      LEFT JOIN b_sale_bizval m ON m.CONSUMER_KEY = '1C' AND m.PROVIDER_KEY = 'PROPERTY'
                               AND m.PERSON_TYPE_ID = o.PERSON_TYPE_ID AND m.PROVIDER_VALUE = v.ORDER_PROPS_ID
     WHERE {shipped} AND {of_the_order}
     GROUP BY v.ORDER_ID
"""
_PAYMENTS = """
    SELECT p.ORDER_ID, p.`SUM`,
           CASE WHEN p.DATE_PAID > '1000-01-01' AND NOT ({is_cash}) AND p.PAY_VOUCHER_DATE > '1000-01-01'
                THEN LEAST(p.PAY_VOUCHER_DATE, DATE(p.DATE_PAID))
                WHEN p.DATE_PAID > '1000-01-01' THEN DATE(p.DATE_PAID) END, p.PAID, p.IS_RETURN,
           IF(p.PAY_RETURN_DATE >= DATE(p.DATE_PAID), p.PAY_RETURN_DATE, NULL), {printed}, {given_back},
           (SELECT DATE(MAX(c.DATE_CREATE)) FROM b_sale_order_change c
             WHERE c.ORDER_ID = p.ORDER_ID AND c.ENTITY_ID = p.ID AND c.TYPE = 'PAYMENT_PAID'
               AND c.DATE_CREATE >= p.DATE_PAID AND c.DATA = 'a:1:{{s:4:"PAID";s:1:"N";}}'),
           IF({is_cash}, 'Cash', 'BankTransfer')
      FROM b_sale_order_payment p
      JOIN b_sale_order o ON o.ID = p.ORDER_ID
      LEFT JOIN b_sale_pay_system_action a ON a.ID = p.PAY_SYSTEM_ID
     WHERE {shipped} AND p.CURRENCY = o.CURRENCY AND COALESCE(a.ACTION_FILE, '') <> 'inner'
       AND NOT FIND_IN_SET(COALESCE(a.CODE, ''), '{from_bank}')
     ORDER BY p.ORDER_ID, p.ID
"""
_RECEIPTS = """
    (SELECT {what} FROM b_sale_cashbox_check k
      WHERE k.PAYMENT_ID = p.ID AND k.STATUS = 'Y' AND k.TYPE LIKE '%return%' AND k.DATE_PRINT_END >= p.DATE_PAID)
"""
_ELSEWHERE = """
    SELECT t.ORDER_ID FROM b_sale_tp_order t JOIN b_sale_tp p ON p.ID = t.TRADING_PLATFORM_ID
     WHERE p.CODE NOT LIKE 'landing%'
"""
_OF_TWO_SELLERS = """
    SELECT o.ID FROM b_sale_order o JOIN b_sale_order_payment p ON p.ORDER_ID = o.ID
     WHERE p.COMPANY_ID <> o.COMPANY_ID AND (p.PAID = 'Y' OR p.IS_RETURN <> 'N')
     UNION
    SELECT o.ID FROM b_sale_order o JOIN b_sale_order_delivery d ON d.ORDER_ID = o.ID
     WHERE d.COMPANY_ID <> o.COMPANY_ID AND d.`SYSTEM` = 'N'
"""
_IS_CASH = """
    (COALESCE(a.IS_CASH, 'N') = 'Y' OR COALESCE(a.CODE, '') = 'cash')
    AND COALESCE(a.ACTION_FILE, '') NOT LIKE 'cashondelivery%'
"""
_ENTITIES = "SELECT PERSON_TYPE_ID FROM b_sale_bizval_persondomain WHERE DOMAIN = 'E'"


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """What the settings make otherwise than they do by default."""

    guard: str = "by_shipment"
    """Or ``reject``: a standard rate of other years keeps the order out."""
    delivery: str = "auto"
    """Or the word that each delivery has."""
    from_bank: tuple[str, ...] = ()
    """Codes of pay systems whose money the books get from the bank."""
    closed_until: dt.date = dt.date.min
    """The last day of the closed period."""
    advances: str = "note"
    """Or ``shipment_day``: of the closed period, they have the day of their document."""


DEFAULT_TERMS = Terms()


class _Order(NamedTuple):
    """A row of ``_ORDERS``."""

    id: int
    number: str | int
    person_type: int
    currency: str
    total: Decimal
    delivery: Decimal
    date: dt.date | None


class _Lines(NamedTuple):
    """A row of ``_LINES``: the lines of one order with one rate, summed in Bitrix's two ways."""

    rate: Decimal
    lines: int
    bad: Decimal
    by_line: Decimal
    by_unit: Decimal

    @property
    def percent(self) -> Decimal:
        return self.rate * 100

    def word(self, standard: int) -> str | None:
        """The API's word, 20 and 22 % being the ``standard`` rate of the day."""
        percent = standard if self.percent in _STANDARD else self.percent
        return _WORDS.get(int(percent)) if percent == int(percent) else None


class _Payment(NamedTuple):
    """A row of ``_PAYMENTS``; what is older than the payment tells of an earlier refund, and is not there."""

    sum: Decimal
    """Fractions of a kopeck and all."""
    date: dt.date | None
    paid: str
    returned: str
    typed: dt.date | None
    printed: dt.date | None
    given_back: Decimal | None
    unpaid: dt.date | None
    method: str

    @property
    def counts(self) -> bool:
        return self.date is not None and self.sum > 0 and (self.paid == "Y" or self.returned != "N")

    @property
    def has_left(self) -> bool:
        """Not while the bank has not answered."""
        asked = self.returned == "P" and self.paid == "Y" and self.typed is None and self.printed is None
        return self.returned != "N" and not asked

    @property
    def returned_on(self) -> dt.date | None:
        return self.typed or self.printed or self.unpaid


def due_documents(
    shop: Connection, as_of: dt.datetime, go_live: dt.date = dt.date.min, terms: Terms = DEFAULT_TERMS
) -> tuple[list[Sale], list[dt.date]]:
    """The documents that must be there, with their money; and the days of shipped orders that must have none."""
    pieces = _pieces(shop, as_of) | {"from_bank": ",".join(terms.from_bank)}
    lines = collections.defaultdict(list)
    for order_id, *line in _rows(shop, _LINES, pieces):
        lines[order_id].append(_Lines(*line))
    buyers = {order_id: buyer for order_id, *buyer in _rows(shop, _BUYERS, pieces)}
    entities = {person_type for (person_type,) in _rows(shop, _ENTITIES, pieces)}
    not_ours = {order_id for (order_id,) in _rows(shop, f"{_ELSEWHERE} UNION {pieces['of_two_sellers']}", pieces)}
    due: dict[int, Sale] = {}
    refused = []
    for order in itertools.starmap(_Order, _rows(shop, _ORDERS, pieces)):
        buyer = _buyer(*buyers.get(order.id, (None, None, None, None)), entity=order.person_type in entities)
        day = order.date
        is_due = day is not None and day <= as_of.date() and order.currency == "RUB" and order.total > 0
        is_due = is_due and order.id not in not_ours
        sale = _sale(order, day, lines[order.id], buyer, terms) if day and is_due and buyer else None
        if sale and sale.date < go_live:
            continue
        if sale and sale.date > terms.closed_until:
            due[order.id] = sale
        elif order.date and order.date >= go_live:
            refused.append(order.date)
    payments = itertools.groupby(_rows(shop, _PAYMENTS, pieces), key=lambda row: row[0])
    for order_id, rows in payments:
        if order_id in due:
            _add_money(due[order_id], [_Payment(*row[1:]) for row in rows], as_of.date(), go_live, terms)
    return list(due.values()), refused


def _pieces(shop: Connection, as_of: dt.datetime) -> dict[str, str]:
    """Parts of the SQL that depend on what this version of Bitrix has."""
    columns = {
        f"{table}.{column}"
        for table, column in _rows(
            shop, "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()", {}
        )
    }
    has_receipts = "b_sale_cashbox_check.ID" in columns
    an_hour_ago = as_of - dt.timedelta(hours=1)
    saving = f"o.RUNNING = 'Y' AND o.DATE_UPDATE > '{an_hour_ago:%Y-%m-%d %H:%M:%S}'"
    return {
        "shipped": _SHIPPED,
        "of_two_sellers": _OF_TWO_SELLERS if "b_sale_order.COMPANY_ID" in columns else "SELECT 0",
        "is_cash": _IS_CASH,
        "being_saved": saving if "b_sale_order.RUNNING" in columns else "FALSE",
        "of_the_order": "v.ENTITY_TYPE = 'ORDER'" if "b_sale_order_props_value.ENTITY_TYPE" in columns else "TRUE",
        "printed": _RECEIPTS.format(what="DATE(MIN(k.DATE_PRINT_END))") if has_receipts else "NULL",
        "given_back": _RECEIPTS.format(what="SUM(k.`SUM`)") if has_receipts else "NULL",
    }


def _rows(shop: Connection, sql: str, pieces: dict[str, str]) -> tuple[tuple[Any, ...], ...]:
    with shop.cursor() as cursor:
        cursor.execute(sql.format(**pieces))
        rows: tuple[tuple[Any, ...], ...] = cursor.fetchall()
        return rows


def _buyer(
    inn: str | None, kpp: str | None, company: str | None, elsewhere: str | None, *, entity: bool
) -> tuple[str | None, str | None] | None:
    """INN and KPP, both ``None`` for retail; ``None`` if the requisites are broken, or stand ``elsewhere``."""
    inn, kpp, company, elsewhere = ((text or "").strip() for text in (inn, kpp, company, elsewhere))
    if not inn:
        return None if company or entity or elsewhere else (None, None)
    if not _INN.fullmatch(inn) or not inn.strip("0") or not inn_number.is_valid(inn):
        return None
    if len(inn) == 12 or not kpp:
        return inn, None
    return (inn, kpp) if _KPP.fullmatch(kpp) else None


def _sale(
    order: _Order, day: dt.date, lines: list[_Lines], buyer: tuple[str | None, str | None], terms: Terms
) -> Sale | None:
    """The document of an order shipped on ``day``; ``None`` if its data do not allow one."""
    standard = 22 if day >= _NEW_RATE else 20
    percents = {part.percent for part in lines}
    is_mixed = percents & {5, 7} and percents & {10, 20, 22}
    if is_mixed or any(part.bad or part.word(standard) is None for part in lines):
        return None
    if terms.guard == "reject" and percents & _STANDARD - {standard}:
        return None
    misses_by_line = abs(sum(part.by_line for part in lines) + order.delivery - order.total)
    misses_by_unit = abs(sum(part.by_unit for part in lines) + order.delivery - order.total)
    tolerance = _HALF_A_KOPECK * (sum(part.lines for part in lines) + (order.delivery > 0))
    if min(misses_by_line, misses_by_unit) > tolerance:
        return None
    sale = Sale(str(order.number), day, order.total, *buyer, order_id=order.id, tolerance=tolerance)
    for part in lines:
        sale.vat[str(part.word(standard))] += part.by_line if misses_by_line <= misses_by_unit else part.by_unit
    sale.vat[_delivery(percents, standard) if terms.delivery == "auto" else terms.delivery] += order.delivery
    return sale


def _delivery(percents: set[Decimal], standard: int) -> str:
    """Delivery is taxed like the goods that it brings."""
    taxed = percents - {0}
    return "none" if not taxed else _WORDS[standard if taxed & {10, 20, 22} else int(max(taxed))]


def _add_money(sale: Sale, payments: list[_Payment], today: dt.date, go_live: dt.date, terms: Terms) -> None:
    """The payments, and the refunds, where they are due; together they are the exact sum, rounded once."""
    exact = given = Decimal(0)
    for payment in payments:
        if not payment.counts:
            continue
        exact += payment.sum
        amount = exact.quantize(Decimal("0.01"), ROUND_HALF_UP) - given
        given += amount
        if payment.date is None or not go_live <= payment.date <= today:
            continue
        if payment.has_left and payment.returned_on is not None and payment.returned_on < sale.date:
            continue
        day = payment.date
        if day <= terms.closed_until:
            if terms.advances == "note" or day >= sale.date:
                continue
            day = sale.date
        sale.payments.append((day, amount, payment.method))
        if payment.has_left and payment.returned == "P" and payment.given_back in {None, payment.sum}:
            sale.refunds.append((payment.returned_on, amount, payment.method))


def sum_in_shop(shop: Connection, order_ids: list[int]) -> Decimal:
    """What these orders cost, added up by the database."""
    total = Decimal(0)
    with shop.cursor() as cursor:
        for start in range(0, len(order_ids), 1000):
            cursor.execute(
                "SELECT SUM(ROUND(PRICE, 2)) FROM b_sale_order WHERE ID IN %s", [order_ids[start : start + 1000]]
            )
            total += cursor.fetchone()[0]
    return total
