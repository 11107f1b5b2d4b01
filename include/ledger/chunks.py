"""Rows in parts that one statement can carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
