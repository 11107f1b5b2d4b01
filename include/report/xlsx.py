"""The sheets as a file for Excel and LibreOffice; row by row, so that memory does not grow with the month."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import math
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_range_abs

from include.facts import Said, said
from include.report.quick_page import QuickPage
from include.report.tables import (
    Along,
    Cell,
    Chart,
    Column,
    CountOf,
    Formula,
    Kind,
    Lines,
    Own,
    Sheet,
    SumOf,
    Table,
)
from include.words import Language, text

_MOST_CHARACTERS = 32_767
"""Of a cell."""
_A4 = 9
_GAP = 2
"""Empty rows between two tables."""
_NUMBERS = {Kind.MONEY: "#,##0.00", Kind.COUNT: "#,##0", Kind.DAY: "dd.mm.yyyy", Kind.MOMENT: "dd.mm.yyyy hh:mm"}
_ALIGNED = {Kind.TEXT: "left", Kind.LONG: "left", Kind.DAY: "center"}
_CHART_ROWS = 18
_LINE, _TITLE = 15, 21
"""Heights of a line of text and of a title, points."""
_FRAME = {"border": 1, "border_color": "#BFBFBF"}
_INK, _PALE = "#1F3864", "#DCE6F1"


def write(path: pathlib.Path, sheets: Sequence[Sheet], language: Language) -> None:
    """Write the file.

    Raises:
        OSError: it cannot be written.
    """
    options = {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": _NUMBERS[Kind.DAY]}
    with xlsxwriter.Workbook(path, options) as book:
        _Writer(book, sheets, language).write()


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Where the rows of a table stand."""

    sheet: str
    table: Table
    top: int
    """The row of its title, counted from 0."""
    first: int
    """Of its rows."""
    end: int
    """The sheet's last column, for a table that is stretched up to it; else its own last one."""
    last_width: int
    """Of its own last column, in characters, with what that is stretched over."""

    @property
    def last(self) -> int:
        return self.first + len(self.table.source) - 1

    def column(self, key: str) -> str:
        """The cells of a column, as a formula of another sheet names them."""
        index = self.table.place(key)
        return f"'{self.sheet}'!{xl_range_abs(self.first, index, self.last, index)}"


