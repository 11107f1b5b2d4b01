"""The sheets as one page for the browser and the printer: the same figures, nothing fetched from elsewhere."""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import jinja2
from babel.numbers import format_decimal

from include.facts import Said, said
from include.report.tables import Chart, Kind, Lines, Plain, Sheet, Table, value_of
from include.words import Language, text

_PAGE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEIGHT = 160
"""Of the chart's bars, in its own units."""


def write(path: pathlib.Path, sheets: Sequence[Sheet], language: Language) -> None:
    """Write the page, part by part.

    Raises:
        OSError: it cannot be written.
    """
    shown = functools.partial(_shown, language=language)
    page = _PAGE.get_template("page.html.jinja").generate(
        language=str(language),
        sheets=sheets,
        say=functools.partial(text, language=language, whole_inns=True),
        rows=functools.partial(_rows, shown=shown),
        totals=functools.partial(_totals, shown=shown),
        plot=functools.partial(_plot, tables={table.name: table for sheet in sheets for table in sheet.tables}),
        amount=lambda roubles: text(said("report_amount", amount=roubles), language),
        height=_HEIGHT,
    )
    with path.open("w", encoding="utf-8") as file:
        file.writelines(page)


_Shown = Callable[[Plain, Kind], list[str]]


def _rows(table: Table, shown: _Shown) -> Iterator[tuple[bool, list[tuple[str, list[str]]]]]:
    """Row by row: whether it stands out; what each cell is, and its lines."""
    kinds = [column.kind for column in table.columns]
    for row in table.rows():
        cells = [(kind.value, shown(value_of(cell), kind)) for kind, cell in zip(kinds, row, strict=True)]
        yield table.is_marked(row), cells


def _totals(table: Table, shown: _Shown) -> list[tuple[str, list[str]]]:
    """Nothing where no column has one."""
    if not any(column.total for column in table.columns):
        return []
    totals: list[Plain] = list(table.totals())
    if totals[0] is None:
        totals[0] = said("workbook_total")
    return [(column.kind.value, shown(total, column.kind)) for column, total in zip(table.columns, totals, strict=True)]


def _shown(value: Plain, kind: Kind, language: Language) -> list[str]:
    say = functools.partial(text, language=language, whole_inns=True)
    match value:
        case None:
            return []
        case Said():
            return [say(value)]
        case Lines(lines):
            return [say(line) for line in lines]
        case dt.datetime():
            return [f"{value:%d.%m.%Y %H:%M}"]
        case dt.date():
            return [f"{value:%d.%m.%Y}"]
        case Decimal() | int():
            pattern = "#,##0.00" if kind is Kind.MONEY else "#,##0"
            return [format_decimal(value, pattern, locale=str(language))]
        case _:
            return [value]


class _Plot(NamedTuple):
    """A chart as it is drawn."""

    series: list[tuple[Said, str]]
    """What each bar of a row is, and its colour."""
    by: Said
    """What the rows are."""
    most: Decimal
    """What the highest bar stands for."""
    rows: list[tuple[str, list[float]]]
    """Name of each row, and the heights of its bars."""


def _plot(chart: Chart, tables: dict[str, Table]) -> _Plot:
    table = tables[chart.table]
    by, places = table.place(chart.by), [table.place(key) for key in chart.columns]
    rows = [(row[by], [_amount(value_of(row[place])) for place in places]) for row in table.rows()]
    most = max((amount for _, amounts in rows for amount in amounts), default=Decimal(0))
    return _Plot(
        series=[(table.columns[place].head, colour) for place, colour in zip(places, chart.COLOURS, strict=False)],
        by=table.columns[by].head,
        most=most,
        rows=[
            (
                f"{day:%d}" if isinstance(day, dt.date) else str(day),
                [round(float(amount / most) * _HEIGHT, 1) if most else 0.0 for amount in amounts],
            )
            for day, amounts in rows
        ],
    )


def _amount(value: Plain) -> Decimal:
    """What a bar stands for; it never goes below 0."""
    return max(Decimal(value), Decimal(0)) if isinstance(value, int | Decimal) else Decimal(0)
