"""The bodies that are posted, byte by byte, and read back from the ledger."""

from __future__ import annotations

import ast
import datetime as dt
import decimal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from kontur_hook.bodies import Body, CounterpartyBody, DocumentBody, LineBody, MoneyBody, decode, encode
from kontur_hook.contract import CounterpartyType, Field, PaymentMethod, VatRate

ROOT = Path(__file__).parents[2]

DOCUMENT = DocumentBody(
    date=dt.date(2026, 3, 5),
    number="1045",
    counterparty_id="c-1",
    items=(
        LineBody(
            name='Чай «Лапсанг» & "🎁"\n',
            quantity=Decimal("0.3333"),
            price=Decimal("99.90"),
            vat_rate=VatRate.VAT22,
            unit="кг",
        ),
        LineBody(
            name="Доставка", quantity=Decimal(1), price=Decimal("123456789012345.67"), vat_rate=VatRate.NONE, unit="шт"
        ),
    ),
    total_amount=Decimal("123456789012378.97"),
    comment="Заказ № 1045 BX1-S1045-9Y",
)
MONEY = MoneyBody(date=dt.date(2026, 3, 9), amount=Decimal("0.10"), payment_method=PaymentMethod.CASH)
BRANCH = CounterpartyBody(name="ООО «Пример»", inn="7707083893", kpp="773601001", type=CounterpartyType.LEGAL_ENTITY)
SOLE = CounterpartyBody(name="ИП Иванов", inn="500100732259", type=CounterpartyType.INDIVIDUAL_ENTREPRENEUR)
RETAIL = CounterpartyBody(name="Розничные покупатели", type=CounterpartyType.INDIVIDUAL)

WRITTEN: list[tuple[Body, str]] = [
    (
        DOCUMENT,
        (
            '{"date":"2026-03-05","number":"1045","counterpartyId":"c-1","items":['
            '{"name":"Чай «Лапсанг» & \\"🎁\\"\\n","quantity":0.3333,"price":99.90,"vatRate":"vat22","unit":"кг"},'
            '{"name":"Доставка","quantity":1,"price":123456789012345.67,"vatRate":"none","unit":"шт"}],'
            '"totalAmount":123456789012378.97,"comment":"Заказ № 1045 BX1-S1045-9Y"}'
        ),
    ),
    (MONEY, '{"date":"2026-03-09","amount":0.10,"paymentMethod":"Cash"}'),
    (BRANCH, '{"name":"ООО «Пример»","inn":"7707083893","kpp":"773601001","type":"LegalEntity"}'),
    (SOLE, '{"name":"ИП Иванов","inn":"500100732259","type":"IndividualEntrepreneur"}'),
    (RETAIL, '{"name":"Розничные покупатели","type":"Individual"}'),
]


@pytest.mark.parametrize(("body", "text"), WRITTEN)
def test_a_body_is_these_bytes_and_these_bytes_are_the_body(body: Body, text: str) -> None:
    assert encode(body) == text
    with decimal.localcontext(decimal.Context(prec=5)):  # no context rounds what is exact
        assert decode(text, type(body)) == body
        assert encode(decode(text, type(body))) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", DocumentBody),
        ("{}", DocumentBody),
        ("[1]", MoneyBody),
        (encode(MONEY), DocumentBody),
        (encode(BRANCH), MoneyBody),
        (encode(MONEY), CounterpartyBody),
        (encode(MONEY).replace("0.10", "null"), MoneyBody),
        (encode(MONEY).replace("2026-03-09", "2026-02-30"), MoneyBody),
    ],
)
def test_what_is_no_such_body_is_not_read_as_one(text: str, kind: type[Body]) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode(text, kind)


def test_a_field_that_a_later_version_adds_does_not_hide_the_rest() -> None:
    assert decode(encode(MONEY).replace("}", ',"purpose":"x"}'), MoneyBody) == MONEY


def _texts(path: Path) -> Iterator[str]:
    return (
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_the_contract_alone_spells_the_names() -> None:
    """Those that are no everyday word, so that a text that equals one can be nothing else."""
    names = {field.value for field in Field if not field.value.islower()}
    assert names == {"counterpartyId", "totalAmount", "vatRate", "paymentMethod"}
    files = [path for folder in ("dags", "include", "plugins") for path in (ROOT / folder).rglob("*.py")]
    spelling = {path.relative_to(ROOT).as_posix() for path in files if names & set(_texts(path))}
    assert spelling == {"plugins/kontur_hook/contract.py"}
