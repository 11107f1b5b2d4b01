"""How a fact is written, by its type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

from babel.numbers import format_decimal

from include.facts import Count, Day, Fact, Inn, Moment, Money, Number, Roubles, Said, Several
from include.words.catalogue import Language, translations

_DAY = "%d.%m.%Y"
"""In both languages: one day never has two readings."""
_SIGNS = {"RUB": "₽"}
_TAIL = 4


def number(value: Decimal, language: Language) -> str:
    """As many decimals as it has."""
    return format_decimal(value, "#,##0.############", locale=str(language), decimal_quantization=False)


def money(amount: Decimal, currency: str, language: Language) -> str:
    """Two decimals, the currency behind."""
    return f"{format_decimal(amount, '#,##0.00', locale=str(language))}\u00a0{_SIGNS.get(currency, currency)}"


def day(value: dt.date) -> str:
    """17.03.2026."""
    return value.strftime(_DAY)


def count(how_many: int, noun: str, language: Language) -> str:
    """«5 orders», by the language's own plurals."""
    plural = translations(language).ngettext(noun, f"{noun}s", how_many)
    return plural.replace("{count}", format_decimal(how_many, "#,##0", locale=str(language)))


def written(fact: Fact, language: Language, *, whole_inns: bool, text: Callable[[Said], str]) -> str:
    """One fact.

    Args:
        fact: what is written.
        language: in which language.
        whole_inns: an INN is shown whole, not by its last four digits.
        text: makes a text of what is said inside.
    """
    match fact:
        case Said():
            return text(fact)
        case Several(items):
            return _joined([written(item, language, whole_inns=whole_inns, text=text) for item in items])
        case Inn(inn):
            return inn if whole_inns else f"…{inn[-_TAIL:]}"
        case _:
            return _plain(fact, language)


def _joined(items: Sequence[str]) -> str:
    """One after the other: what is no sentence by commas."""
    if all(item[:1].isupper() and item.endswith((".", "!", "?")) for item in items):
        return " ".join(items)
    return ", ".join(items)


def _plain(fact: str | int | Roubles | Money | Number | Day | Moment | Count, language: Language) -> str:
    match fact:
        case Roubles(amount):
            return money(amount, "RUB", language)
        case Money(amount, currency):
            return money(amount, currency, language)
        case Number(value):
            return number(value, language)
        case Day(value):
            return day(value)
        case Moment(at):
            return at.strftime(f"{_DAY} %H:%M")
        case Count(how_many, noun):
            return count(how_many, noun, language)
        case _:
            return str(fact)
