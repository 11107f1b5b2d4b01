"""A worksheet that writes plain cells with half the work: a long list has millions, and nearly all of them are plain.

XlsxWriter puts a cell's element together attribute by attribute, and looks at each text four times for what has to be
escaped. Here a number is one string, and a text that comes again is escaped once. What is not plain is left to
XlsxWriter. The method is its own and no part of its documented interface, so a test reads such cells back.
"""

from __future__ import annotations

import functools
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import CellNumberTuple, CellStringTuple, Worksheet

_REMEMBERED = 4096
"""Texts."""


class QuickPage(Worksheet):  # type: ignore[misc]
    """Of a workbook in constant memory, where texts stand in their cells."""

    def __init__(self) -> None:
        super().__init__()
        self._in_line = functools.lru_cache(maxsize=_REMEMBERED)(self._escaped)

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind, look = type(cell), cell.format
        if look is None or kind not in {CellNumberTuple, CellStringTuple}:
            super()._write_cell(row, col, cell)
            return
        begin = f'<c r="{xl_rowcol_to_cell_fast(row, col)}" s="{look._get_xf_index()}"'  # noqa: SLF001
        if kind is CellNumberTuple:
            self.fh.write(f"{begin}><v>{cell.number:.16G}</v></c>")
        else:
            self.fh.write(f'{begin} t="inlineStr"><is>{self._in_line(cell.string)}</is></c>')

    def _escaped(self, text: str) -> str:
        keep = ' xml:space="preserve"' if text != text.strip() else ""
        return f"<t{keep}>{self._escape_data(self._escape_control_characters(text))}</t>"
