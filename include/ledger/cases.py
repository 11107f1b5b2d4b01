"""Parts of a statement that writes several rows at once, each with values of its own.

With few parameters: what Python spends on a round goes for a good part into putting them into its statements.
"""

from __future__ import annotations

import collections
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

    What most of the rows get is told once. ``CASE`` costs a server about what a join with these rows as a derived
    table does: less with few rows, more with sixty (measured on MariaDB).

    Args:
        key: the column that tells the rows apart.
        keys: what it holds in each of the rows.
        column: the one that is written.
        values: one for each of the rows, or :data:`KEPT`.
    """
    ((most, _),) = collections.Counter(values).most_common(1) if KEPT not in values else [(KEPT, 0)]
    otherwise, its_value = (column, []) if most is KEPT else ("%s", [most])
    others = [pair for pair in zip(keys, values, strict=True) if pair[1] != most]
    if not others:
        return otherwise, its_value
    cases = " ".join(["WHEN %s THEN %s"] * len(others))
    return f"CASE {key} {cases} ELSE {otherwise} END", [part for pair in others for part in pair] + its_value


def at_epochs(keys: Sequence[str], epochs: Sequence[int]) -> tuple[str, list[object]]:
    """The condition that a row is one of these operations at its epoch, as SQL with its parameters.

    Not by pairs of both: not every server finds those by the primary key.

    Args:
        keys: of the operations, ``op_key``.
        epochs: one for each of them.
    """
    of_epoch = collections.defaultdict(list)
    for key, epoch in zip(keys, epochs, strict=True):
        of_epoch[epoch].append(key)
    condition = " OR ".join(f"op_key IN ({marks(of_it)}) AND epoch = %s" for of_it in of_epoch.values())
    return f"({condition})", [value for epoch, of_it in of_epoch.items() for value in (*of_it, epoch)]
