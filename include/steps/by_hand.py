"""What a run of ``kontur_by_hand`` may be asked for."""

from __future__ import annotations

from include.errors import ForAPerson, HouseError


class WindowByHandError(ForAPerson, HouseError):
    """A run by hand that would post whatever lies in some days."""


def check_by_hand(*, named: bool, dry_run: bool) -> None:
    """A run by hand posts named orders only; days are for the daily DAG, its backfills, and dry runs.

    Raises:
        WindowByHandError: it names none, and is no dry run.
    """
    if not named and not dry_run:
        raise WindowByHandError(
            "This DAG posts orders that are named, never whole days: fill in «Orders», or leave «Dry run» on. Nothing"
            " was posted. Days are posted by bitrix_to_kontur: by its schedule, a backfill (make backfill), or a run of"
            " it with «From» and «To»."
        )
