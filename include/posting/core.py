"""The protocol of posting one operation, as pure code: (row, event) -> (row, action).

No I/O, no clock, no randomness: the driver carries out what this says on the real database and API, a simulation
on virtual ones. The rules and why: docs/reliability.md.

The driver holds the order's lock for as long as it steps through one operation. A free lock proves that the last
sender ended, so a row found in ``sending`` is ``unknown`` from that moment on, not from its intent on.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from kontur_hook.answers import SAYS, ended
from kontur_hook.errors import KonturError, KonturTransientError
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected, Unknown
from msgspec import structs

from include.books.commands import rebuilding
from include.books.match import Match
from include.facts import Count, Said, said, several, to_json
from include.ledger.operation import DOUBLED, SENT_AGAIN, UNSETTLED, OperationRow, State


class Expected(enum.Enum):
    """Whether Kontur may hold what the ledger has only planned."""

    NO = enum.auto()
    """It is sent without a look."""
    PERHAPS = enum.auto()
    """It is looked for before it is sent the first time."""
    LISTED = enum.auto()
    """Kontur's list showed it a moment ago: looked for as well, and to find nothing then proves nothing."""


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """What the protocol may rely on."""

    settle: dt.timedelta
    """Longer than a request can take effect late, plus the search's lag."""
    can_search: bool
    """Whether the contract can find this kind of operation again."""
    expected: Expected = Expected.NO
    """``NO`` where it cannot be searched for."""
    closed: bool = False
    """Whether its day lies in a period that the accountant has closed: nothing is sent into it."""
    is_advance: bool = False
    """Whether it is a payment whose document left after its day: closed, it is an advance, and no fault."""
    document_day: dt.date | None = None
    """The day of the document, or of the one that it belongs to: by it a person has it taken up; buyers have none."""


CONFLICT = "conflict"
"""Code of what Kontur says to have already, and does not show."""
BUYER_GONE = "counterparty_gone"
"""Code of a document that was refused for its counterparty."""

# --- events ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """The lock is ours and the row was read."""

    now: dt.datetime | None
    """The database's clock after that, where :func:`hangs_on_the_time`."""


def hangs_on_the_time(row: OperationRow) -> bool:
    """Whether it depends on the time what becomes of a row when it is claimed."""
    is_looked_back_at = row.is_looked_back_at and row.done_at is not None
    return row.state in UNSETTLED or is_looked_back_at


@dataclasses.dataclass(frozen=True, slots=True)
class Searched:
    """An exact search came to its end."""

    matches: tuple[Match, ...]
    fresh: bool
    """Whether it was shown to know what was posted after the action's ``fresh_since``."""
    now: dt.datetime
    lags: bool = False
    """Not fresh, though something was posted since then, which it has yet to show."""


@dataclasses.dataclass(frozen=True, slots=True)
class SearchFailed:
    """The search did not come to its end: this is never «none»."""

    error: KonturError
    now: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class BudgetAsked:
    """Whether this run may send one more unknown operation again."""

    granted: bool
    again_at: dt.datetime | None = None
    """If not, when more may be granted; ``None``: not by waiting."""


@dataclasses.dataclass(frozen=True, slots=True)
class IntentReady:
    """The payload to send: built now, or frozen by an earlier attempt."""

    payload: str


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """Just before the POST, and after a search if they are not: whether lock and epoch are still ours."""

    clear: bool


@dataclasses.dataclass(frozen=True, slots=True)
class HeldUp:
    """Lock and epoch are ours, but its turn came too late for the intent: proved not sent, for nobody else could."""

    ends: bool
    """Whether nothing more is begun."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """What became of the POST."""

    outcome: Outcome
    now: dt.datetime | None = None
    """The database's clock, where :func:`asks_the_time`."""


def asks_the_time(row: OperationRow, outcome: Outcome) -> bool:
    """Whether it depends on the time what becomes of a row with this outcome: no answer settles it for good."""
    return row.uncertain or isinstance(outcome, Unknown)


Event = Claimed | Searched | SearchFailed | BudgetAsked | IntentReady | Checked | HeldUp | Answered


# --- actions --------------------------------------------------------------------------------------------------------


class Step(enum.Enum):
    """What the driver does next; each but ``FINISH`` ends in the event named."""

    SEARCH = "search"  # Searched | SearchFailed | Checked
    ASK_BUDGET = "ask_budget"  # BudgetAsked
    PREPARE = "prepare"  # IntentReady
    CHECK = "check"  # Checked
    SEND = "send"  # Answered | Checked | HeldUp
    FINISH = "finish"


