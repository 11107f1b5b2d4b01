"""Runs of the reconciliation's steps, without Airflow."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from include.ledger.connection import LedgerDatabase
from include.ledger.differences import DifferenceRow, Differences
from include.reconciliation.sides import Depth
from include.settings import Settings
from include.steps.reconciliation.compare import Range, compare
from include.steps.reconciliation.conclude import conclude
from include.steps.reconciliation.days import ComparisonRequest, days
from include.window import Window

MARCH = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))


@dataclasses.dataclass(frozen=True)
class Reconciled:
    """What a run came to."""

    summary: dict[str, Any]
    squares: list[dict[str, Any]]
    compared: list[dict[str, Any]]


class Reconciliations:
    """One run after the other."""

    def __init__(self, ledger: LedgerDatabase, rules: Settings) -> None:
        self._ledger = ledger
        self.rules = rules
        self._runs = 0

    def run(self, depth: Depth = Depth.FULL, window: Window = MARCH) -> Reconciled:
        """By hand, over these days."""
        return self._run([Range.of(found) for found in days(ComparisonRequest(window, depth), self.rules)])

    def parts(self, *windows: Window, depth: Depth = Depth.FULL, complete: bool = True) -> Reconciled:
        """Over these ranges of the default account; not ``complete``: others were not finished."""
        return self._run([Range("kontur_default", window, depth) for window in windows], complete=complete)

    def _run(self, ranges: list[Range], *, complete: bool = True) -> Reconciled:
        self._runs += 1
        run_id = f"reconciliation-{self._runs}"
        compared = [compare(one, self.rules, run_id) for one in ranges]
        summary, squares = conclude(compared, self.rules, run_id, complete=complete)
        return Reconciled(summary, squares, compared)

    def standing(self, connection: str = "kontur_default") -> list[DifferenceRow]:
        """Differences that are not gone."""
        with self._ledger.open() as session:
            return Differences(session).standing(connection)

    def told(self, connection: str = "kontur_default") -> list[tuple[str, int | None]]:
        """Code and order of each."""
        return sorted((row.code, row.order_id) for row in self.standing(connection))
