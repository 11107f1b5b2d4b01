"""A person wants orders planned and posted again: who asked is a row of the action table for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from include.errors import ForAPerson, HouseError
from include.facts import said
from include.ledger.actions import Action, Actions, Deed
from include.ledger.connection import LedgerDatabase

MOST = 5000
"""Orders that one run is asked for at once."""


class NothingToRetryError(ForAPerson, HouseError):
    """No order waits for this any longer; nothing was started."""


def ask_again(order_ids: Sequence[int], who: str, start: Callable[[Sequence[int]], str]) -> str:
    """Start a run of these orders; its id.

    Args:
        order_ids: IDs of the shop.
        who: the person.
        start: starts the run, or raises.

    Raises:
        NothingToRetryError: there is no order.
        LedgerError: the ledger is away, and nothing was started.
    """
    if not order_ids:
        raise NothingToRetryError(said("retry_nothing"))
    started: list[str] = []

    def write() -> None:
        for order_id in order_ids:
            Actions(session).append(Action(who=who, kind=Deed.RETRIED, why="", order_id=order_id))
        # Last, so that no run is started that nobody has asked for; once, though the transaction be repeated.
        if not started:
            started.append(start(order_ids))

    with LedgerDatabase().open() as session:
        session.in_transaction(write)
    return started[0]
