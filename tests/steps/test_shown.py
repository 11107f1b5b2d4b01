"""What squares and batches are called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from include.facts import said
from include.ledger.orders import OrderRow
from include.steps import shown
from include.steps.outcomes import Outcome
from include.words import Language, speak, speaking

ONE = {"order_ids": [7], "number": "1045", "code": "inn_zero"}
NOTHING = dict.fromkeys(("documents", "payments", "refunds", "needs_person", "unconfirmed"), 0)
REST = {"order_ids": list(range(12)), "number": None, "code": None}


@pytest.fixture(autouse=True, params=Language)
def language(request: pytest.FixtureRequest) -> Iterator[Language]:
    with speaking(request.param):
        yield request.param


def outcome(*texts: str, unconfirmed: tuple[str, ...] = ()) -> Outcome:
    order = OrderRow(
        order_id=7,
        number="1045",
        site="s1",
        connection="kontur_default",
        state="rejected",
        code="inn_zero",
        problems=tuple(said("inn_zero", sentence=text) for text in texts),
        findings="[]",
        run_id="run-1",
    )
    return Outcome(order, None, tuple(said("inn_zero", sentence=text) for text in unconfirmed))


def test_a_batch_is_called_by_its_orders(language: Language) -> None:
    names = {
        Language.RU: ["Заказов нет", "Заказ с ID 7", "Заказы 1001–1500"],
        Language.EN: ["No orders", "Order with ID 7", "Orders 1001–1500"],
    }
    assert [shown.batch(ids) for ids in ([], [7], range(1001, 1501))] == names[language]


def test_a_posted_batch_says_what_is_in_the_books_what_needs_a_person_and_what_is_to_be_repeated(
    language: Language,
) -> None:
    counts = {"documents": 198, "payments": 201, "refunds": 0, "needs_person": 2, "unconfirmed": 3}
    said_of = {
        Language.RU: "198 документов, 201 оплата · требует решения 2 · повторить 3",
        Language.EN: "198 documents, 201 payments · 2 waiting for a person · 3 to repeat",
    }
    assert shown.loaded([7], counts) == f"{shown.batch([7])} · {said_of[language]}"


def test_a_batch_that_waits_says_until_when(language: Language) -> None:
    waits = {Language.RU: "поиск после 18.03.2026 02:25", Language.EN: "looked for again after 18.03.2026 02:25"}
    at = dt.datetime(2026, 3, 18, 2, 25)
    assert shown.loaded([7], NOTHING, at) == f"{shown.batch([7])} · {waits[language]}"


def test_a_planned_batch_says_how_much_is_to_be_posted(language: Language) -> None:
    told = {Language.RU: "Заказ с ID 7 · отразить: 2 операции", Language.EN: "Order with ID 7 · 2 operations to post"}
    assert shown.planned([7], 2) == told[language]


def test_nothing_to_post_and_a_dry_run(language: Language) -> None:
    told = {Language.RU: ("отражать нечего", "пробный запуск"), Language.EN: ("nothing to post", "dry run")}
    assert (shown.loaded([7], NOTHING).split(" · ")[1], shown.loaded([7], None).split(" · ")[1]) == told[language]


def test_a_square_is_called_by_number_and_problem(language: Language) -> None:
    assert shown.square_at_work(ONE) == "№ 1045"
    assert shown.square(ONE, [outcome("Wrong.")]) == "№ 1045 · Wrong."
    more = {Language.RU: "№ 1045 · Wrong. (и ещё 2)", Language.EN: "№ 1045 · Wrong. (and 2 more)"}
    assert shown.square(ONE, [outcome("Wrong.", "Also.", "Too.")]) == more[language]
    settled = {Language.RU: "№ 1045 · решено", Language.EN: "№ 1045 · settled"}
    assert shown.square(ONE, []) == settled[language]


def test_the_square_of_what_is_not_confirmed_says_so(language: Language) -> None:
    waits = {Language.RU: "№ 1045 · нет подтверждения · Sent.", Language.EN: "№ 1045 · not confirmed · Sent."}
    assert shown.square(ONE, [outcome(unconfirmed=("Sent.",))]) == waits[language]
    assert shown.square(ONE, [outcome("Wrong.", unconfirmed=("Sent.",))]).startswith("№ 1045 · Wrong. (")
    assert shown.lines([outcome("Wrong.", unconfirmed=("Sent.",))]) == ["№ 1045 · Wrong. Sent."]


def test_a_square_of_an_older_version_has_no_number(language: Language) -> None:
    old = {"order_ids": [7], "label": "№ 1045 · Wrong."}
    name = {Language.RU: "Заказ с ID 7", Language.EN: "Order with ID 7"}[language]
    assert shown.square_at_work(old) == name
    assert shown.square(old, [outcome("Wrong.")]) == f"{name} · Wrong."
    assert shown.square(old, []).startswith(f"{name} · ")


def test_a_long_problem_is_cut_at_a_word_and_the_others_are_still_counted(language: Language) -> None:
    label = shown.square(ONE, [outcome("Wrong. " * 50, "Also.")])
    more = {Language.RU: " (и ещё 1)", Language.EN: " (and 1 more)"}[language]
    assert label.endswith(f" Wrong.…{more}")
    assert 250 - len("Wrong. ") < len(label) <= 250, "as many words as Airflow keeps"


def test_what_fits_to_the_letter_is_whole() -> None:
    fits = "word " * 47 + "words."
    label = shown.square(ONE, [outcome(fits)])
    assert (label, len(label)) == (f"№ 1045 · {fits}", 250)


def test_the_square_of_all_other_orders_says_how_many(language: Language) -> None:
    rest = {Language.RU: "Ещё 12 заказов", Language.EN: "12 orders more"}
    assert shown.square(REST, [outcome("Wrong.")]) == rest[language]
    assert shown.lines([outcome("Wrong.", "Also.")]) == ["№ 1045 · Wrong. Also."]


def test_a_process_speaks_one_language_until_it_is_told_another(language: Language) -> None:
    try:
        speak(Language.EN if language is Language.RU else Language.RU)
        assert shown.batch([]) == {Language.RU: "Заказов нет", Language.EN: "No orders"}[language], "here, as set"
    finally:
        speak(Language.RU)
