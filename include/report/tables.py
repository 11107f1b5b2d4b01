"""Sheets, tables and cells, as whoever writes a file is given them: what is shown, and how it is worked out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from include.facts import Said, said


class Kind(enum.Enum):
    """What a column holds."""

    TEXT = "text"
    LONG = "long"
    """A text of several lines."""
    DAY = "day"
    MOMENT = "moment"
    MONEY = "money"
    """Roubles."""
    COUNT = "count"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column; its key is unique in its table."""

    key: str
    heading: Said
    kind: Kind
    width: int
    """In characters."""
    total: bool = False
    is_printed: bool = True
    """Columns that are not are the table's last ones."""

    @property
    def head(self) -> Said:
        """The heading; of sums, with their unit."""
        return said("workbook_in_roubles", what=self.heading) if self.kind is Kind.MONEY else self.heading


@dataclasses.dataclass(frozen=True, slots=True)
class Own:
    """The value of another column in the same row, in a condition."""

    column: str


Condition = tuple[str, Own | Said]
"""A column of the table that is summed up, and what it must hold."""


@dataclasses.dataclass(frozen=True, slots=True)
class SumOf:
    """What the rows of a table come to, of those that fulfil all conditions."""

    value: Decimal
    table: str
    column: str
    where: tuple[Condition, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class CountOf:
    """How many rows of a table fulfil all conditions."""

    value: int
    table: str
    where: tuple[Condition, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Along:
    """Cells of the same row, added and taken off."""

    value: Decimal
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """Several texts, each on a line of its own."""

    lines: tuple[Said, ...]


Formula = SumOf | CountOf | Along
Plain = str | int | Decimal | dt.date | Said | Lines | None
Cell = Plain | Formula
Row = Sequence[Cell]


def value_of(cell: Cell) -> Plain:
    """What a cell shows."""
    return cell.value if isinstance(cell, SumOf | CountOf | Along) else cell


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; its rows are made one by one, each time that they are asked for."""

    name: str
    """By which formulas find it."""
    title: Said
    columns: tuple[Column, ...]
    source: Sequence[Any]
    row: Callable[[Any], Row]
    note: Said | None = None
    is_stretched: bool = False
    """Its last column is as wide as what is left of the sheet."""
    lines: int = 1
    """So many lines high a row is, at least."""
    marked: tuple[str, ...] = ()
    """Rows in which one of these columns is not 0 stand out."""

    def rows(self) -> Iterator[Row]:
        """One after the other."""
        return map(self.row, self.source)

    def totals(self) -> list[Decimal | int | None]:
        """What the columns that have a total come to; whole numbers where they are counts."""
        places = [index for index, column in enumerate(self.columns) if column.total]
        sums: dict[int, Decimal] = dict.fromkeys(places, Decimal(0))
        for row in self.rows() if places else ():
            for index in places:
                value = value_of(row[index])
                if isinstance(value, int | Decimal):
                    sums[index] += value
        return [_typed(sums[i], column) if i in sums else None for i, column in enumerate(self.columns)]

    def is_marked(self, row: Row) -> bool:
        """Whether one of its rows stands out."""
        return any(value_of(row[self.place(key)]) for key in self.marked)

    def place(self, key: str) -> int:
        """Of a column, counted from 0."""
        return next(index for index, column in enumerate(self.columns) if column.key == key)


def _typed(amount: Decimal, column: Column) -> Decimal | int:
    return int(amount) if column.kind is Kind.COUNT else amount


def fixed(
    name: str,
    title: Said,
    columns: tuple[Column, ...],
    rows: Iterable[Row],
    note: Said | None = None,
    *,
    is_stretched: bool = False,
) -> Table:
    """A small table whose rows are there already."""
    return Table(
        name=name,
        title=title,
        columns=columns,
        source=tuple(rows),
        row=lambda row: row,
        note=note,
        is_stretched=is_stretched,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """Columns of a table beside each other, drawn by the first one."""

    title: Said
    table: str
    by: str
    columns: tuple[str, ...]
    """Of roubles."""

    COLOURS = ("#1F3864", "#F4B183", "#70AD47")
    """Of the columns, one after the other."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """Tables below each other. A single table is a list: its heads stay in sight, and it can be filtered."""

    name: Said
    """At most 31 characters."""
    tables: tuple[Table, ...]
    chart: Chart | None = None

    @property
    def is_list(self) -> bool:
        """Whether it is one table."""
        return len(self.tables) == 1
