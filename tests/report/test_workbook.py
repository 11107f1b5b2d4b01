"""The file, read back: sheets, figures and formulas, heads, filters and what is printed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from include.reconciliation.difference import Measure
from include.report import xlsx
from include.report.month import Change, Closing, Month, ReceiptsDay
from include.report.quick_page import QuickPage
from include.report.rows import Decision
from include.report.sheets import checksum, labels, sheets
from include.words import Language, text
from tests.report import small_month
from tests.report.small_month import rows_of, story, whole_month


def written(path: pathlib.Path, month: Month | None = None, language: Language = Language.RU) -> pathlib.Path:
    file = path / "month.xlsx"
    xlsx.write(file, sheets(month or whole_month()), language)
    return file


@dataclasses.dataclass(frozen=True)
class Read:
    """A workbook with what its formulas were said to come to, and the formulas themselves."""

    values: Workbook
    formulas: Workbook


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Read:
    file = written(tmp_path_factory.mktemp("workbook"))
    return Read(openpyxl.load_workbook(file, data_only=True), openpyxl.load_workbook(file))


def lines(page: Worksheet, below: str) -> list[tuple[object, ...]]:
    """The rows of the table with this title, below its heads, without empty cells at their ends."""
    rows = [tuple(row) for row in page.iter_rows(values_only=True)]
    top = next(i for i, row in enumerate(rows) if row[0] == below)
    found: list[tuple[object, ...]] = []
    for row in rows[top + 1 :]:
        if all(cell is None for cell in row):
            break
        found.append(row)
    return found


def table(book: Workbook, sheet: str, title: str) -> dict[object, tuple[object, ...]]:
    """First cell -> the others, of all rows of a table."""
    return {row[0]: tuple(cell for cell in row[1:] if cell is not None) for row in lines(book[sheet], title)}


def test_the_sheets_and_their_order(book: Read) -> None:
    assert book.values.sheetnames == [
        "Титульный лист",
        "Итоги",
        "По дням",
        "НДС",
        "Покупатели и расчёты",
        "Деньги",
        "Авансы",
        "Отгружено, не оплачено",
        "Не отражено",
        "Расхождения",
        "Замечания",
        "Документы",
        "Оплаты",
        "Возвраты",
        "Расчёты по заказам",
        "Настройки",
    ]


def test_shop_ledger_and_books_in_sum(book: Read) -> None:
    found = table(book.values, "Итоги", "Магазин и учёт")
    # by the shop, posted, in Kontur, apart, explained, rest
    assert found["Реализация"] == (2864, 2742, 2742, 122, 122, 0)
    assert found["Оплаты"] == (1666, 1544, 1544, 122, 122, 0)
    assert found["Возвраты"] == (300, 300, 300, 0, 0, 0)
    ledger = table(book.values, "Итоги", "Проверка: отражено по строкам отчёта и по журналу обмена")
    assert ledger["Реализация"] == (4, 2742, 2742, 0)
    assert ledger["Оплаты"] == (3, 1544, 1544, 0)
    books = table(book.values, "Итоги", "Контур: документы обмена и прочая реализация")
    assert books == {
        "Показатель": ("Сумма, ₽",),
        "Документы обмена": (2742,),
        "Прочая реализация: 1 документ": (70,),
        "Всего в Контуре": (2812,),
    }
    # how many, open, and what they add to sales, payments and refunds: as much as is explained above
    kinds = table(book.values, "Итоги", "Расхождения по видам")
    assert kinds["не отражено в учёте"] == kinds["Итого"] == (2, 2, 122, 122, 0)


def test_vat_by_rate(book: Read) -> None:
    posted = table(book.values, "НДС", "Отражено в учёте")
    assert posted["НДС 22 %"] == (1442, 1181.97, 260.03)  # 1,342 + 100; 242.00 + 18.03
    assert posted["без НДС"] == (1300, 1300, 0)
    delivery = table(book.values, "НДС", "Из отражённого: доставка")
    assert delivery["НДС 22 %"] == (122, 100, 22)
    due = table(book.values, "НДС", "Подлежит отражению и не отражено")
    assert due["НДС 22 %"] == (122, 100, 22)


def test_delivery_that_is_without_vat_on_receipts_is_told_with_what_it_comes_to(tmp_path: pathlib.Path) -> None:
    """The one delivery, for 122 at 22 %, has 22.00 of VAT in it."""
    told = "В чеках, которые печатает Битрикс, доставка без НДС: в документах НДС больше на 22,00 ₽."
    for is_untaxed in (True, False):
        month = whole_month(delivery_is_untaxed=is_untaxed)
        page = openpyxl.load_workbook(written(tmp_path, month))["НДС"]
        assert (told in {str(cell.value).replace("\xa0", " ") for cell in page["A"]}) is is_untaxed


def test_the_roll_forward_closes(book: Read) -> None:
    found = table(book.values, "Покупатели и расчёты", "Движение расчётов с покупателями")
    # owed and advance at the start, documents, payments, refunds, closing, of it debts and advances, rest
    assert found["розница"] == (0, 500, 1300, 1410, 300, -310, 300, 610, 0)
    assert found["организации"] == (0, 1342, 1564, 122, 0, 100, 100, 0, 0)
    assert found["предприниматели"] == (0, 0, 0, 244, 0, -244, 0, 244, 0)


def test_documents_are_counted_where_they_stand(book: Read) -> None:
    """102 and 103 are a company's, and in the books; 107 is one's as well, and is refused."""
    buyers = table(book.values, "Покупатели и расчёты", "Отражено в учёте по видам покупателей")
    assert buyers["организации"][:2] == (2, 1442)
    assert buyers["розница"][:2] == (2, 1300)


def test_advances_with_calculated_vat(book: Read) -> None:
    page = book.values["Авансы"]
    heads = [cell.value for cell in page[4]]
    assert heads[6:12] == [
        "Больше 30 дней",
        "Аванс, ₽",
        "Сумма, НДС 10/110, ₽",
        "НДС, НДС 10/110, ₽",
        "Сумма, НДС 22/122, ₽",
        "НДС, НДС 22/122, ₽",
    ]
    rows = {row[0]: row for row in page.iter_rows(min_row=5, values_only=True)}
    assert rows["104"][5:12] == (46, "да", 500, None, None, 500, 90.16)
    assert rows["108"][5:12] == (1, None, 110, 10, 0.91, 100, 18.03)
    assert rows["106"][12] == dt.datetime(2026, 10, 2), "shipped later"
    totals = [cell.value for cell in page[3]]
    assert totals[7] == 854  # 500 + 244 + 110


@pytest.mark.parametrize("language", list(Language))
def test_the_headings_of_sums_and_of_nothing_else_name_their_unit(tmp_path: pathlib.Path, language: Language) -> None:
    """A cell with two decimals is a sum."""
    book = openpyxl.load_workbook(written(tmp_path, language=language), data_only=True)
    lists = [page for page in book if page.freeze_panes is not None]
    found = set()
    for page in lists:
        first = int(str(page.freeze_panes)[1:])
        cells = [cell for row in page.iter_rows(min_row=first) for cell in row if cell.value is not None]
        for cell in cells:
            head = str(page.cell(first - 1, cell.column).value)
            assert head.endswith(", ₽") is (cell.number_format == "#,##0.00"), (page.title, head)
            found.add(head.endswith(", ₽"))
    assert found == {True, False}


def test_who_decided_what_when_and_why(tmp_path: pathlib.Path) -> None:
    """107 is refused for its INN: somebody closed that, and accepted that its document is not in Kontur."""
    anna = Decision("Анна", dt.datetime(2026, 10, 3, 11, 4), "введено вручную")
    accepted = small_month.WRONG_INN_DOCUMENT._replace(is_open=False, decided=anna)
    rows = rows_of(story(small_month.WRONG_INN, closed=anna))
    month = whole_month(rows=rows, differences=(accepted, small_month.WRONG_INN_PAYMENT))
    book = openpyxl.load_workbook(written(tmp_path, month), data_only=True)
    closed = [row for row in book["Замечания"].iter_rows(values_only=True) if row[0] == "107"]
    assert [(row[1], row[3:]) for row in closed] == [("закрыто вручную", tuple(anna))]
    unposted = [row for row in book["Не отражено"].iter_rows(values_only=True) if row[0] == "107"]
    assert [row[5:] for row in unposted] == [tuple(anna)] * 2
    heads = [cell.value for cell in book["Документы"][4]]
    document = dict(zip(heads, [cell.value for cell in book["Документы"][5]], strict=True))
    assert (document["Заказ"], document["Состояние"]) == ("107", "закрыто вручную")
    differences = [row for row in book["Расхождения"].iter_rows(values_only=True) if row[2] == "107"]
    assert [row[10:] for row in differences] == [(None, *anna), ("да", None, None, None)]


def test_the_cover_has_the_months_totals_and_the_last_sheet_the_settings(tmp_path: pathlib.Path, book: Read) -> None:
    # by the shop, in Kontur, apart: as on the sheet of totals
    assert table(book.values, "Титульный лист", "Итоги месяца") == {
        "Магазин и Контур по последней сверке; пусто, пока сверены не все прошедшие дни месяца.": (),
        "Показатель": ("По магазину, ₽", "В Контуре, ₽", "Расхождение, ₽"),
        "Реализация": (2864, 2742, 122),
        "Оплаты": (1666, 1544, 122),
        "Возвраты": (300, 300, 0),
    }
    assert list(table(book.values, "Титульный лист", "Подписи"))[1:] == ["Составил", "Проверил"]
    assert table(book.values, "Настройки", "Настройки, от которых зависит отчёт") == {
        "Ключ в файле настроек": ("Значение",),
        "accounting.go_live": ("01.01.2026",),
        "accounting.require_kpp": ("нет",),
        "shop.companies": ("—",),
    }
    month = whole_month()
    month = dataclasses.replace(month, seen=tuple(one for one in month.seen if one.day.day != 7))
    partly = openpyxl.load_workbook(written(tmp_path, month), data_only=True)
    assert table(partly, "Титульный лист", "Итоги месяца")["Реализация"] == (), "a day was not compared"
    days = partly["По дням"]
    totals = {head.value: total.value for head, total in zip(days[4], days[3], strict=True)}
    assert {head for head, total in totals.items() if total is not None} == {
        "Дата",
        *(f"{what}: {side}, ₽" for what in ("Реализация", "Оплаты", "Возвраты") for side in ("магазин", "отражено")),
    }


def test_every_sum_is_a_formula(book: Read) -> None:
    for sheet, title, row in (
        ("Итоги", "Магазин и учёт", "Реализация"),
        ("НДС", "Отражено в учёте", "НДС 22 %"),
        ("Покупатели и расчёты", "Движение расчётов с покупателями", "розница"),
    ):
        cells = table(book.formulas, sheet, title)[row]
        assert all(str(cell).startswith("=ROUND(") for cell in cells), (sheet, cells)
    assert [cell.value for cell in book.formulas["Документы"][3]][12:14] == [
        "=ROUND(SUM($M$5:$M$9),2)",
        "=ROUND(SUM($N$5:$N$9),2)",
    ]


def test_heads_filters_and_print(book: Read) -> None:
    page = book.values["Документы"]
    assert page.freeze_panes == "B5"
    assert page.auto_filter.ref == "A4:U9"
    assert page.print_title_rows == "$4:$4"
    assert page.page_setup.orientation == "landscape"
    assert page.print_area.endswith("$A$1:$T$9"), "not with the ids of Kontur, the last column"
    assert page.column_dimensions["F"].width > 30
    assert len(book.values["Итоги"]._charts) + len(book.formulas["Итоги"]._charts) >= 1  # type: ignore[attr-defined]


def test_days_on_which_shop_and_books_differ_are_marked(book: Read) -> None:
    page = book.values["По дням"]
    heads = [cell.value for cell in page[4]]
    apart = [heads.index(f"{what}: расхождение, ₽") for what in ("Реализация", "Оплаты", "Возвраты")]
    days = {row[0]: [row[place] for place in apart] for row in page.iter_rows(min_row=5, values_only=True)}
    differing = {day: sums for day, sums in days.items() if any(sums)}
    assert differing == {dt.datetime(2026, 9, 15): [122, 122, 0]}, "107 is in the shop alone"
    assert [page[3][place].value for place in apart] == [122, 122, 0]
    marked, _ = next(iter(page.conditional_formatting)).rules
    assert marked.formula == ["OR(N($E5)<>0,N($I5)<>0,N($M5)<>0)"]
    assert marked.dxf.fill.bgColor.rgb == "FFFCE4D6"


def test_the_chart_says_what_is_drawn_in_what_unit(tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(written(tmp_path)) as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert re.findall(r"<a:t>(.*?)</a:t>", chart) == ["Реализация по дням", "Дата", "Сумма, ₽"]
    assert re.findall(r"<c:tx><c:strRef><c:f>(.*?)</c:f>", chart) == [f"'По дням'!${column}$4" for column in "BCD"]


def test_no_line_goes_through_a_title(book: Read) -> None:
    """A list's rows are framed by one rule, and nothing above their heads is."""
    for page in book.values:
        assert not page.print_options.gridLines, page.title
        assert page.row_dimensions[1].height > 18, "13 points, bold"
    page = book.values["Документы"]
    (framed,) = page.conditional_formatting
    assert str(framed.sqref) == "A5:U9"
    assert framed.rules[0].dxf.border.bottom.style == "thin"


