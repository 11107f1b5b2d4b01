"""Parts of a statement that writes several rows at once, each with values of its own."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final


def marks(values: Sequence[object]) -> str:
    """A placeholder for each of the values."""
    return ", ".join(["%s"] * len(values))


class Kept(enum.Enum):
    """Instead of a value."""

    AS_IT_IS = enum.auto()


KEPT: Final = Kept.AS_IT_IS
"""What the row holds in this column, it goes on to hold."""


def value_by(key: str, keys: Sequence[object], column: str, values: Sequence[object]) -> tuple[str, list[object]]:
    """What a column becomes in each row, as SQL with its parameters; the bare value where it is the same in all.

    ``CASE`` costs a server half of what a join with these rows as a derived table does (measured on MariaDB).

    Args:
        key: the column that tells the rows apart.
        keys: what it holds in each of the rows.
        column: the one that is written.
        values: one for each of the rows, or :data:`KEPT`.
    """
    if all(value == values[0] for value in values):
        return (column, []) if values[0] is KEPT else ("%s", [values[0]])
    given = [pair for pair in zip(keys, values, strict=True) if pair[1] is not KEPT]
    cases = " ".join(["WHEN %s THEN %s"] * len(given))
    otherwise = "" if len(given) == len(keys) else f" ELSE {column}"
    return f"CASE {key} {cases}{otherwise} END", [part for pair in given for part in pair]