class Result(enum.StrEnum):
    """How far the operation came this time."""

    DONE = "done"
    REJECTED = "rejected"
    REVIEW = "review"
    WAITING = "waiting"
    """Unknown, or held; to be looked at again later."""
    UNKNOWN = "unknown"
    """Its POST just ended without an answer that can be trusted."""
    NOT_APPLIED = "not_applied"
    LOST = "lost"
    """Lock or epoch went to somebody else, or its turn never came in time; nothing was sent by us after that."""
    BUDGET = "budget"
    """May not be sent again by this run, or not yet."""
    CLOSED_ADVANCE = "closed_advance"
    """Not in Kontur, and an advance of the closed period: nothing is sent into that."""
    NO_BUYER = "no_buyer"
    """Refused for its counterparty, which Kontur may have no longer; to be sent again once another one is known."""
    DOUBLED = "doubled"
    """Kontur holds it more than once: alarm, the run stops."""


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """What to do, and whether the row has to be saved first."""

    step: Step
    save: bool = False
    fresh_since: dt.datetime | None = None
    """Of ``SEARCH`` for an unknown: only one that shows something of ours posted after this proves anything by finding
    nothing. It is the time by which all that was sent has taken effect: an index that stopped before then may well
    show what was posted soon after the unknown one, and still miss that."""
    result: Result | None = None
    """Of ``FINISH``."""
    again_at: dt.datetime | None = None
    """Of ``FINISH``: when it is of use to look again, as far as waiting can settle it."""
    error: KonturError | None = None
    """Of ``FINISH`` with ``NOT_APPLIED``: what to do next."""


def step(row: OperationRow, event: Event, terms: Terms) -> tuple[OperationRow, Action]:
    """One step of the protocol.

    Raises:
        AssertionError: an event that cannot come in this state; to stop beats running on wrong.
    """
    match event:
        case Claimed(now):
            return _claimed(row, now, terms)
        case Searched() if _is_searched_for(row):
            return _shown(row, event, terms)
        case SearchFailed() if _is_searched_for(row):
            return row, _search_failed(row, event, terms)
        case Checked(False) if _is_searched_for(row):
            # Nothing is concluded: what another sender may have posted of the order since is not known.
            return row, _finish(Result.LOST)
        case BudgetAsked(granted, again_at) if row.state == State.UNKNOWN:
            return row, Action(Step.PREPARE) if granted else _finish(Result.BUDGET, again_at=again_at)
        case IntentReady(payload) if row.state in {State.PLANNED, State.UNKNOWN}:
            sending = structs.replace(
                row, state=State.SENDING, payload=payload, attempts=row.attempts + 1, code=None, message=None
            )
            return sending, Action(Step.CHECK, save=True)
        case Checked(clear) if row.state == State.SENDING:
            # Not sent, but another sender may own the row by now: it is left as it is, in ``sending``.
            return row, Action(Step.SEND) if clear else _finish(Result.LOST)
        case HeldUp(ends) if row.state == State.SENDING:
            return _taken_back(row), _finish(Result.LOST, save=True) if ends else Action(Step.PREPARE, save=True)
        case Answered(outcome, now) if row.state == State.SENDING:
            return _answered(row, outcome, now, terms)
    raise AssertionError(f"{type(event).__name__} in state {row.state}")


def _claimed(row: OperationRow, now: dt.datetime | None, terms: Terms) -> tuple[OperationRow, Action]:
    if now is not None and hangs_on_the_time(row):
        return _claimed_at(row, now, terms)
    assert not hangs_on_the_time(row)
    match row.state:
        case State.PLANNED:
            return (row, Action(Step.SEARCH)) if terms.expected is not Expected.NO else _first_sent(row, terms)
        case State.REVIEW | State.SKIPPED if row.misplaced and terms.can_search:
            return row, Action(Step.SEARCH, fresh_since=row.updated_at)
        case State.DONE | State.REJECTED | State.REVIEW:
            return row, _finish(Result(row.state))
        case _:
            return row, _finish(Result.WAITING)


def _claimed_at(row: OperationRow, now: dt.datetime, terms: Terms) -> tuple[OperationRow, Action]:
    match row.state:
        case State.SENDING:
            unknown = structs.replace(row, state=State.UNKNOWN, uncertain=True, unknown_since=now, absent_since=None)
            return unknown, _finish(Result.WAITING, save=True, again_at=now + terms.settle)
        case State.UNKNOWN:
            assert row.unknown_since is not None
            if not terms.can_search:
                return _park(row, "no_search", said("no_search", marked=_marked(row)))
            look_at = (row.absent_since or row.unknown_since) + terms.settle
            if now < look_at:
                return row, _finish(Result.WAITING, again_at=look_at)
            return row, Action(Step.SEARCH, fresh_since=row.unknown_since + terms.settle)
        case _:
            assert row.done_at is not None
            look_at = row.done_at + terms.settle
            return row, Action(Step.SEARCH) if now >= look_at else _finish(Result.DONE, again_at=look_at)


