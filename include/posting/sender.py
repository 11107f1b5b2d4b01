"""Carries single operations through the protocol: what is done to one is an action of :mod:`include.posting.core`."""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kontur_hook.contract import Contract
from kontur_hook.errors import KonturError
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected, Unknown
from msgspec import structs

from include.books.requests import Create
from include.books.search import Freshness, Search
from include.facts import Said, said, to_json
from include.ledger.errors import LedgerTransientError
from include.ledger.journal import Ending
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.statements import (
    Begin,
    Complete,
    Get,
    GiveBack,
    LastLook,
    NextSlot,
    NotWritten,
    Now,
    Reopen,
    RepostsOf,
    Save,
)
from include.ports import Wire, tell
from include.posting import core, trust
from include.posting.core import Action, Expected, Result, Step, Terms
from include.posting.run import Held, Run, clock
from include.words import text

log = logging.getLogger(__name__)

T = TypeVar("T")

_INTENT_IS_YOUNG_S = 2.0
_LOOK_IS_YOUNG_S = 0.1
"""When its turn comes; from there it has to come through the event loop, with others, to a place on the wire."""
_LOOK_AT_THE_SOCKET_S = 0.25
_HELD_UP_AT_MOST = 3
"""Times in a row; whoever is held up so often leaves it to a later run."""
_RECORD_TRIES = 8
_RECORD_WAIT_S = 0.2
_RECORD_WAIT_AT_MOST_S = 10.0
_NEVER_SENT = Ending("held_up", None, None, None)
_KEY_NAMESPACE = uuid.UUID("6f1c3a52-7a55-5c0e-9a55-0b1a5f4c9d11")


def idempotency_key(connection: str, key: str, restarts: int = 0) -> str:
    """The same for every attempt of an operation, another one once it began anew: UUIDv5 of account and key."""
    anew = f"+{restarts}" if restarts else ""
    return str(uuid.uuid5(_KEY_NAMESPACE, f"{connection}/{key}{anew}"))


async def post(run: Run, held: Held, body: Callable[[], str]) -> tuple[OperationRow, Action]:
    """Carry an operation as far as it goes now.

    Args:
        run: the run.
        held: the operation, under its lock.
        body: builds the request's body; it is asked only while no earlier attempt froze one.

    Returns:
        The row as it is now, and how far it came.

    Raises:
        LedgerError: the ledger is away; what was sent stays in ``sending`` and is found again by a later run.
    """
    return await Attempt(run, held, body).carry()


