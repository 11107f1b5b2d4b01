"""The page for the browser: the figures of the workbook, and nothing that has to be fetched."""

from __future__ import annotations

import html.parser
import pathlib
import re

import pytest

from include.report import html as page
from include.report.sheets import sheets
from include.words import Language
from tests.report.small_month import whole_month


class _Tables(html.parser.HTMLParser):
    """The rows of all tables, as texts."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


@pytest.fixture
def written(tmp_path: pathlib.Path) -> str:
    file = tmp_path / "month.html"
    page.write(file, sheets(whole_month()), Language.RU)
    return file.read_text("utf-8")


def test_the_figures(written: str) -> None:
    parser = _Tables()
    parser.feed(written)
    rows = [[cell.replace("\u00a0", " ") for cell in row] for row in parser.rows]
    assert ["Реализация", "2 864,00", "2 742,00", "2 742,00", "122,00", "122,00", "0,00"] in rows
    assert ["НДС 22 %", "1 442,00", "1 181,97", "260,03"] in rows
    assert ["розница", *["0,00", "500,00"]] in [row[:3] for row in rows]
    assert ["107", "документ", "15.09.2026", "122,00"] in [row[:4] for row in rows]


def test_the_headings_of_sums_name_their_unit(written: str) -> None:
    assert "<th>Реализация: магазин, ₽</th>" in written
    assert "<th>Количество</th>" in written


def test_days_on_which_shop_and_books_differ_stand_out(written: str) -> None:
    """107 is of the 15th, and in the shop alone."""
    assert re.findall(r'<tr class="marked"><td class="day">(.*?)</td>', written) == ["15.09.2026"]


def test_the_chart_says_what_is_drawn_in_what_unit(written: str) -> None:
    chart = written.partition("<h3>Реализация по дням</h3>")[2].partition("</section>")[0].replace("\u00a0", " ")
    for part in ("Реализация: магазин, ₽", "Реализация: отражено, ₽", "Реализация: Контур, ₽"):
        assert part in chart
    assert "1 342,00 ₽" in chart, "the highest bar, of the 10th"
    # 160 high: 1,000 of 1,342 on the 5th, by all three
    assert re.findall(r'height="(119\.2)"', chart) == ["119.2"] * 3


def test_every_table_of_the_workbook_has_as_many_rows(written: str) -> None:
    made = sheets(whole_month())
    bodies = re.findall(r"<tbody>(.*?)</tbody>", written, re.DOTALL)
    assert [body.count("<tr") for body in bodies] == [len(t.source) for sheet in made for t in sheet.tables]


def test_nothing_is_fetched_and_names_are_escaped(tmp_path: pathlib.Path) -> None:
    month = whole_month()
    first = month.rows.documents[1]
    month.rows.documents[1] = first._replace(buyer=first.buyer._replace(name="<script>alert(1)</script>"))
    page.write(tmp_path / "month.html", sheets(month), Language.EN)
    text = (tmp_path / "month.html").read_text("utf-8")
    assert "<script" not in text
    assert re.search(r"(src|href)=\"(?!#)", text) is None
    assert "@media print" in text