def _is_searched_for(row: OperationRow) -> bool:
    return row.state in {State.PLANNED, State.UNKNOWN} or row.misplaced or row.is_looked_back_at


def _shown(row: OperationRow, search: Searched, terms: Terms) -> tuple[OperationRow, Action]:
    if row.is_looked_back_at:
        return _looked_back(row, search)
    return _looked_again(row, search, terms) if row.misplaced else _searched(row, search, terms)


def _searched(row: OperationRow, search: Searched, terms: Terms) -> tuple[OperationRow, Action]:
    match search.matches:
        case (Match(id_, same=True),):
            done = structs.replace(row, state=State.DONE, doc_id=id_, code="found", message=None)
            return done, _finish(Result.DONE, save=True)
        case (Match(marked=False),) if not search.fresh:
            return row, _not_fresh(row, search, terms)  # ours may stand beside it, and not be shown yet
        case (Match(id_, difference=difference),):
            other = said("mismatch", id=id_, difference=difference, then=_take_up(terms))
            return _park(row, "mismatch", other)
        case ():
            pass
        case found:
            ids = several(*(match.id for match in found))
            surplus = said("doubled", count=len(found), ids=ids, then=_take_up(terms))
            parked, action = _park(row, DOUBLED, surplus)
            return parked, dataclasses.replace(action, result=Result.DOUBLED)
    if row.state == State.PLANNED:
        listed = terms.expected is Expected.LISTED
        return (row, _finish(Result.WAITING, again_at=search.now + terms.settle)) if listed else _first_sent(row, terms)
    if not search.fresh:
        return row, _not_fresh(row, search, terms)
    if row.absent_since is None:
        absent = structs.replace(row, absent_since=search.now)
        return absent, _finish(Result.WAITING, save=True, again_at=search.now + terms.settle)
    if terms.closed:
        return _park(row, "closed_period", said("closed_by_now"))
    return row, Action(Step.ASK_BUDGET)


def _not_fresh(row: OperationRow, search: Searched, terms: Terms) -> Action:
    """To wait is of use before it settles, or while the search has something to catch up with."""
    settled = search.now if row.unknown_since is None else row.unknown_since + terms.settle
    if search.now < settled:
        return _finish(Result.WAITING, again_at=settled)
    return _finish(Result.WAITING, again_at=search.now + terms.settle if search.lags else None)


def _search_failed(row: OperationRow, failed: SearchFailed, terms: Terms) -> Action:
    if row.state == State.PLANNED:
        return _finish(Result.NOT_APPLIED, error=failed.error)
    if row.misplaced:
        return _finish(Result.REVIEW)
    passes = isinstance(failed.error, KonturTransientError)
    result = Result.DONE if row.is_looked_back_at else Result.WAITING
    return _finish(result, again_at=failed.now + terms.settle if passes else None)


def _looked_back(row: OperationRow, search: Searched) -> tuple[OperationRow, Action]:
    """A settle time after it was sent again: what was sent first should never have arrived."""
    match search.matches:
        case (Match(id_, same=same),) if same or id_ == row.doc_id:
            once = structs.replace(row, doc_id=id_, code=None, message=None)
            return once, _finish(Result.DONE, save=True)
        case () | (_,):  # not shown yet, or changed by somebody since
            return row, _finish(Result.DONE)
        case found:
            ids = several(*(match.id for match in found))
            surplus = said("sent_again_doubled", times=Count(len(found), "time"), ids=ids)
            doubled = structs.replace(row, code=DOUBLED, message=to_json([surplus]))
            return doubled, _finish(Result.REVIEW, save=doubled.message != row.message)


def _looked_again(row: OperationRow, search: Searched, terms: Terms) -> tuple[OperationRow, Action]:
    """What stood in the place of an operation that was never sent: still there, made equal to it, or gone."""
    if not search.matches:
        cleared = structs.replace(row, code=None, message=None)
        if row.state == State.SKIPPED:
            return cleared, _finish(Result.WAITING, save=True)
        if not search.fresh:  # what was seen there does not count as gone because a list stands still
            return row, _finish(Result.REVIEW)
        return _first_sent(structs.replace(cleared, state=State.PLANNED), terms)
    after, action = _searched(row, search, terms)
    if after.state == State.DONE:
        return after, action
    # Neither news to a person nor, while it is as it was, a reason for an alarm.
    same = (after.code, after.message) == (row.code, row.message)
    return structs.replace(after, state=row.state), _finish(Result.REVIEW, save=not same)


