"""Rows in parts that one statement can carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

_MOST_ROWS = 500
_MOST_CHARACTERS = 128 * 1024
"""At most four bytes each in UTF-8: half of the 1 MiB that is the smallest ``max_allowed_packet`` in use."""


def chunked(rows: Sequence[Sequence[object]]) -> Iterator[Sequence[Sequence[object]]]:
    """Parts of ``rows`` in their order, each of at least one row."""
    start = size = 0
    for index, row in enumerate(rows):
        length = sum(len(value) for value in row if isinstance(value, str))
        if index > start and (index - start == _MOST_ROWS or size + length > _MOST_CHARACTERS):
            yield rows[start:index]
            start, size = index, 0
        size += length
    if start < len(rows):
        yield rows[start:]


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts of what is short, as ids are."""
    for start in range(0, len(items), _MOST_ROWS):
        yield items[start : start + _MOST_ROWS]
