"""`make demo`: the main job end to end on real parts, with its books checked, then everything stopped again."""

from __future__ import annotations

import datetime as dt
import json
import signal
import sys
from types import FrameType

from rich.text import Text

from include.facts import Count, said
from include.words import speak, text
from include.words.terminal import language
from sandbox import books
from sandbox.mariadb import MariaDBError
from sandbox.shop.cases import make_case
from sandbox.shop.cases.money import BY_STATEMENT
from sandbox.stack import environment, month_end, runs, summary
from sandbox.stack.airflow_api import AirflowApi
from sandbox.stack.days import yesterday
from sandbox.stack.errors import StackError
from sandbox.stack.layout import DEMO, ROOT
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step

ORDERS = 3000
BROKEN = ("inn_with_wrong_check_digit", "company_without_inn", "total_off", "vat_unknown", "foreign_currency")
"""Cases of the made-up shop that Kontur must not get."""
BACKFILL_DAYS = 7
RUNS_TIMEOUT_S = 600


def main() -> int:
    """The exit code: 0 when everything that could be posted was, and the books are equal."""
    signal.signal(signal.SIGTERM, _end)
    first_day = yesterday() - dt.timedelta(days=BACKFILL_DAYS)
    speak(language())
    chosen = {
        environment.GO_LIVE: str(first_day),
        environment.LANGUAGE: language().value,
        environment.PAYMENT_METHODS: json.dumps(BY_STATEMENT["payment_methods"]),
    }
    stack = Stack(DEMO, chosen)
    try:
        return demo(stack, first_day)
    except (StackError, MariaDBError) as error:
        complain(error)
        return 1
    finally:
        with step(text(said("demo_step_stop"))):
            stack.stop()


def demo(stack: Stack, first_day: dt.date) -> int:
    """One demo on an empty stack that goes live on ``first_day``; it is left running."""
    last_day = first_day + dt.timedelta(days=BACKFILL_DAYS)
    with step(text(said("demo_step_clean"))):
        stack.stop()
        stack.layout.forget_data()
        stack.prepare()
        migration = stack.start_migration()
    with step(text(said("demo_step_shop", orders=Count(ORDERS, "order")))):
        stack.start_shop(ORDERS)
        _add_orders(stack, first_day)
    with step(text(said("demo_step_kontur"))):
        stack.start_kontur()
    with step(text(said("demo_step_airflow"))):
        api = stack.start_airflow(migration)
    last_by_backfill = last_day - dt.timedelta(days=1)
    with step(text(said("demo_step_posting", first=first_day, last=last_by_backfill))):
        stack.backfill(first_day, last_by_backfill)
    done = runs.wait_for(lambda: api.runs(DAG_ID), expected=BACKFILL_DAYS + 1, timeout_s=RUNS_TIMEOUT_S)
    fine = runs.tell(api, done)
    with step(text(said("demo_step_check"))), stack.shop() as shop:
        terms = books.Terms(from_bank=tuple(BY_STATEMENT["payment_methods"]))
        found = books.check(shop, stack.layout.books, first_day, last_day, go_live=first_day, terms=terms)
    _print_check(found)
    agrees = _end_the_month(stack, api, first_day, last_day)
    return 0 if found.agrees and agrees and fine else 1


def _end_the_month(stack: Stack, api: AirflowApi, first_day: dt.date, last_day: dt.date) -> bool:
    """Whether the product's own reconciliation finds only what waits for a person; the workbook is left for one."""
    with step(text(said("demo_step_reconcile", first=first_day, last=last_day))):
        asked = {"date_from": str(first_day), "date_to": str(last_day), "depth": "full"}
        compared = month_end.reconcile(api, asked)
    console.print(summary.compared(compared), summary.explained(compared))
    with step(text(said("demo_step_workbook"))):
        written = month_end.workbook(stack, last_day)
    console.print(text(said("demo_workbook", file=str(written.relative_to(ROOT)))), soft_wrap=True)
    return bool(compared["holds"]) and compared["differences"].keys() <= {"not_posted"}


def _add_orders(stack: Stack, first_day: dt.date) -> None:
    """What Kontur must not get, one a day, and an order whose money it has from the bank.

    In a week of a small shop chance alone would bring one or two.
    """
    with stack.shop() as shop:
        make_case(shop, "paid_by_statement", at=first_day)
        for days, case in enumerate(BROKEN):
            make_case(shop, case, at=first_day + dt.timedelta(days=days))


def _print_check(found: books.Result) -> None:
    for difference in found.differences:
        number = difference.number or "–"
        complain(text(said("demo_difference", number=number, kind=difference.kind, message=difference.message)))
    equal = Text(text(said("demo_agrees")), "green") if found.agrees else Text(text(said("demo_differs")), "red")
    counted = said(
        "demo_books",
        shop=found.shop_total,
        books=found.books_total,
        documents=Count(found.documents, "document"),
        payments=Count(found.payments, "payment"),
        refunds=Count(found.refunds, "refund"),
        not_posted=found.not_posted,
    )
    console.print(Text.assemble(equal, ": ", text(counted)), soft_wrap=True)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


if __name__ == "__main__":
    sys.exit(main())
