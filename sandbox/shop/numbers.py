"""Rows that a server makes by itself: as MariaDB's ``seq_1_to_…``, which MySQL has not."""

from __future__ import annotations

_DIGITS = " UNION ALL ".join(["SELECT 0 AS digit", *(f"SELECT {digit}" for digit in range(1, 10))])


def numbers(most: int, alias: str = "numbers") -> str:
    """What to read FROM, whose column ``seq`` has each whole number from 1 to ``most``, in any order."""
    places = range(len(str(most)))
    number = " + ".join(f"d{place}.digit * {10**place}" for place in places)
    digits = ", ".join(f"({_DIGITS}) d{place}" for place in places)
    return f"(SELECT {number} AS seq FROM {digits} WHERE {number} BETWEEN 1 AND {most}) {alias}"
