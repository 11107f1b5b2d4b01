"""What a run of ``kontur_by_hand`` may be asked for."""

from __future__ import annotations

from include.errors import ForAPerson, HouseError
from include.facts import said


class WindowByHandError(ForAPerson, HouseError):
    """A run by hand that would post whatever lies in some days."""


def check_by_hand(*, named: bool, dry_run: bool) -> None:
    """A run by hand posts named orders only; days are for the daily DAG, its backfills, and dry runs.

    Raises:
        WindowByHandError: it names none, and is no dry run.
    """
    if not named and not dry_run:
        raise WindowByHandError(said("days_by_hand"))
