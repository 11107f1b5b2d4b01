import datetime as dt
import pathlib

import openpyxl

from include.report import xlsx
from include.report.rows import Decision
from include.report.sheets import sheets
from include.words import Language
from tests.accounting.orders import company, line
from tests.report.small_month import COMPANY_PAID_IN_AUGUST, numbered, rows_of, story, whole_month

ANNA = Decision("Анна", dt.datetime(2026, 10, 3, 11, 4), "корректировка введена в Контуре")


def test_a_return_that_a_person_has_closed_is_not_called_undecided(tmp_path: pathlib.Path) -> None:
    was = COMPANY_PAID_IN_AUGUST
    cancelled = numbered(
        102,
        line("610.00", 2),
        delivery="122.00",
        shipped=None,
        payments=was.payments,
        canceled=True,
        date_canceled="2026-10-01",
        **company(),
    )
    found = {}
    for closed in (None, ANNA):
        file = tmp_path / "m.xlsx"
        xlsx.write(file, sheets(whole_month(rows=rows_of(story(cancelled, then=was, closed=closed)))), Language.RU)
        page = [row[:4] for row in openpyxl.load_workbook(file, data_only=True)["НДС"].iter_rows(values_only=True)]
        top = next(
            i
            for i, row in enumerate(page)
            if row[0] == "Из отражённого: заказ отменён или товар вернулся, решения ещё нет"
        )
        found[closed] = page[top + 2]
    assert found[None] == ("НДС 22 %", 1342, 1100, 242)
    assert found[ANNA] == ("Итого", 0, 0, 0)