class _Writer:
    def __init__(self, book: Any, sheets: Sequence[Sheet], language: Language) -> None:
        self._book = book
        self._sheets = sheets
        self._text = functools.lru_cache(maxsize=1024)(functools.partial(text, language=language, whole_inns=True))
        self._formats = _Formats(book)
        self._places = {place.table.name: place for sheet in sheets for place in self._lay_out(sheet)}

    def write(self) -> None:
        for sheet in self._sheets:
            self._write_sheet(sheet)

    def _lay_out(self, sheet: Sheet) -> Iterator[_Place]:
        top, widths = 0, _widths(sheet)
        for table in sheet.tables:
            head = top + 1 + (table.note is not None) + (sheet.is_list and _has_totals(table))
            own = len(table.columns) - 1
            end = len(widths) - 1 if table.is_stretched else own
            last_width = sum(widths[own:]) if table.is_stretched else table.columns[own].width
            place = _Place(self._text(sheet.name), table, top, head + 1, end, last_width)
            yield place
            below = 0 if sheet.is_list or not _has_totals(table) else 1
            top = max(place.last + 1, place.first) + below + _GAP

    def _write_sheet(self, sheet: Sheet) -> None:
        name = self._text(sheet.name)
        page = self._book.add_worksheet(name, worksheet_class=QuickPage)
        page.hide_gridlines(1 if sheet.is_list else 2)
        for index, width in enumerate(_widths(sheet)):
            page.set_column(index, index, width)
        page.set_landscape()
        page.set_paper(_A4)
        page.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
        page.fit_to_pages(1, 0 if sheet.chart is None else 1)
        page.set_footer(f"&L{name.replace('&', '&&')}&R&P / &N")
        bottom = 0
        for table in sheet.tables:
            bottom = self._write_table(page, self._places[table.name], totals_on_top=sheet.is_list)
        if sheet.is_list:
            self._keep_heads(page, self._places[sheet.tables[0].name])
        if sheet.chart is not None:
            page.insert_chart(bottom + _GAP, 0, self._chart(sheet.chart), {"object_position": 3})
            bottom += _GAP + _CHART_ROWS
        unprinted = sum(not column.is_printed for column in sheet.tables[0].columns) if sheet.is_list else 0
        page.print_area(0, 0, bottom, len(_widths(sheet)) - 1 - unprinted)

    def _keep_heads(self, page: Any, place: _Place) -> None:
        head, last = place.first - 1, len(place.table.columns) - 1
        page.freeze_panes(place.first, 1)
        page.autofilter(head, 0, max(place.last, head), last)
        page.repeat_rows(head)
        if place.first <= place.last:
            # Printed grid lines would go through title and note; this frames the empty cells as well, unwritten.
            for criteria, look in ((_marked(place), self._formats.marked), ("=TRUE", self._formats.frame)):
                if criteria is not None:
                    rule = {"type": "formula", "criteria": criteria, "format": look}
                    page.conditional_format(place.first, 0, place.last, last, rule)

    def _write_table(self, page: Any, place: _Place, *, totals_on_top: bool) -> int:
        """The last row that is used."""
        table, row = place.table, place.top
        page.set_row(row, _TITLE)
        page.put_text(row, 0, self._text(table.title), self._formats.title)
        if table.note is not None:
            row += 1
            self._write_note(page, row, self._text(table.note), table)
        if totals_on_top and _has_totals(table):
            row += 1
            self._write_totals(page, row, place)
        heads = [self._text(column.head) for column in table.columns]
        wrapped = (_lines(head, column.width - 1) for head, column in zip(heads, table.columns, strict=True))
        page.set_row(place.first - 1, _LINE * max(wrapped))
        self._stretch(page, place, place.first - 1, self._formats.head)
        for index, head in enumerate(heads):
            page.put_text(place.first - 1, index, head, self._formats.head)
        number = self._write_rows(page, place, framed=not totals_on_top)
        if not totals_on_top and _has_totals(table):
            number += 1
            self._write_totals(page, number, place)
        return number

    def _stretch(self, page: Any, place: _Place, row: int, look: Any) -> None:
        """Merge the last cell of a stretched table's row with those beside it; it is to be written afterwards."""
        last = len(place.table.columns) - 1
        if last < place.end:
            page.merge_range(row, last, row, place.end, "", look)

    def _write_note(self, page: Any, row: int, note: str, table: Table) -> None:
        last = len(table.columns) - 1
        page.set_row(row, _LINE * _lines(note, sum(column.width for column in table.columns)))
        if last:
            page.merge_range(row, 0, row, last, note, self._formats.note)
        else:
            page.put_text(row, 0, note, self._formats.note)

    def _write_totals(self, page: Any, row: int, place: _Place) -> None:
        for index, (column, total) in enumerate(zip(place.table.columns, place.table.totals(), strict=True)):
            look = self._formats.of(column, total=True)
            if total is None and index == 0:
                page.put_text(row, index, self._text(said("workbook_total")), look)
            elif total is None:
                page.write_blank(row, index, None, look)
            elif place.last < place.first:
                page.write_number(row, index, total, look)
            else:
                cells = xl_range_abs(place.first, index, place.last, index)
                page.write_formula(row, index, f"=ROUND(SUM({cells}),2)", look, total)

    def _write_rows(self, page: Any, place: _Place, *, framed: bool) -> int:
        """The last row. The cells of a long list are framed all at once: its empty ones are not written at all."""
        table, row = place.table, place.first - 1
        looks = [self._formats.of(column, framed=framed) for column in table.columns]
        widths = [*(column.width for column in table.columns[:-1]), place.last_width]
        wide = [(index, widths[index]) for index, column in enumerate(table.columns) if column.kind is Kind.LONG]
        for row, cells in enumerate(table.rows(), start=place.first):
            if wide or table.lines > 1:
                long = (_lines(self._plain(cells[index]), width) for index, width in wide)
                page.set_row(row, _LINE * max([table.lines, *long]))
            self._stretch(page, place, row, looks[-1])
            for index, (cell, look) in enumerate(zip(cells, looks, strict=True)):
                if cell is not None and cell != "":
                    self._write_cell(page, row, index, cell, look, table)
                elif framed:
                    page.write_blank(row, index, None, look)
        return row

    def _write_cell(self, page: Any, row: int, col: int, cell: Cell, look: Any, table: Table) -> None:
        match cell:
            case str():
                page.put_text(row, col, cell[:_MOST_CHARACTERS], look)
            case Decimal() | int():
                page.put_number(row, col, cell, look)
            case dt.datetime():
                page.put_time(row, col, cell, self._formats.moment)
            case dt.date():
                page.put_time(row, col, cell, look)
            case Said() | Lines():
                page.put_text(row, col, self._plain(cell)[:_MOST_CHARACTERS], look)
            case SumOf() | CountOf() | Along():
                formula = self._formula(cell, table, row)
                if formula is None:
                    page.put_number(row, col, cell.value, look)
                else:
                    page.write_formula(row, col, formula, look, cell.value)

    def _plain(self, cell: Cell) -> str:
        """The text of a cell that may have several lines."""
        match cell:
            case Said():
                return self._text(cell)
            case Lines(lines):
                return "\n".join(map(self._text, lines))
            case _:
                return str(cell or "")

    def _formula(self, cell: Formula, table: Table, row: int) -> str | None:
        """``None``: there is nothing to sum up."""
        if isinstance(cell, Along):
            plus, minus = ([f"{_letter(table, key)}{row + 1}" for key in keys] for keys in (cell.plus, cell.minus))
            return f"=ROUND({'+'.join(plus)}{''.join(f'-{one}' for one in minus)},2)"
        place = self._places[cell.table]
        if place.last < place.first or (isinstance(cell, SumOf) and not _has(place.table, cell.column)):
            return None
        conditions = [
            part for key, what in cell.where for part in (place.column(key), self._criterion(what, table, row))
        ]
        if isinstance(cell, CountOf):
            return f"=COUNTIFS({','.join(conditions)})"
        over = place.column(cell.column)
        return f"=ROUND(SUMIFS({','.join((over, *conditions))}),2)" if conditions else f"=ROUND(SUM({over}),2)"

    def _criterion(self, what: Own | Said, table: Table, row: int) -> str:
        if isinstance(what, Own):
            return f"{_letter(table, what.column)}{row + 1}"
        return '"' + self._text(what).replace('"', '""') + '"'

    def _chart(self, chart: Chart) -> Any:
        place = self._places[chart.table]
        drawn = self._book.add_chart({"type": "column"})
        by = place.table.place(chart.by)
        for key, colour in zip(chart.columns, chart.COLOURS, strict=False):
            index = place.table.place(key)
            drawn.add_series(
                {
                    "name": [place.sheet, place.first - 1, index],
                    "categories": [place.sheet, place.first, by, place.last, by],
                    "values": [place.sheet, place.first, index, place.last, index],
                    "fill": {"color": colour},
                    "gap": 60,
                }
            )
        drawn.set_title({"name": self._text(chart.title), "name_font": {"size": 11}})
        drawn.set_legend({"position": "bottom"})
        look = {"name_font": {"size": 9, "bold": False}}
        across = self._text(place.table.columns[by].head)
        drawn.set_x_axis({"name": across, "num_format": "dd", "text_axis": True, **look})
        up = self._text(said("workbook_in_roubles", what=said("workbook_amount")))
        lines = {"visible": True, "line": {"color": "#D9D9D9"}}
        drawn.set_y_axis({"name": up, "num_format": "#,##0", "major_gridlines": lines, **look})
        drawn.set_size({"width": 980, "height": 330})
        return drawn


