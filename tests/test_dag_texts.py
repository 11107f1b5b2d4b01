"""Texts that are fixed when a DAG file is parsed."""

from __future__ import annotations

import pytest

from include import dag_texts
from include.settings import Spoken
from include.words.catalogue import Language, translations


@pytest.mark.parametrize("language", Language)
def test_they_are_those_of_the_catalogue(language: Language) -> None:
    """Which Babel reads, and here nobody does."""
    read = dag_texts._texts(str(language))
    assert {code: translations(language).gettext(code) for code in read if code} == {c: t for c, t in read.items() if c}
    assert len(read) > 20


def test_a_language_that_is_not_known_yet_gives_both_the_likelier_one_first() -> None:
    assert dag_texts.line("form_order_numbers", Spoken.RU) == "Заказы"
    assert dag_texts.line("form_order_numbers", Spoken.EN) == "Orders"
    assert dag_texts.line("form_order_numbers", Spoken.AUTO) == "Заказы · Orders"
    russian, english = (dag_texts.page("daily_doc", spoken) for spoken in (Spoken.RU, Spoken.EN))
    assert dag_texts.page("daily_doc", Spoken.AUTO) == f"{russian}\n---\n\n{english}"
