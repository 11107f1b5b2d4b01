"""Runs of the daily DAG's steps, without Airflow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.ledger.orders import OrderRow
from include.settings import Settings
from include.steps.attention import show
from include.steps.extract import extract
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.record import record
from include.steps.report import Looked, report
from include.steps.run_request import RunRequest
from include.steps.shown import problems
from include.steps.transform import transform
from include.window import Window
from include.words import Language, speaking


class Nights:
    """Runs of the daily DAG's steps, one after the other, on a shop that changes in between."""

    def __init__(self, ledger: LedgerDatabase) -> None:
        self.ledger = ledger
        self.rules: Settings = settings.load()
        self._runs = 0

    def run(self, first: dt.date, last: dt.date | None = None) -> list[OrderRow]:
        """A run over these local days; the orders of its squares."""
        found = extract(self.rules, Window(first, last or first), self._next())
        return self.look_at([id_ for batch in found.batches for id_ in batch["order_ids"]])

    def night(self, day: dt.date) -> dict[str, Any]:
        """The scheduled run of a local day; see :meth:`window`."""
        return self.window(day, day, scheduled=True)

    def window(self, first: dt.date, last: dt.date, *, scheduled: bool = False) -> dict[str, Any]:
        """A run over these local days, all its tasks; its report, with its ``squares`` (orders) and ``order_ids``."""
        window = Window(first, last)
        checked = preflight(self.rules, window)
        found = extract(self.rules, window, self._next(scheduled=scheduled), also=checked.look_again)
        ids = [id_ for batch in found.batches for id_ in batch["order_ids"]]
        squares = self.look_at(ids)
        looked = Looked(
            window=window,
            order_ids=ids,
            unmapped=found.unmapped,
            warnings=checked.warnings,
            covering=found.covering,
            unchanged=found.unchanged,
        )
        summary = report(looked, self.rules, self.run_id)
        return {**summary, "squares": squares, "order_ids": ids}

    def _next(self, *, scheduled: bool = False) -> RunRequest:
        return RunRequest(f"night-{self._runs + 1}", scheduled=scheduled)

    @property
    def run_id(self) -> str:
        """The last run's."""
        return f"night-{self._runs}"

    def look_at(self, order_ids: Sequence[int]) -> list[OrderRow]:
        """A run that chose these orders; those of its squares."""
        self._runs += 1
        transform(order_ids, self.rules, self.run_id)
        load(order_ids, self.rules, self.run_id)
        squares = record(order_ids, self.rules, self.run_id)
        return [
            outcome.order for square in squares for outcome in show(square["order_ids"], self.rules, self.run_id).orders
        ]

    def plan(self, order_ids: Sequence[int]) -> None:
        """A run that ended before it posted anything."""
        transform(order_ids, self.rules, "ended-early")

    def pass_time(self) -> None:
        """What the ledger holds is an hour older."""
        with self.ledger.open() as session:
            for table, column in (("operation", "updated_at"), ("order", "planned_at")):
                session.execute(f"UPDATE local_kontur_bukh_{table} SET {column} = {column} - INTERVAL 1 HOUR")

    def sync_row(self, order_id: int) -> tuple[Any, ...] | None:
        """STATUS, KB_DOC_ID and ERROR_MSG of an order in the order table."""
        with self.ledger.open() as session:
            return session.row(
                "SELECT STATUS, KB_DOC_ID, ERROR_MSG FROM local_kontur_bukh_sync WHERE ORDER_ID = %s", [order_id]
            )

    def states(self, order_id: int) -> dict[str, str]:
        """The states of an order's operations by key."""
        with self.ledger.open() as session:
            return dict(
                session.rows("SELECT op_key, state FROM local_kontur_bukh_operation WHERE order_id = %s", [order_id])
            )


def change(shop: Connection, table: str, order_id: int, **columns: object) -> None:
    """Set columns of an order's rows of ``b_sale_`` + ``table``."""
    key = "ID" if table == "order" else "ORDER_ID"
    assignments = ", ".join(f"`{name}` = %s" for name in columns)
    with shop.cursor() as cursor:
        cursor.execute(f"UPDATE b_sale_{table} SET {assignments} WHERE {key} = %s", [*columns.values(), order_id])
        assert cursor.rowcount, "nothing was changed"


def told(order: OrderRow) -> str:
    """All that a person is told of it, in English."""
    with speaking(Language.EN):
        return problems(order)
