"""The SQL files of ``include/bitrix/sql``: Jinja for what a shop's version lacks, the driver binds the values."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import jinja2

_FILES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(pathlib.Path(__file__).with_name("sql")),
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 (SQL, not HTML)
)


def statement(file: str, **tests: Callable[..., bool]) -> str:
    """The text of ``sql/<file>.sql``; the shop's ``has(table)`` and ``has(table, column)`` are among the ``tests``."""
    return _FILES.get_template(f"{file}.sql").render(tests)
