"""Texts that are fixed when a DAG file is parsed: its documentation and its form.

Read without Babel: a DAG file is parsed every half minute, and again by each task.
"""

from __future__ import annotations

import functools
import json
import pathlib

from include.settings import Spoken

_FOLDER = pathlib.Path(__file__).with_name("words")
_LANGUAGES = {Spoken.AUTO: ("ru", "en"), Spoken.RU: ("ru",), Spoken.EN: ("en",)}
"""Which language the shop speaks is not known when a file is parsed, so both are given, the likelier one first."""


def name(code: str, spoken: Spoken) -> str:
    """What a DAG or a task is called, in one language: a grid has no room for two."""
    return _texts(_LANGUAGES[spoken][0])[code]


def line(code: str, spoken: Spoken) -> str:
    """A text of one line, by its code."""
    return " · ".join(_texts(language)[code] for language in _LANGUAGES[spoken])


def page(code: str, spoken: Spoken) -> str:
    """A text in Markdown, by its code."""
    return "\n---\n\n".join(_texts(language)[code] for language in _LANGUAGES[spoken])


@functools.cache
def _texts(language: str) -> dict[str, str]:
    """Code -> text: the catalogue has no plurals, no comments and no headings but the first."""
    entries = (_FOLDER / language / "dags.po").read_text(encoding="utf-8").strip().split("\n\n")
    return dict(_entry(entry) for entry in entries)


def _entry(entry: str) -> tuple[str, str]:
    code, _, text = entry.removeprefix("msgid ").partition("\nmsgstr ")
    return json.loads(code), "".join(json.loads(part) for part in text.splitlines())