def test_every_sheet_is_one_page_wide(book: Read) -> None:
    for page in book.values:
        assert page.sheet_properties.pageSetUpPr is not None
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.orientation, page.page_setup.fitToWidth or 1) == ("landscape", 1), page.title


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("sheet", "column"), [(11, "J"), (12, "G")])
def test_no_state_is_cut_by_the_cell_beside_it(book: Read, language: Language, sheet: int, column: str) -> None:
    """Of documents and payments."""
    page = book.values.worksheets[sheet]
    assert page[f"{column}4" if sheet == 11 else f"{column}3"].value == "Состояние"
    longest = max(len(text(label, language)) for label in labels.STANDINGS.values())
    assert longest <= page.column_dimensions[column].width


def test_texts_are_never_formulas_and_inns_are_whole(tmp_path: pathlib.Path) -> None:
    month = whole_month()
    rows = month.rows.documents
    rows[1] = rows[1]._replace(buyer=rows[1].buyer._replace(name='=HYPERLINK("http://x";"y")'))
    page = openpyxl.load_workbook(written(tmp_path, month))["Документы"]
    cells = {cell.value: cell.data_type for row in page.iter_rows() for cell in row}
    assert cells['=HYPERLINK("http://x";"y")'] != "f"
    assert "7707083893" in cells


