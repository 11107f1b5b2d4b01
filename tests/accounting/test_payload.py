"""Operations as text."""

from __future__ import annotations

import dataclasses
import decimal
import json
import subprocess
import sys
from decimal import Decimal

import pytest

from include import words
from include.accounting.operations import Counterparty, Finding, Refund, Verdict
from include.accounting.payload import (
    StoredError,
    body,
    counterparty_body,
    from_json,
    same_operation,
    to_json,
)
from include.accounting.stored_findings import findings_from_json, findings_to_json
from include.facts import facts, said
from include.words import Language
from tests.accounting.orders import company, document, line, order, plan, properties, returned

NAME = 'Чай «Лапсанг» <b>&</b> "🎁"\n'
PLAN = plan(
    order(
        line("33.3333", 3, name=NAME),
        line("99.99", "0.3333", vat="0.10"),
        line("0.00", vat=None),
        price="133.33",
        payments=[returned(7, "133.33", "2026-03-03", "2026-03-09")],
        **company(),
    )
)


def test_the_body_of_a_document() -> None:
    name = json.dumps(NAME, ensure_ascii=False)
    assert body(document(PLAN), counterparty_id="c-1") == (
        '{"date":"2026-03-05","number":"1045","counterpartyId":"c-1","items":['
        f'{{"name":{name},"quantity":2,"price":33.33,"vatRate":"vat22","unit":"шт"}},'
        f'{{"name":{name},"quantity":1,"price":33.34,"vatRate":"vat22","unit":"шт"}},'
        '{"name":"Чайник","quantity":0.3333,"price":99.99,"vatRate":"vat10","unit":"шт"},'
        '{"name":"Чайник","quantity":1,"price":0.00,"vatRate":"none","unit":"шт"}],'
        '"totalAmount":133.33,"comment":"Заказ № 1045 BX1-S1045-9Y"}'
    )


def test_the_bodies_of_a_payment_and_a_refund() -> None:
    _, paid, back = PLAN.due
    assert body(paid, counterparty_id=None) == '{"date":"2026-03-03","amount":133.33,"paymentMethod":"BankTransfer"}'
    assert body(back, counterparty_id=None) == '{"date":"2026-03-09","amount":133.33,"paymentMethod":"BankTransfer"}'


def test_a_document_needs_its_buyer() -> None:
    with pytest.raises(ValueError, match="sale:1045"):
        body(document(PLAN), counterparty_id=None)


def test_large_and_round_quantities_are_plain_numbers() -> None:
    found = body(document(plan(order(line("1000000.00", "100.0000")))), counterparty_id="c")
    assert '"quantity":100,"price":1000000.00' in found
    assert '"totalAmount":100000000.00' in found


def test_the_body_of_a_counterparty() -> None:
    a_company = document(PLAN).counterparty
    assert counterparty_body(a_company) == (
        '{"name":"ООО «Пример»","inn":"7707083893","kpp":"773601001","type":"LegalEntity"}'
    )


def test_what_a_counterparty_does_not_have_is_left_out() -> None:
    retail: Counterparty = document(plan(order())).counterparty
    assert counterparty_body(retail) == '{"name":"Розничные покупатели","type":"Individual"}'
    person = document(plan(order(properties=properties(INN="500100732259")))).counterparty
    assert counterparty_body(person) == (
        '{"name":"ИНН 500100732259","inn":"500100732259","type":"IndividualEntrepreneur"}'
    )


def test_the_ledgers_text_comes_back_as_the_same_operation() -> None:
    assert len(PLAN.due) == 3
    for operation in PLAN.due:
        again = from_json(to_json(operation))
        assert again == operation
        assert to_json(again) == to_json(operation)
        assert type(again) is type(operation)


def test_the_ledgers_text_is_the_same_for_ever() -> None:
    """A change after which it would be read wrongly, or not at all, is another version."""
    (_, _, back) = PLAN.due
    assert isinstance(back, Refund)
    assert to_json(back) == (
        '{"type":"refund","operation":{"key":"refund:7","order_id":1045,"document_key":"sale:1045",'
        '"payment_key":"payment:7","date":"2026-03-09","amount":"133.33","method":"BankTransfer",'
        '"noticed":false,"closed_until":null,"told_on":null},"version":1}'
    )


def test_equal_numbers_are_equal_text_whatever_way_the_driver_writes_them() -> None:
    one = order(line("1000.00", "1.0000"), price="1000.00")
    other = order(line("1000.0000", "1", vat="0.2200"), price="1000.00000000")
    assert [to_json(o) for o in plan(one).due] == [to_json(o) for o in plan(other).due]


