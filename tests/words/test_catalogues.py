"""Every code has its texts, every placeholder its fact, and nobody else makes sentences."""

from __future__ import annotations

import collections
import string

import pytest

from include.words.catalogue import Language, read
from tests.words import source

LANGUAGES = list(Language)


def texts(language: Language) -> dict[str, str]:
    """Code -> text, without the nouns."""
    return {str(m.id): str(m.string) for m in read(language) if m.id and not m.pluralizable}


def placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


MADE = list(source.made())
CODES = {made.code for made in MADE}
BY_OPERATIONS = {
    *("conflict", "counterparty_ambiguous", "counterparty_gone", "counterparty_rejected", "counterparty_unknown"),
    *("document_id", "document_stays_gone", "findings_unreadable", "stands_elsewhere", "unexplained_money"),
    *("unknown_outcome", "unmatched"),
    *("vanished", "wrong_id"),
}
"""Codes that an operation's row gets otherwise."""


def test_the_source_is_read() -> None:
    """So that nothing below holds because nothing was found."""
    assert len(CODES) > 100
    assert {"payment_vanished", "findings_unreadable"} <= set(texts(Language.RU))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text(language: Language) -> None:
    known = texts(language)
    assert sorted({made.code for made in MADE if not known.get(made.code)}) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_code(language: Language) -> None:
    headings = {f"heading_{code}" for code in {*source.asked(), *BY_OPERATIONS}}
    assert sorted(set(texts(language)) - CODES - source.written() - headings) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_of_waiting_orders_has_a_heading(language: Language) -> None:
    asked = {*source.asked(), *BY_OPERATIONS}
    assert len(asked) > 70
    assert sorted(code for code in asked if not texts(language).get(f"heading_{code}")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_lacks_its_fact_and_no_fact_its_placeholder(language: Language) -> None:
    known = texts(language)
    wrong = [
        (made.where, made.code, sorted(placeholders(known[made.code]) ^ made.facts))
        for made in MADE
        if known.get(made.code) and placeholders(known[made.code]) != made.facts
    ]
    assert wrong == []


def test_both_languages_say_the_same_facts() -> None:
    russian, english = texts(Language.RU), texts(Language.EN)
    assert russian.keys() == english.keys()
    assert [code for code in russian if placeholders(russian[code]) != placeholders(english[code])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nouns_have_all_their_forms(language: Language) -> None:
    forms = {Language.RU: 3, Language.EN: 2}[language]
    nouns = {m.id[0]: tuple(m.string or ()) for m in read(language) if m.id and m.pluralizable}
    assert nouns
    assert [noun for noun, strings in nouns.items() if len(strings) != forms or not all(strings)] == []
    assert {placeholders(form) for strings in nouns.values() for form in strings} == {frozenset({"count"})}


def test_no_code_stands_in_two_files() -> None:
    for language in LANGUAGES:
        ids = collections.Counter(source.ids(language))
        assert [code for code, count in ids.items() if count > 1] == []


def test_every_code_is_written_down_where_it_is_made() -> None:
    assert list(source.computed()) == []


def test_nobody_else_makes_sentences() -> None:
    assert list(source.sentences()) == []
