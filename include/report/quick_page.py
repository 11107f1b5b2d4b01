"""A worksheet that takes plain cells with a third of the work: a long list has millions, nearly all of them plain.

XlsxWriter looks at each cell's place several times, puts its element together attribute by attribute, and writes every
piece by itself. Here a cell is one string at once, a row is written as a whole, and a text that comes again is escaped
once. What is not plain is left to XlsxWriter. The methods that this overrides are its own and no part of its documented
interface, so a test reads such cells back.
"""

from __future__ import annotations

import datetime as dt
import functools
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_LETTERS = [xl_col_to_name(col) for col in range(256)]
_REMEMBERED = 4096
"""Texts and days."""


class QuickPage(Worksheet):  # type: ignore[misc]
    """Of a workbook in constant memory, where texts stand in their cells; rows come one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.previous_row: int
        self._in_line = functools.lru_cache(maxsize=_REMEMBERED)(self._escaped)
        self._serial = functools.lru_cache(maxsize=_REMEMBERED)(self._convert_date_time)

    def put_text(self, row: int, col: int, text: str, look: Any) -> None:
        """As ``write_string``; a format is needed."""
        self._put(row, col, look, f' t="inlineStr"><is>{self._in_line(text)}</is></c>')

    def put_number(self, row: int, col: int, number: Decimal | float, look: Any) -> None:
        """As ``write_number``."""
        self._put(row, col, look, f"><v>{number:.16G}</v></c>")

    def put_time(self, row: int, col: int, when: dt.date, look: Any) -> None:
        """As ``write_datetime``, of a day or a moment."""
        self.put_number(row, col, self._serial(when), look)

    def _put(self, row: int, col: int, look: Any, rest: str) -> None:
        if row > self.previous_row:
            self._write_single_row(row)
        cells = self.table[row]
        if not cells or col > self.dim_colmax:
            self._check_dimensions(row, col)
        cells[col] = f'<c r="{_LETTERS[col]}{row + 1}" s="{look._get_xf_index()}"{rest}'  # noqa: SLF001

    def _write_single_row(self, current_row_num: int = 0) -> None:
        cells = self.table.get(self.previous_row)
        if not cells or not all(isinstance(cell, str) for cell in cells.values()):
            super()._write_single_row(current_row_num)
            return
        self._write_row(self.previous_row, None, self.row_info.get(self.previous_row))
        self.fh.write("".join([*(cells[col] for col in sorted(cells)), "</row>"]))
        self.table.clear()
        self.previous_row = current_row_num

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if isinstance(cell, str):
            self.fh.write(cell)
        else:
            super()._write_cell(row, col, cell)

    def _escaped(self, text: str) -> str:
        keep = ' xml:space="preserve"' if text != text.strip() else ""
        return f"<t{keep}>{self._escape_data(self._escape_control_characters(text))}</t>"