class Attempt:
    """Carries one operation; each step is the core's."""

    def __init__(self, run: Run, held: Held, body: Callable[[], str]) -> None:
        self._run = run
        self.held = held
        self._body = body
        self._most_reposts = 0
        self._is_charged = False
        """Whether the run's budget counts a request that is to be sent again, and has not left as far as is known."""
        self._written_at = 0.0
        """When the intent was written, just before its COMMIT; by the monotonic clock."""
        self._looked_at = 0.0
        """When lock and row were looked at, or earlier."""
        self._told_at = 0.0
        """When the answer of that was there."""
        self._held_up = 0
        self._turn = contextlib.AsyncExitStack()
        self._wire: Wire | None = None
        """While it is our turn."""

    async def carry(self) -> tuple[OperationRow, Action]:
        run, row = self._run, self.held.row
        if row.state != State.DONE and row.run_id != run.id:
            row = structs.replace(row, run_id=run.id)
        terms = _terms(run, self.held)
        event: core.Event = core.Claimed(self.held.now)
        async with self._turn:
            while True:
                target, action = core.step(row, event, terms)
                if action.save:
                    saved = await self._saved(row, target, event)
                    if saved is NotWritten.FULL:  # others were sent again meanwhile
                        event = await self._budget()
                        continue
                    if saved is NotWritten.CHANGED:  # somebody else owns it now
                        return row, Action(Step.FINISH, result=Result.LOST)
                    if saved is NotWritten.OF_ANOTHER:
                        event = await _answered(run, row, _of_another(event))
                        continue
                    target = saved
                row = target
                if action.step is Step.FINISH:
                    return row, await self._paid_for(action)
                event = await self._done(row, action)

    async def _saved(self, before: OperationRow, target: OperationRow, event: core.Event) -> OperationRow | NotWritten:
        match event:
            case core.IntentReady():
                most = self._most_reposts if before.uncertain else None
                begun = await tell(self._run.ports, Begin(target, self._run.id, most))
                if isinstance(begun, NotWritten):
                    return begun
                self._is_charged = before.uncertain
                self._written_at = begun.written_at
                return begun.row
            case core.Answered(outcome):
                self._is_charged &= isinstance(outcome, NotApplied)  # else it is paid for, whatever comes after it
                return await _record(self._run, before, target, _ending(outcome))
            case core.HeldUp():
                saved = await _record(self._run, before, target, _NEVER_SENT)
                await self._give_back()
                return saved
            case _:
                return await tell(self._run.ports, Save(target)) or NotWritten.CHANGED

    async def _done(self, row: OperationRow, action: Action) -> core.Event:
        """Do what the core says; what came of it."""
        run = self._run
        match action.step:
            case Step.SEARCH:
                await self._leave_the_wire()  # the search takes turns of its own
                sent = row if row.payload is not None else structs.replace(row, payload=self._body())
                found = await _search(run, sent, action, self.held)
                # Whoever has lost the lock knows the order's other operations as they were: what another run has posted
                # of them since would be taken for this one.
                return found if await self.is_clear(row) else core.Checked(False)
            case Step.ASK_BUDGET:
                return await self._budget()
            case Step.PREPARE:
                await _keep_pace(run)
                return core.IntentReady(row.payload if row.payload is not None else self._body())
            case Step.CHECK:
                return core.Checked(await self.is_clear(row))
            case _:
                return await self._sent(row)

    async def _sent(self, row: OperationRow) -> core.Event:
        """Once it is on the wire; whoever found no place there in time looks again, in another turn."""
        while True:
            if (kept := await self._kept(row)) is not None:
                return kept
            assert self._wire is not None
            outcome = await self._wire.send(_create(row, self.held.document, self._leave_by))
            if not (isinstance(outcome, NotApplied) and outcome.came_too_late):
                break
            await self._leave_the_wire()
        if isinstance(outcome, Created):
            await self._leave_the_wire()  # else the next one waits until what went wrong is known to all
        return await _answered(self._run, row, outcome)

    async def _kept(self, row: OperationRow) -> core.Event | None:
        """What keeps it here in its turn: while others were on the wire, time has passed since intent and look."""
        run, now = self._run, self._run.ports.monotonic
        if self._wire is None:
            # At the end money waits for documents, and nothing for money.
            ahead = self.held.document is None and run.signals.all_begun()
            turn = run.ports.turn(run.account.connection, ahead=ahead)
            self._wire = await self._turn.enter_async_context(turn)
        if (quiet_s := run.signals.quiet_s()) and not run.signals.ends():
            await run.ports.sleep(quiet_s)
        if now() - self._looked_at > _LOOK_IS_YOUNG_S and not await self.is_clear(row):
            return core.Checked(False)
        # Its age counts from its write: a deadlock or a wait for a row before that holds up nothing.
        ends = run.signals.ends()
        if ends or now() - self._written_at > _INTENT_IS_YOUNG_S:
            self._held_up += 1
            return core.HeldUp(ends=ends or self._held_up > _HELD_UP_AT_MOST)
        run.signals.leaves()
        return None

    @property
    def _leave_by(self) -> float:
        """Neither look nor intent may be older on the wire; a slow ledger leaves a moment all the same."""
        looked_by = max(self._looked_at + _LOOK_AT_THE_SOCKET_S, self._told_at + _LOOK_IS_YOUNG_S)
        return min(looked_by, self._written_at + _INTENT_IS_YOUNG_S)

    async def _leave_the_wire(self) -> None:
        self._wire = None
        await self._turn.aclose()

    async def is_clear(self, row: OperationRow) -> bool:
        """A look, the last one before the POST: lock held, row unchanged, and the document that money is to go to."""
        read = [row] if self.held.document is None else [row, self.held.document]
        looked_at = self._run.ports.monotonic()
        look = await tell(self._run.ports, LastLook(self.held.lock, tuple(each.key for each in read)))
        self._looked_at, self._told_at = looked_at, self._run.ports.monotonic()
        return look.held and look.epochs == tuple(each.epoch for each in read)

    async def _budget(self) -> core.BudgetAsked:
        """Whether one more may be sent again; the intent's transaction counts it."""
        run, first = self._run, self._run.settings.posting.repost_budget
        reposts, now = await run.ports.state(RepostsOf(run.id, run.account.connection), Now())
        self._most_reposts = trust.most(first, reposts)
        again_at = now + run.settle if trust.grows(first, reposts) else None
        return core.BudgetAsked(reposts.made < self._most_reposts, again_at)

    async def _paid_for(self, action: Action) -> Action:
        """What was to be sent again and was not, or is proved not applied, costs nothing of the run's budget."""
        if action.result in {Result.NOT_APPLIED, Result.LOST}:
            await self._give_back()
        return action

    async def _give_back(self) -> None:
        if self._is_charged:
            self._is_charged = False
            await tell(self._run.ports, GiveBack(self._run.id))


