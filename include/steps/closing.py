"""A finding of an order is closed by a person, or reopened; see :mod:`include.steps.decide`."""

from __future__ import annotations

from include.books.accounts import accounts
from include.errors import ForAPerson, HouseError
from include.facts import Said, said, several
from include.ledger.closings import Closings
from include.ledger.connection import LedgerDatabase
from include.posting import closing
from include.posting.closing import About, FindingDeclaration
from include.posting.live import drive
from include.settings import Settings
from include.steps.language import language as spoken
from include.steps.outcomes import bring_up
from include.steps.write_back import write_back
from include.words import speaking


class WhichFindingError(ForAPerson, HouseError):
    """It is not clear which finding is meant; nothing has changed."""

    said: Said


def declare(settings: Settings, declared: FindingDeclaration) -> None:
    """Write it down, and bring the order table up.

    Raises:
        DecisionError: it cannot be said of it, or somebody else was quicker.
        LedgerError: the ledger does not work now.
    """
    drive(LedgerDatabase(), accounts(settings), lambda ports: closing.declare(ports, declared))
    with speaking(spoken(settings)):
        bring_up([declared.order_id], settings)
        write_back([declared.order_id], settings)


def find_finding(order_id: int, about: About, code: str | None) -> Said:
    """The finding of an order that a person means.

    Args:
        order_id: the order.
        about: what is to be said of it.
        code: of the finding; ``None``: the only one that this can be said of.

    Raises:
        WhichFindingError: there is none, or more than one.
        LedgerError: the ledger is away.
    """
    with LedgerDatabase().open() as session:
        told = Closings(session).told(order_id)
    findings = [] if told is None else closing.to_settle(told)
    closed = () if told is None else told.closed.findings
    if about is About.CLOSE:
        fitting = [finding.said for finding in findings if finding.said not in closed]
    else:
        fitting = list(closed)
    named = [one for one in fitting if code in {None, one.code}]
    if len(named) == 1:
        return named[0]
    if not fitting:
        raise WhichFindingError(said("close_nothing") if about is About.CLOSE else said("reopen_nothing"))
    if code is not None and named:
        raise WhichFindingError(said("decide_same_findings", findings=several(*named)))
    known = several(*(said("decide_finding", code=one.code, what=one) for one in named or fitting))
    raise WhichFindingError(said("decide_which_finding", findings=known))