def test_another_process_with_another_context_and_hash_seed_writes_the_same_bytes() -> None:
    program = (
        "import decimal; decimal.setcontext(decimal.Context(prec=4, rounding=decimal.ROUND_DOWN))\n"
        "from tests.accounting.test_payload import PLAN\n"
        "from include.accounting.payload import to_json\n"
        "import sys; sys.stdout.buffer.write('\\n'.join(map(to_json, PLAN.due)).encode())\n"
    )
    expected = "\n".join(map(to_json, PLAN.due)).encode()
    for seed in ("1", "2"):
        result = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p for p in sys.path if p)},
        )
        assert result.stdout == expected


def test_no_float_touches_money() -> None:
    bought = order(line("123456789012345.67"))
    with decimal.localcontext(decimal.Context(prec=5)):
        found = body(document(plan(bought)), counterparty_id="c")
    assert '"price":123456789012345.67' in found
    assert '"totalAmount":123456789012345.67' in found


def test_a_plan_of_before_knew_no_id_of_a_counterparty() -> None:
    text = to_json(document(PLAN))
    assert ',"id":null' in text
    assert from_json(text.replace(',"id":null', "")) == document(PLAN)


FINDING = Finding(verdict=Verdict.NOTED, code="store_credit", facts=facts(amount=Decimal("12.00")), payment_id=7)


def without_version(text: str) -> str:
    """As it was stored before there were versions."""
    stored = json.loads(text)
    assert stored.pop("version") == 1
    return json.dumps(stored)


def test_what_is_stored_carries_its_version_and_a_text_without_one_is_still_read() -> None:
    for operation in PLAN.due:
        text = to_json(operation)
        assert from_json(without_version(text)) == operation
        assert same_operation(without_version(text), text)
        assert not same_operation(without_version(text), to_json(PLAN.due[0])) or operation == PLAN.due[0]


def test_a_document_is_the_same_in_another_languages_comment() -> None:
    planned = document(PLAN)
    spoken = dataclasses.replace(planned, comment=f"Automatically created from order #1045 {planned.marker}")
    assert same_operation(to_json(planned), to_json(spoken))
    assert not same_operation(to_json(planned), to_json(dataclasses.replace(spoken, marker="BX1-S1046-8X")))


@pytest.mark.parametrize(
    "text",
    ["", "null", "{}", "[1]", "garbage", '{"type": "sale", "operation": {}}', '{"type": "loan", "operation": {}}'],
)
def test_what_is_no_plan_is_said_to_be_none(text: str) -> None:
    with pytest.raises(StoredError) as damaged:
        from_json(text)
    assert damaged.value.said == said("stored_damaged")
    assert not same_operation(text, to_json(PLAN.due[0]))


def test_a_plan_of_a_newer_version_is_not_guessed_at() -> None:
    newer = json.dumps(json.loads(to_json(PLAN.due[0])) | {"version": 2})
    with pytest.raises(StoredError) as refused:
        from_json(newer)
    assert refused.value.said == said("stored_by_newer", version=2, reads=1)


def test_findings_carry_their_version() -> None:
    text = findings_to_json([FINDING])
    assert json.loads(text)["version"] == 2
    assert findings_from_json(text) == (FINDING,)
    assert findings_from_json("[]") == ()


@pytest.mark.parametrize("wrapped", ['{"findings":%s,"version":1}', "%s"])
def test_a_finding_that_was_stored_as_a_sentence_is_read_as_one(wrapped: str) -> None:
    text = wrapped % '[{"verdict":"review","code":"payment_rest","message":"1.00 is in no document","payment_id":7}]'
    (finding,) = findings_from_json(text)
    assert (finding.verdict, finding.code, finding.payment_id) == (Verdict.REVIEW, "payment_rest", 7)
    for language in Language:
        assert words.text(finding.said, language) == "1.00 is in no document"


@pytest.mark.parametrize("text", ["", "garbage", "{}", '[{"verdict": "lost"}]', '{"findings": [], "version": 3}'])
def test_findings_that_cannot_be_read_are_one_finding_that_says_so(text: str) -> None:
    (finding,) = findings_from_json(text)
    assert (finding.verdict, finding.code) == (Verdict.REJECTED, "findings_unreadable")
    assert words.text(finding.said, Language.EN).endswith("The next run plans the order anew.")
