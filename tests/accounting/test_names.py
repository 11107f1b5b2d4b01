"""Names as people read them: Bitrix stores some with HTML entities."""

from __future__ import annotations

import dataclasses

import pytest

from include.accounting.changes import differences
from include.accounting.names import unescaped
from tests.accounting.orders import codes, company, document, finding, line, order, plan, posted, properties
from tests.accounting.plain import facts

ESCAPED = "Чай &quot;Лапсанг&quot; &amp; мёд &lt;0,5&nbsp;кг&gt; &#039;Люкс&#039;"
READ = "Чай \"Лапсанг\" & мёд <0,5\u00a0кг> 'Люкс'"


def test_the_entities_that_bitrix_writes_become_characters() -> None:
    assert unescaped(ESCAPED) == READ


@pytest.mark.parametrize(
    "text",
    [
        "Чай «Лапсанг» & 'мёд'",
        "<b>-50%</b>",
        "A&B",
        "R&D; отдел",
        "&laquo;Чай&raquo;",
        "&#39;",
        "&#8203;",
        "&quot",
        "&QUOT;",
    ],
)
def test_nothing_else_is_changed(text: str) -> None:
    assert unescaped(text) == text


def test_what_was_escaped_twice_is_read_once() -> None:
    assert unescaped("&amp;quot;") == "&quot;"
    assert unescaped("&amp;amp;lt;") == "&amp;lt;"


def test_lines_and_buyers_have_them() -> None:
    found = document(plan(order(line("1000.00", name=ESCAPED), **company(name="ООО &quot;Чай &amp; Кофе&quot;"))))
    assert found.items[0].name == READ
    assert found.counterparty.name == 'ООО "Чай & Кофе"'
    person = order(properties=properties(INN="500100732259", FIO="О&#039;Нил&nbsp;Пётр"))
    assert document(plan(person)).counterparty.name == "О'Нил Пётр"


def test_a_name_of_nothing_but_a_space_is_none() -> None:
    assert codes(plan(order(line("1000.00", name="&nbsp;")))) == [("rejected", "line_name")]


@pytest.mark.parametrize("name", [ESCAPED, "Чай &amp;quot;Лапсанг&amp;quot;", "Чай &amp;amp; кофе"])
def test_a_document_that_was_posted_with_the_entities_is_not_changed(name: str) -> None:
    sold = order(line("1000.00", name=name), line("33.3333", 3, name=name))
    now = plan(sold)
    before = dataclasses.replace(
        document(now), items=tuple(dataclasses.replace(item, name=name) for item in document(now).items)
    )
    assert differences(before, document(now)) == ()
    old = dataclasses.replace(now, due=(before,))
    assert plan(sold, known=posted(old)).findings == ()
    assert plan(sold, known=posted(now)).findings == ()


def test_another_name_is_a_change() -> None:
    before = plan(order(line("1000.00", name="Чай &quot;Лапсанг&quot;")))
    found = plan(order(line("1000.00", name="Чай &quot;Ассам&quot;")), known=posted(before))
    assert codes(found) == [("review", "changed_after_posting")]
    code, told = facts(finding(found))["what"]
    ((changed, lines),) = told["differences"]
    assert (code, changed) == ("changed_fields", "change_line")
    assert [lines[side][1]["name"] for side in ("before", "now")] == ['Чай "Лапсанг"', 'Чай "Ассам"']