def _answered(
    row: OperationRow, outcome: Outcome, now: dt.datetime | None, terms: Terms
) -> tuple[OperationRow, Action]:
    match outcome:
        case Created(id_) if row.uncertain:
            assert now is not None
            again = structs.replace(row, state=State.DONE, doc_id=id_, code=SENT_AGAIN)
            return again, _finish(Result.DONE, save=True, again_at=now + terms.settle)
        case Created(id_):
            done = structs.replace(row, state=State.DONE, doc_id=id_)
            return done, _finish(Result.DONE, save=True)
        case Rejected(reason) if row.uncertain:
            then = _take_up(terms)
            refused = said("rejected_after_unknown", answer=_answer(reason), marked=_marked(row), then=then)
            return _park(row, "rejected_after_unknown", refused)
        case Rejected(reason, of_counterparty=True):
            message = to_json([said("document_refused", answer=_answer(reason))])
            back = structs.replace(row, state=State.PLANNED, payload=None, code=BUYER_GONE, message=message)
            return back, _finish(Result.NO_BUYER, save=True)
        case Rejected(reason):
            unsent = structs.replace(row, payload=None)
            return _reject(unsent, "kontur_rejected", said("kontur_rejected", answer=_answer(reason)))
        case NotApplied(error):
            return _taken_back(row), _finish(Result.NOT_APPLIED, save=True, error=error)
        case Unknown(reason, conflict=conflict):
            assert now is not None
            unknown = structs.replace(
                row,
                state=State.UNKNOWN,
                uncertain=True,
                unknown_since=now,
                absent_since=None,
                code=CONFLICT if conflict else "unknown_outcome",
                message=to_json([_unknown(row, reason, conflict=conflict)]),
            )
            if conflict and terms.can_search:
                # Most likely it is there to be found. To find nothing so soon proves nothing.
                return unknown, Action(Step.SEARCH, save=True, fresh_since=now + terms.settle)
            return unknown, _finish(Result.UNKNOWN, save=True, again_at=now + terms.settle)


def _taken_back(row: OperationRow) -> OperationRow:
    """This attempt left nothing behind; an earlier, uncertain one is as unknown as before."""
    return structs.replace(
        row,
        state=State.UNKNOWN if row.uncertain else State.PLANNED,
        payload=row.payload if row.uncertain else None,
        attempts=row.attempts - 1,
    )


def _answer(reason: str) -> str:
    """Kontur's own words, where there are any: who says them, each text says in its language."""
    return ended(reason.removeprefix(SAYS))


def _unknown(row: OperationRow, reason: str, *, conflict: bool) -> Said:
    if conflict:
        return said("conflict", answer=_answer(reason), marked=_marked(row))
    return said("unknown_outcome", answer=_answer(reason))


def _marked(row: OperationRow) -> Said | str:
    """What a person writes into a document by which it is found again."""
    return said("with_marker", marker=row.marker) if row.marker else ""


def _take_up(terms: Terms) -> Said:
    """How what a person did in Kontur becomes known here."""
    if terms.document_day is None:
        return said("next_run_goes_on")
    return said("have_it_taken_up", command=rebuilding(terms.document_day))


def _first_sent(row: OperationRow, terms: Terms) -> tuple[OperationRow, Action]:
    """What Kontur does not have yet: on its way, unless its period is closed."""
    if not terms.closed:
        return row, Action(Step.PREPARE)
    if terms.is_advance:
        return row, _finish(Result.CLOSED_ADVANCE)
    return _reject(row, "closed_period", said("closed_before_posting"))


def _reject(row: OperationRow, code: str, why: Said) -> tuple[OperationRow, Action]:
    rejected = structs.replace(row, state=State.REJECTED, code=code, message=to_json([why]))
    return rejected, _finish(Result.REJECTED, save=True)


def _park(row: OperationRow, code: str, why: Said) -> tuple[OperationRow, Action]:
    parked = structs.replace(row, state=State.REVIEW, code=code, message=to_json([why]))
    return parked, _finish(Result.REVIEW, save=True)


def _finish(
    result: Result, *, save: bool = False, again_at: dt.datetime | None = None, error: KonturError | None = None
) -> Action:
    return Action(Step.FINISH, save=save, result=result, again_at=again_at, error=error)
