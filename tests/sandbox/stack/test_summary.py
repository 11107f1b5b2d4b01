"""The demo's tables, in the language of the terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from include.words import Language, speaking
from include.words.terminal import language
from sandbox.stack import summary

REPORT: dict[str, Any] = {
    "window": {"date_from": "2026-03-17", "date_to": "2026-03-17"},
    "orders": 5,
    "synced": 3,
    "pending": 1,
    "errors": 1,
    "documents": 3,
    "payments": 2,
    "refunds": 0,
    "amount": "1234.50",
    "failed_orders": [{"order_id": 7, "number": "1045", "message": "…"}],
}
EXPECTED = {
    Language.RU: ("Отражено в Контуре", "требуют решения", "1\u00a0234,50\u00a0₽", "Требуют решения", "заказ"),
    Language.EN: ("Posted into Kontur", "need a person", "1,234.50\u00a0₽", "Needs a person", "order"),
}


@pytest.fixture(params=Language)
def spoken(request: pytest.FixtureRequest) -> Iterator[Language]:
    with speaking(request.param):
        yield request.param


def test_tables_are_in_one_language_with_sums_and_days_as_people_write_them(spoken: Language) -> None:
    out = io.StringIO()
    Console(file=out, width=200).print(summary.posted([REPORT, REPORT]), summary.not_posted([REPORT]))
    shown = out.getvalue()
    assert [part for part in (*EXPECTED[spoken], "17.03.2026", "1045") if part not in shown] == []
    assert {Language.RU: "2\u00a0469,00\u00a0₽", Language.EN: "2,469.00\u00a0₽"}[spoken] in shown


RECONCILED: dict[str, Any] = {
    "ranges": [
        {"date_from": "2026-03-09", "date_to": "2026-03-12"},
        {"date_from": "2026-03-13", "date_to": "2026-03-17"},
    ],
    "accounts": {
        "kontur_default": {
            "documents": {"shop": "1234.50", "books": "1200.00", "difference": "34.50"},
            "payments": {"shop": "0.00", "books": "0.00", "difference": "0.00"},
            "refunds": {"shop": "0.00", "books": "0.00", "difference": "0.00"},
        }
    },
    "differences": {"not_posted": 2},
    "holds": True,
}


def test_shop_and_books_stand_beside_each_other_with_what_parts_them(spoken: Language) -> None:
    out = io.StringIO()
    Console(file=out, width=120).print(summary.compared(RECONCILED))
    shown = out.getvalue()
    sums = {Language.RU: ("1 234,50 ₽", "1 200,00 ₽", "34,50 ₽"), Language.EN: ("1,234.50 ₽", "1,200.00 ₽", "34.50 ₽")}
    assert [part for part in (*sums[spoken], "09.03.2026–17.03.2026") if part not in shown.replace("\u00a0", " ")] == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "all of the difference is not posted: 2"),
        ({"differences": {}}, "agree to the kopeck"),
        ({"holds": False}, "not all of the difference is explained"),
    ],
)
def test_a_reconciliation_says_whether_anything_is_left_unexplained(changed: dict[str, Any], expected: str) -> None:
    with speaking(Language.EN):
        assert expected in str(summary.explained(RECONCILED | changed))


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ({"LANG": "ru_RU.UTF-8"}, Language.RU),
        ({"LANG": "C.UTF-8"}, Language.EN),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "ru_RU.UTF-8"}, Language.EN),
        ({"LC_MESSAGES": "ru_RU", "LANG": "en_US.UTF-8"}, Language.RU),
        ({}, Language.EN),
    ],
)
def test_the_terminals_locale_decides(
    locale: dict[str, str], expected: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert language() is expected