def _terms(run: Run, held: Held) -> Terms:
    row, closed = held.row, held.closed_until
    can_search = is_searchable(row, run.account.contract)
    return Terms(
        run.settle,
        can_search,
        held.expected if can_search else Expected.NO,
        closed is not None and row.document_date is not None and row.document_date <= closed,
        held.is_advance,
        (held.document or row).document_date,
    )


def is_searchable(row: OperationRow, contract: Contract) -> bool:
    """Whether the contract can find this operation again."""
    match row.kind:
        case Kind.PAYMENT | Kind.REFUND:
            return contract.read_documents
        case Kind.COUNTERPARTY:
            return contract.search_counterparties_by_name or row.key.rpartition(":")[2][0].isdigit()
        case _:
            return contract.search_documents


async def _search(run: Run, row: OperationRow, action: Action, held: Held) -> core.Event:
    search = Search(run.ports, run.account.connection, run.settings.shop.code)
    try:
        since = action.fresh_since
        known = Freshness.SHOWN if since is None else await search.freshness(row, since)
        matches = await search.matches(row, held.document, held.siblings)
    except KonturError as error:
        log.warning("%s", text(said("search_failed", key=row.key, error=str(error))))
        return core.SearchFailed(error, await clock(run.ports))
    now = await clock(run.ports)
    return core.Searched(matches, known is Freshness.SHOWN, now, lags=known is Freshness.HIDDEN)


async def _keep_pace(run: Run) -> None:
    rate = run.account.rate_per_s
    if rate:
        await run.ports.sleep(await tell(run.ports, NextSlot(run.account.connection, rate)))


def _create(row: OperationRow, document: OperationRow | None, leave_by: float) -> Create:
    assert row.payload is not None
    kind, doc_id = (None, None) if document is None else (document.kind, document.doc_id)
    key = idempotency_key(row.connection, row.key, row.restarts)
    return Create(row.connection, row.kind, row.payload, key, kind, doc_id, leave_by)


async def _answered(run: Run, row: OperationRow, outcome: Outcome) -> core.Answered:
    if not core.asks_the_time(row, outcome):
        return core.Answered(outcome, None)
    return core.Answered(outcome, await _persistently(run, lambda: clock(run.ports)))


def _of_another(event: core.Event) -> Unknown:
    """A document's id that another operation has is not this one's: payments would go to the wrong document."""
    assert isinstance(event, core.Answered)
    assert isinstance(event.outcome, Created)
    why = text(said("id_of_another_document", id=event.outcome.id))
    return Unknown(why, event.outcome.status, event.outcome.trace_id)


async def _record(run: Run, sent: OperationRow, target: OperationRow, ending: Ending) -> OperationRow | NotWritten:
    tried = False

    async def record() -> OperationRow | NotWritten:
        nonlocal tried
        if tried:  # a COMMIT whose answer was lost may have been done
            now = await tell(run.ports, Get(sent.key))
            if now is not None and now.epoch == sent.epoch + 1 and now.state == target.state:
                return now
        tried = True
        return await tell(run.ports, Complete(sent, target, ending))

    return await _persistently(run, record)


async def _persistently(run: Run, work: Callable[[], Awaitable[T]]) -> T:
    """After a POST the outcome is not given up for a lost connection: a new one is opened, a few times."""
    for lost in range(_RECORD_TRIES):
        try:
            if lost:
                await run.ports.sleep(0.0, min(_RECORD_WAIT_S * 2 ** (lost - 1), _RECORD_WAIT_AT_MOST_S))
                await tell(run.ports, Reopen())
            return await work()
        except LedgerTransientError:
            if lost == _RECORD_TRIES - 1:
                raise
    raise AssertionError


def _ending(outcome: Outcome) -> Ending:
    match outcome:
        case Created(id_, status, trace_id):
            return Ending("created", status, trace_id, id_)
        case Rejected(reason, status, trace_id):
            return Ending("rejected", status, trace_id, reason)
        case NotApplied(error):
            return Ending("not_applied", error.status, error.trace_id, error.message)
        case Unknown(reason, status, trace_id):
            return Ending("unknown", status, trace_id, reason)


async def reject(run: Run, row: OperationRow, code: str, why: Said) -> tuple[OperationRow, Action]:
    """It cannot be sent before a person has looked."""
    saved = await tell(run.ports, Save(structs.replace(row, state=State.REJECTED, code=code, message=to_json([why]))))
    return saved or row, Action(Step.FINISH, result=Result.REJECTED if saved else Result.LOST)
