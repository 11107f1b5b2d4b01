"""What a person decides of an operation, as pure as the core of the protocol: (row, event) -> row, or why not.

The person answers for what he declares: where Kontur can be asked whether it is so, the driver asks it and hands the
answer on in the event. What was sent may take effect late, so a word about it counts only if the person looked when
the settle time was over.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal

from msgspec import structs

from include.facts import Said, said, several
from include.ledger.actions import Deed
from include.ledger.operation import STAYS_GONE, OperationRow, State

_WAITING = frozenset({State.PLANNED, State.REJECTED, State.REVIEW, State.UNKNOWN})
"""Where a document that stands in Kontur may be taken for the operation."""
_SENT = frozenset({State.UNKNOWN, State.REVIEW})


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """What the person had before him."""

    epoch: int
    """Of the operation: if it is another one by now, somebody was quicker."""
    at: dt.datetime
    """When he looked, UTC, by the database's clock."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """What Kontur shows under an id."""

    id: str
    day: dt.date | None
    amount: Decimal | None
    """Roubles; with ``day`` ``None``: it cannot be read, the person's word stands for it."""
    as_planned: bool
    """Whether it is what was sent, or is planned."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stands:
    """It stands in Kontur."""

    seen: Seen
    shown: Shown
    deed: Deed
    """``ACCEPTED`` or ``SETTLED``."""


@dataclasses.dataclass(frozen=True, slots=True)
class NotPosted:
    """What was sent was never applied."""

    seen: Seen
    found: Sequence[str] = ()
    """Ids of what Kontur shows in spite of it."""


@dataclasses.dataclass(frozen=True, slots=True)
class SendAgain:
    """What was posted is gone from Kontur, and should be there."""

    seen: Seen
    now: dt.datetime
    gone: bool
    """Whether Kontur itself says that it is gone."""


@dataclasses.dataclass(frozen=True, slots=True)
class StaysGone:
    """A document was posted, is gone from Kontur, and should not be there."""

    seen: Seen
    now: dt.datetime
    gone: bool
    """Whether Kontur itself says that it is gone."""


Decision = Stands | NotPosted | SendAgain | StaysGone


def decided(row: OperationRow, decision: Decision, settle: dt.timedelta) -> OperationRow | Said:
    """The row after what a person decided of it, or why it cannot be decided so.

    ``row`` is the one that the person saw (:attr:`Seen.epoch`).
    """
    if row.state is State.SENDING:
        return said("decide_sending")
    match decision:
        case Stands():
            return _stands(row, decision, settle)
        case NotPosted():
            return _not_posted(row, decision, settle)
        case SendAgain():
            return _not_gone(row, decision, settle) or anew(row, State.PLANNED)
        case StaysGone():
            return _not_gone(row, decision, settle) or _stays_gone(row)


def _stands(row: OperationRow, decision: Stands, settle: dt.timedelta) -> OperationRow | Said:
    shown = decision.shown
    if row.state is State.DONE and not row.asks_a_person and row.code != STAYS_GONE:
        return said("decide_done", id=row.doc_id or "")
    if row.state is not State.DONE and row.state not in _WAITING:
        return said("decide_not_due")
    if (early := _too_early(row.unknown_since, decision.seen.at, settle)) is not None:
        return early
    stands = structs.replace(row, state=State.DONE, doc_id=shown.id, code=decision.deed.value, message=None)
    if shown.as_planned:
        return stands
    # What it holds is another thing than was sent: neither is kept as what stands there.
    another = structs.replace(stands, payload=None, uncertain=False)
    if row.parent_key is not None or shown.day is None:
        return another
    return structs.replace(another, plan=None, document_date=shown.day, amount=shown.amount)


def _not_posted(row: OperationRow, decision: NotPosted, settle: dt.timedelta) -> OperationRow | Said:
    if row.state is State.DONE:
        return said("decide_done", id=row.doc_id or "")
    if row.state not in _SENT or not row.uncertain:
        return said("decide_never_sent")
    if (early := _too_early(row.unknown_since, decision.seen.at, settle)) is not None:
        return early
    if decision.found:
        return said("decide_found", ids=several(*decision.found))
    return _never_sent(row)


def _not_gone(row: OperationRow, decision: SendAgain | StaysGone, settle: dt.timedelta) -> Said | None:
    """Why it does not count as gone."""
    if row.state is not State.DONE:
        return said("decide_not_posted_yet")
    if (early := _too_early(row.done_at, decision.now, settle)) is not None:
        return early
    if not decision.gone:
        return said("decide_not_gone", id=row.doc_id or "")
    return None


def _stays_gone(row: OperationRow) -> OperationRow | Said:
    """The row keeps what was posted: should the shop call for something else one day, a person is asked again."""
    if row.parent_key is not None:
        return said("decide_stays_with_document")
    if row.code == STAYS_GONE:
        return said("decide_stays_gone_already")
    return structs.replace(row, code=STAYS_GONE, message=None)


def anew(row: OperationRow, state: State) -> OperationRow:
    """An operation that stood in Kontur and is gone from there: as one that was never sent.

    Args:
        row: that was posted; or was sent to a document that is gone.
        state: ``PLANNED``, or ``SKIPPED`` where the shop calls for it no longer. The next plan decides anew.
    """
    return structs.replace(_never_sent(row), state=state, restarts=row.restarts + 1)


def _never_sent(row: OperationRow) -> OperationRow:
    return structs.replace(
        row,
        state=State.PLANNED,
        payload=None,
        attempts=0,
        uncertain=False,
        doc_id=None,
        unknown_since=None,
        absent_since=None,
        code=None,
        message=None,
        done_at=None,
    )


def _too_early(since: dt.datetime | None, at: dt.datetime, settle: dt.timedelta) -> Said | None:
    """Before the settle time is over, what stands in Kontur says nothing yet."""
    if since is None or at >= since + settle:
        return None
    return said("decide_too_early", minutes=math.ceil((since + settle - at) / dt.timedelta(minutes=1)))
