"""What a whole order comes to, and what is said of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from include.accounting.findings import found
from include.accounting.operations import BEING_SAVED, Finding, Verdict
from include.facts import Said, said, to_json
from include.ledger.operation import OperationRow, State
from include.posting.order_state import OrderState, order_state
from include.words import Language, text

NOW = dt.datetime(2026, 3, 20, 3, 0)
WAIT = "Вручную не вводите: обмен продолжает искать."
DAY = dt.date(2026, 3, 17)
DAYS: dict[str, Any] = {"day": DAY, "amount": Decimal("1000.00")}
KINDS = {
    "saleinvoice": said("operation_sale", **DAYS),
    "act": said("operation_act", **DAYS),
    "payment": said("operation_payment", **DAYS),
    "refund": said("operation_refund", **DAYS),
}


def row(state: State = State.DONE, **columns: Any) -> OperationRow:
    kind = columns.pop("kind", "saleinvoice")
    defaults: dict[str, Any] = {"document_date": DAY, "amount": Decimal("1000.00")}
    return OperationRow(
        key=f"{kind}:1045",
        order_id=1045,
        connection="kontur_default",
        kind=kind,
        parent_key=None,
        state=state,
        **defaults | columns,
    )


def problem(said_of_row: Said, *, kind: str = "saleinvoice") -> Said:
    return said("operation_problem", what=KINDS[kind], problem=said_of_row)


@pytest.mark.parametrize(
    ("findings", "rows", "expected"),
    [
        ([], [], OrderState(None)),
        ([], [row(State.HELD)], OrderState("held")),
        ([], [row(), row(State.HELD)], OrderState("held")),
        ([], [row(), row(State.PLANNED)], OrderState("planned")),
        ([], [row(), row(State.SENDING)], OrderState("unknown")),
        ([], [row()], OrderState("done")),
        ([found(Verdict.NOTED, "store_credit")], [row()], OrderState("done")),
        ([found(Verdict.NOTED, BEING_SAVED)], [], OrderState("planned")),
        ([found(Verdict.SKIPPED, "free")], [], OrderState("skipped", "free")),
    ],
)
def test_nobody_is_needed(findings: list[Finding], rows: list[OperationRow], expected: OrderState) -> None:
    state = order_state(findings, rows, NOW)
    assert state == expected
    assert not state.needs_person
    assert state.sync_status != "error"


ASKED = [
    (State.REJECTED, "kontur_rejected", "rejected"),
    (State.REVIEW, "mismatch", "review"),
    (State.REVIEW, "whatever_a_newer_version_says", "review"),
    (State.PLANNED, "counterparty_unknown", "unknown"),
    (State.UNKNOWN, "conflict", "unknown"),
    (State.DONE, "vanished", "review"),
    (State.DONE, "doubled", "review"),
    (State.DONE, "wrong_id", "review"),
    (State.SKIPPED, "mismatch", "review"),
    (State.SKIPPED, "doubled", "review"),
]


@pytest.mark.parametrize(("state", "code", "of_order"), ASKED)
@pytest.mark.parametrize("facts", [None, said("some_code", id="doc-1")])
def test_state_and_code_of_an_operation_ask_a_person_whatever_is_said(
    state: State, code: str, of_order: str, facts: Said | None
) -> None:
    told = order_state([], [row(state, code=code, message=facts and to_json([facts]))], NOW)
    assert told == OrderState(of_order, code, (problem(facts or said(code)),))
    assert told.sync_status == "error"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.PLANNED, "counterparty_gone"),
        (State.PLANNED, "kpp_missing_in_kontur"),
        (State.UNKNOWN, "unknown_outcome"),
        (State.DONE, "found"),
        (State.DONE, "kpp_missing_in_kontur"),
        (State.SKIPPED, "kontur_rejected"),
        (State.HELD, None),
    ],
)
def test_other_codes_ask_nobody_though_something_is_said(state: State, code: str | None) -> None:
    assert not order_state([], [row(state, code=code, message="something", unknown_since=NOW)], NOW).needs_person


def test_a_document_that_was_withdrawn_after_it_was_sent_is_shown_by_nobody_twice() -> None:
    assert not order_state([], [row(State.SKIPPED, code="doubled", payload="{}")], NOW).needs_person


def test_a_sentence_of_an_older_version_is_shown_as_it_is() -> None:
    (told,) = order_state([], [row(State.REJECTED, code="kontur_rejected", message="Kontur says: no")], NOW).problems
    assert told == problem(said("kontur_rejected", sentence="Kontur says: no"))
    assert text(told, Language.RU) == "Документ реализации от 17.03.2026 на 1\u00a0000,00\u00a0₽. Kontur says: no"


def test_the_most_urgent_comes_first_and_nothing_is_said_twice() -> None:
    rejected, review = found(Verdict.REJECTED, "inn_zero"), found(Verdict.REVIEW, "changed", number="7")
    payment = row(State.REVIEW, kind="payment", code="conflict")
    state = order_state([rejected, rejected, review], [row(State.UNKNOWN, code="conflict"), payment], NOW)
    assert (state.state, state.code) == ("review", "changed")
    assert state.problems == (
        review.said,
        problem(said("conflict"), kind="payment"),
        rejected.said,
        problem(said("conflict")),
    )


UNCONFIRMED = {
    "saleinvoice": "Найдите в Контуре документ от 17.03.2026 на 1\u00a0000,00\u00a0₽.",
    "act": "Найдите в Контуре документ от 17.03.2026 на 1\u00a0000,00\u00a0₽.",
    "payment": "Найдите в Контуре оплату от 17.03.2026 на 1\u00a0000,00\u00a0₽.",
    "refund": "Найдите в Контуре возврат денег от 17.03.2026 на 1\u00a0000,00\u00a0₽.",
}


@pytest.mark.parametrize("kind", UNCONFIRMED)
def test_what_is_not_confirmed_after_a_day_is_looked_for_by_a_person(kind: str) -> None:
    a_day_ago = NOW - dt.timedelta(hours=24)
    sent = row(State.UNKNOWN, kind=kind, code="unknown_outcome", message="timed out", unknown_since=a_day_ago)
    assert order_state([], [sent], NOW) == OrderState("unknown")
    state = order_state([], [sent], NOW + dt.timedelta(seconds=1))
    assert (state.state, state.code) == ("unknown", "unknown_outcome")
    assert [text(one, Language.RU) for one in state.problems] == [
        f"Отправлено более 24 часов назад, подтверждения нет. {UNCONFIRMED[kind]} {WAIT}"
    ]
    later = order_state([], [sent], NOW + dt.timedelta(days=3))
    assert later == state, "it is the same problem on the third day"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", Language)
def test_an_operation_is_named_by_kind_day_and_amount(kind: str, language: Language) -> None:
    (told,) = order_state([], [row(State.REVIEW, kind=kind, code="conflict")], NOW).problems
    assert f"{kind}:" not in text(told, language), "no key of ours"
    assert "17.03.2026" in text(told, language)
    assert {Language.RU: "1\u00a0000,00\u00a0₽", Language.EN: "1,000.00\u00a0₽"}[language] in text(told, language)


def test_a_document_of_another_program_is_named_by_its_id() -> None:
    taken_over = row(State.DONE, code="vanished", document_date=None, amount=None, doc_id="php-9")
    (told,) = order_state([], [taken_over], NOW).problems
    assert "php-9" in text(told, Language.RU)


REFUSED = found(Verdict.REJECTED, "inn_zero")
OF_A_PAYMENT = found(Verdict.REJECTED, "payment_currency", 7)
REST = found(Verdict.REVIEW, "payment_rest", 7)


@pytest.mark.parametrize(
    ("findings", "rows", "expected"),
    [
        ([REFUSED], [], OrderState("skipped", "inn_zero")),
        ([REFUSED], [row(State.HELD)], OrderState("skipped", "inn_zero")),
        ([REFUSED], [row()], OrderState("done")),
        ([REFUSED], [row(State.UNKNOWN)], OrderState("unknown")),
        ([OF_A_PAYMENT], [row()], OrderState("done")),
        ([OF_A_PAYMENT], [row(State.HELD)], OrderState("held")),
        ([REFUSED, REST], [row()], OrderState("done")),
    ],
)
def test_what_was_settled_by_hand_asks_nobody(
    findings: list[Finding], rows: list[OperationRow], expected: OrderState
) -> None:
    assert order_state(findings, rows, NOW, {finding.said for finding in findings}) == expected


def test_beside_what_was_settled_by_hand_the_rest_is_asked_about() -> None:
    state = order_state([REFUSED, REST], [row()], NOW, {REFUSED.said})
    assert state == OrderState("review", "payment_rest", (REST.said,))