def test_a_month_without_orders(tmp_path: pathlib.Path) -> None:
    month = whole_month()
    rows = month.rows
    for part in (rows.documents, rows.payments, rows.refunds, rows.settlements, rows.advances, rows.debts):
        part.clear()
    rows.unposted.clear()
    empty = dataclasses.replace(month, seen=(), differences=(), receipts=())
    book = openpyxl.load_workbook(written(tmp_path, empty), data_only=True)
    assert table(book, "Итоги", "Магазин и учёт")["Реализация"] == (0, 0)


def test_a_month_that_was_agreed_shows_what_came_after(tmp_path: pathlib.Path) -> None:
    agreed = Decision(who="Иванова", at=dt.datetime(2026, 10, 3, 11), why="")
    change = Change(Measure.DOCUMENTS, dt.date(2026, 9, 5), *map(Decimal, ("1000", "1100", "1000", "1000")))
    month = whole_month()
    month = dataclasses.replace(month, cover=dataclasses.replace(month.cover, agreed=agreed), changes=(change,))
    book = openpyxl.load_workbook(written(tmp_path, month), data_only=True)
    assert [row[4] for row in book["После утверждения"].iter_rows(min_row=4, values_only=True)] == [100]


@pytest.mark.parametrize(
    ("closed", "told"),
    [
        (None, "нет"),
        (
            Closing(dt.date(2026, 9, 30), Decision("Иванова", dt.datetime(2026, 10, 3, 11), "сдана отчётность")),
            "по 30.09.2026 включительно: Иванова, 03.10.2026 11:00, причина: сдана отчётность",
        ),
        (
            Closing(dt.date(2026, 9, 15), None),
            "по 15.09.2026 включительно: так указано в настройках (accounting.closed_until)",
        ),
    ],
)
def test_the_cover_says_whether_the_period_is_closed(tmp_path: pathlib.Path, closed: Closing | None, told: str) -> None:
    month = whole_month()
    month = dataclasses.replace(month, cover=dataclasses.replace(month.cover, closed=closed))
    cover = openpyxl.load_workbook(written(tmp_path, month), data_only=True)["Титульный лист"]
    about = {row[0]: row[1] for row in cover.iter_rows(min_row=4, max_col=2, values_only=True)}
    assert about["Период закрыт"] == told