class _Formats:
    """Made once each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Kind, bool, bool], Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 13, "font_color": _INK})
        self.note = book.add_format({"italic": True, "font_color": "#595959", "text_wrap": True, "valign": "top"})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "bg_color": _PALE, **_FRAME}
        )
        self.frame = book.add_format(_FRAME)
        self.marked = book.add_format({"bg_color": "#FCE4D6"})
        self.moment = self._make({"num_format": _NUMBERS[Kind.MOMENT], "align": "left"})

    def of(self, column: Column, *, total: bool = False, framed: bool = True) -> Any:
        key = column.kind, total, framed
        if key not in self._made:
            look: dict[str, Any] = {"bold": True, "bg_color": "#F2F2F2"} if total else {}
            look |= {"text_wrap": True} if column.kind is Kind.LONG else {}
            look |= {"align": _ALIGNED[column.kind]} if column.kind in _ALIGNED else {}
            look |= {"num_format": _NUMBERS[column.kind]} if column.kind in _NUMBERS else {}
            self._made[key] = self._make(look, framed=framed)
        return self._made[key]

    def _make(self, look: Mapping[str, Any], *, framed: bool = True) -> Any:
        return self._book.add_format({"valign": "top", **(_FRAME if framed else {}), **look})


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column, about; a spreadsheet shows no more than a dozen at once."""
    return min(sum(max(1, math.ceil(len(line) * 1.1 / width)) for line in text.split("\n")), 12)


def _widths(sheet: Sheet) -> list[int]:
    """Of the columns that tables below each other share, the widest; a column that is stretched takes what is there."""
    own = [table.columns[: -1 if table.is_stretched else None] for table in sheet.tables]
    count = max(map(len, own))
    return [max(columns[index].width for columns in own if index < len(columns)) for index in range(count)]


def _marked(place: _Place) -> str | None:
    """When a row stands out, as a condition of its first row; ``None``: none ever does."""
    cells = [f"N(${_letter(place.table, key)}{place.first + 1})<>0" for key in place.table.marked]
    return f"=OR({','.join(cells)})" if cells else None


def _has_totals(table: Table) -> bool:
    return any(column.total for column in table.columns)


def _has(table: Table, key: str) -> bool:
    return any(column.key == key for column in table.columns)


def _letter(table: Table, key: str) -> str:
    return str(xl_col_to_name(table.place(key)))
