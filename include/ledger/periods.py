"""Up to which day people have closed the books of each account: rows of the action table, of which the last counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from include.ledger.actions import Action, Actions
from include.ledger.connection import Session
from include.ledger.days import Days
from include.ledger.errors import LedgerDuplicateError
from include.settings import Settings

_SELECT = "SELECT connection, turn, state_after, who, why, at FROM local_kontur_bukh_action"


class Period(NamedTuple):
    """What was last said of an account's period."""

    turn: int = 0
    """How often something was."""
    until: dt.date | None = None
    """The last closed day; ``None``: all are open."""
    who: str = ""
    why: str = ""
    at: dt.datetime | None = None
    """UTC."""


NOTHING_SAID = Period()


class Periods:
    """What one session reads and writes of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> dict[str, Period]:
        """Connection -> what was last said of it; those of which something ever was."""
        rows = self._session.rows(f"{_SELECT} WHERE turn IS NOT NULL ORDER BY turn")
        return {row[0]: _period(row) for row in rows}

    def of(self, connection: str) -> Period:
        """What was last said of an account's."""
        row = self._session.row(
            f"{_SELECT} WHERE connection = %s AND turn IS NOT NULL ORDER BY turn DESC LIMIT 1", [connection]
        )
        return NOTHING_SAID if row is None else _period(row)

    def write(self, action: Action, open_from: dt.date | None) -> bool:
        """Write down what is said, unless something else was in its turn (:attr:`Action.turn`) by now.

        Args:
            action: who says it, and why.
            open_from: the first day that is open again by it. It and all days after it are looked at once more: what
                was only noted, because it met the closed period, waits for nobody and would not come by itself.
        """

        def work() -> None:
            Actions(self._session).append(action)
            if open_from is not None:
                Days(self._session).uncover(open_from)

        try:
            self._session.in_transaction(work)
        except LedgerDuplicateError:
            return False
        return True


def _period(row: Sequence[object]) -> Period:
    _, turn, until, who, why, at = row
    assert isinstance(turn, int)
    assert isinstance(who, str)
    assert isinstance(why, str)
    assert isinstance(at, dt.datetime)
    return Period(turn, dt.date.fromisoformat(str(until)) if until else None, who, why, at)


def closed_until(settings: Settings, period: Period | None) -> dt.date | None:
    """The last day that is never posted into: what people closed, or the settings did, whichever is later."""
    return max(filter(None, (settings.accounting.closed_until, period and period.until)), default=None)


def in_force(session: Session, settings: Settings) -> dict[str, dt.date | None]:
    """Connection -> the last day that is never posted into."""
    said_of = Periods(session).all()
    return {one: closed_until(settings, said_of.get(one)) for one in {*settings.shop.connections, *said_of}}