def test_in_english(tmp_path: pathlib.Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path, language=Language.EN), data_only=True)
    assert book.sheetnames[:4] == ["Cover", "Summary", "By day", "VAT"]
    cyrillic = re.compile("[А-Яа-яЁё]")
    heads = [cell.value for cell in book["Documents"][4]]
    assert [head for head in heads if cyrillic.search(str(head))] == []


def test_the_same_figures_have_the_same_checksum_whenever_they_are_made() -> None:
    one, other = whole_month(), whole_month()
    later = dataclasses.replace(other, cover=dataclasses.replace(other.cover, computed_at=dt.datetime(2026, 11, 1)))
    assert checksum(one) == checksum(later)
    night = dt.timedelta(days=1)
    read = dataclasses.replace(other, seen=tuple(day._replace(read_at=day.read_at + night) for day in other.seen))
    assert one.seen
    assert checksum(one) == checksum(read), "Kontur was read again, and nothing has changed"
    printed = dataclasses.replace(other, receipts=(ReceiptsDay(dt.date(2026, 9, 1), Decimal(1), Decimal(0)),))
    assert checksum(one) != checksum(printed)
    one.rows.documents[0] = one.rows.documents[0]._replace(number="1")
    assert checksum(one) != checksum(later)


TEXTS = ("«A & B» <1>", "два\nряда", " между пробелами ", "a\x07b", "_x0041_", "=1+1", "<r>не разметка</r>")


def test_plain_cells_hold_what_was_written(tmp_path: pathlib.Path) -> None:
    """Each text twice: a text that comes again is not escaped again."""
    file = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as made:
        look, page = made.add_format({"bold": True}), made.add_worksheet("Лист", worksheet_class=QuickPage)
        for row, text in enumerate((*TEXTS, *TEXTS)):
            page.put_text(row, 0, text, look)
            page.put_number(row, 1, Decimal("1234567.89"), look)
            page.put_time(row, 2, dt.date(2026, 9, 30), look)
            if row == 3:  # a row with a cell that is not plain is XlsxWriter's
                page.write_formula(row, 3, "=1+1", look, 2)
    page = openpyxl.load_workbook(file)["Лист"]
    assert [unescape(str(cell.value)) for cell in page["A"]] == [*TEXTS, *TEXTS]
    assert {(cell.value, cell.font.bold, cell.data_type) for cell in page["B"]} == {(1234567.89, True, "n")}
    assert {cell.data_type for cell in page["A"]} == {"s"}
    assert {cell.value for cell in page["C"]} == {46295}, "days since the end of 1899"
    assert [cell.value for cell in page["D"]] == [None] * 3 + ["=1+1"] + [None] * 10
