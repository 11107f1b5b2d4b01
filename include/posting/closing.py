"""What a person says of an order's finding: it is settled by hand, or it is open after all. On the driver's ports."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Coroutine

from include.accounting.operations import Finding, Verdict
from include.accounting.stored_findings import findings_from_json
from include.facts import Said, said
from include.ledger.actions import Action, Deed
from include.ledger.closings import CLOSED, Told
from include.ledger.statements import CloseFinding, ToldOf
from include.ports import Ports, tell
from include.posting.deciding import DecisionError

_TO_SETTLE = frozenset({Verdict.REVIEW, Verdict.REJECTED})


class About(enum.StrEnum):
    """What may be said of a finding."""

    CLOSE = "close"
    """What it asks for is done by hand, or need not be done."""
    REOPEN = "reopen"
    """It was closed, and is to be asked about again."""


@dataclasses.dataclass(frozen=True, slots=True)
class FindingDeclaration:
    """Who says what of a finding, and why."""

    order_id: int
    finding: Said
    """As he saw it: one with other facts is another one."""
    about: About
    who: str
    why: str


async def declare(ports: Ports, declared: FindingDeclaration) -> None:
    """Write it down.

    Raises:
        DecisionError: it cannot be said of it, or somebody else was quicker; nothing has changed.
        LedgerError: the ledger is away; whether it was written must be read again.
    """
    if not declared.who.strip() or not declared.why.strip():
        raise DecisionError(said("decide_who_and_why"))
    await ports.spawn(1, _writer(declared))


def _writer(declared: FindingDeclaration) -> Callable[[Ports], Coroutine[None, None, None]]:
    async def write(ports: Ports) -> None:
        told = await tell(ports, ToldOf(declared.order_id))
        if told is None:
            raise DecisionError(said("close_no_such_finding"))
        finding = closable(told, declared)
        if isinstance(finding, Said):
            raise DecisionError(finding)
        if not await tell(ports, CloseFinding(declared.order_id, told, _action(told, finding, declared))):
            raise DecisionError(said("close_overtaken"))

    return write


def closable(told: Told, declared: FindingDeclaration) -> Verdict | Said:
    """The verdict of the finding that can be closed or reopened, or why it cannot."""
    closing = told.closed.findings.get(declared.finding)
    if declared.about is About.REOPEN:
        return said("reopen_not_closed") if closing is None else Verdict(closing.verdict)
    if closing is not None:
        return said("close_closed_already", who=closing.who)
    finding = next((one for one in to_settle(told) if one.said == declared.finding), None)
    return said("close_no_such_finding") if finding is None else finding.verdict


def to_settle(told: Told) -> list[Finding]:
    """What the last plan asks a person about, whether or not it is closed."""
    return [finding for finding in findings_from_json(told.findings) if finding.verdict in _TO_SETTLE]


def _action(told: Told, verdict: Verdict, declared: FindingDeclaration) -> Action:
    closes = declared.about is About.CLOSE
    return Action(
        who=declared.who,
        kind=Deed.FINDING_CLOSED if closes else Deed.FINDING_REOPENED,
        why=declared.why,
        connection=told.connection,
        order_id=declared.order_id,
        facts=(declared.finding,),
        before=verdict if closes else CLOSED,
        after=CLOSED if closes else verdict,
    )
