"""The virtual ledger: transactions, compare-and-set, locks that die with their connection, lost COMMITs."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import functools
import operator
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import MySQLdb
from msgspec import structs

from include.ledger.actions import Action, Deed
from include.ledger.budget import Reposts
from include.ledger.closings import NOTHING_CLOSED, Closed, Closing, Told
from include.ledger.errors import LedgerDuplicateError, LedgerTransientError
from include.ledger.journal import Ending
from include.ledger.named_locks import Look
from include.ledger.operation import DOUBLED, SENT_AGAIN, OperationRow, State
from include.ledger.periods import NOTHING_SAID, Period
from include.ledger.statements import (
    Begin,
    Begun,
    CloseFinding,
    Complete,
    CountPosted,
    Creations,
    Decide,
    DoneSince,
    Forget,
    Get,
    GiveBack,
    HasOtherDocument,
    Known,
    LastAction,
    LastLook,
    NextSlot,
    NotWritten,
    Now,
    OfOrders,
    PeriodOf,
    Plan,
    Release,
    Remember,
    Reopen,
    RepostsOf,
    Save,
    SayOfPeriod,
    SentAgain,
    Take,
    ToldOf,
)
from proof.simulation.connections import Desk, LockSession, Session
from proof.simulation.weather import CALM, Weather

_START = dt.datetime(2026, 11, 1, 3, 0)
_ROUNDS_COLLIDE = 0.05
_ROUNDS_LOST = 5
"""How much oftener the COMMIT of several writes is lost than that of one: there are few of them."""


class Commit(enum.StrEnum):
    """What becomes of one."""

    DONE = "done"
    COLLIDED = "collided"
    LOST_NOT_DONE = "COMMIT lost, not done"
    LOST_DONE = "COMMIT lost, done"


_key = operator.attrgetter("key")


def _one_epoch_on(row: OperationRow, now: dt.datetime) -> OperationRow:
    done_at = now if row.state is State.DONE and row.done_at is None else row.done_at
    return structs.replace(row, epoch=row.epoch + 1, updated_at=now, done_at=done_at)


@dataclasses.dataclass(slots=True)
class Attempt:
    """A row of the journal."""

    epoch: int
    at: float
    outcome: str | None = None
    run: str = ""
    repost: bool = False


class Database:
    """Everything that outlives a process."""

    def __init__(self, rng: random.Random, seen: collections.Counter[str], *, one_owner: bool = True) -> None:
        """``one_owner``: the unique key of document, kind and id in Kontur."""
        self.now = 0.0
        self.weather: Weather = CALM
        self.loses_locks = False
        self.rows: dict[str, OperationRow] = {}
        self.attempts: dict[str, list[Attempt]] = collections.defaultdict(list)
        self.counterparties: dict[tuple[str, str], str] = {}
        self.granted: collections.Counter[str] = collections.Counter()
        """Permitted reposts by run."""
        self.granted_of: collections.Counter[str] = collections.Counter()
        """Permitted reposts by operation, for the checker."""
        self.granted_at: dict[str, list[float]] = collections.defaultdict(list)
        """By run, when; also of those that were given back, for the checker."""
        self.actions: list[Action] = []
        """What people decided."""
        self.findings: dict[int, str] = {}
        """What the last plan said of an order, as JSON."""
        self.broken: list[str] = []
        """Rules that a write broke, for the checker."""
        self.next_commits: list[Commit] = []
        """What becomes of the next, in calm weather too."""
        self._one_owner = one_owner
        self._undo: list[Callable[[], object]] = []
        self._next_slot = 0.0
        self._locks: dict[str, Session] = {}
        self._generation = 0
        self._down_until = 0.0
        self._rng = rng
        self._seen = seen

    # --- the server

    def restart(self, down_s: float) -> None:
        """All connections and locks are gone, what was committed stays."""
        self._seen["database: restarted"] += 1
        self._generation += 1
        self._locks.clear()
        self._down_until = self.now + down_s

    def connect(self) -> Session:
        if self.now < self._down_until:
            raise LedgerTransientError("lost")
        return Session(self._generation)

    def clock(self, seconds: float | None = None) -> dt.datetime:
        """The database's clock."""
        return _START + dt.timedelta(seconds=self.now if seconds is None else seconds)

    def _use(self, session: Session) -> None:
        if self.loses_locks and self._rng.random() < self.weather.connection_lost:
            session.alive = False
        if not session.alive or session.generation != self._generation:
            raise LedgerTransientError("lost")

    def do(self, desk: Desk, statement: object) -> Any:
        """One statement of a worker.

        Raises:
            LedgerTransientError: the connection is gone; what it last did may have been done or not.
        """
        return DO[type(statement)](self, desk, statement)

    # --- locks

    def take(self, session: LockSession, name: str) -> bool:
        """As the server does it: a connection that has a lock may take it once more."""
        self._use(session)
        holder = self._locks.get(name)
        if holder is not None and holder is not session and self._stands(holder):
            self._seen["lock: another's"] += 1
            return False
        self._locks[name] = session
        return True

    def look(self, session: LockSession, asked: Sequence[tuple[str, Sequence[str]]]) -> list[Look]:
        """At locks and operations, on the connection that has the locks."""
        self._use(session)
        return [Look(self._locks.get(name) is session, tuple(map(self._epoch, keys))) for name, keys in asked]

    def _epoch(self, key: str) -> int | None:
        row = self.rows.get(key)
        return None if row is None else row.epoch

    def release(self, session: LockSession, names: Sequence[str]) -> None:
        self._use(session)
        for name in names:
            if self._locks.get(name) is session:
                del self._locks[name]

    def _take(self, desk: Desk, statement: Take) -> bool:
        taken = desk.locks.take(statement.lock)
        self._seen["lock: a colleague's"] += not taken and self._locks.get(statement.lock) is desk.locks.connection
        return taken

    def _release(self, desk: Desk, statement: Release) -> None:
        desk.locks.release(statement.lock)

    def _stands(self, holder: Session) -> bool:
        return holder.generation == self._generation and (holder.alive or self.now < holder.lingers_until)

    # --- tables

    def _now(self, desk: Desk, _: Now) -> dt.datetime:
        self._use(desk.session)
        return self.clock()

    def _reopen(self, desk: Desk, _: Reopen) -> None:
        self._seen["record: tried again"] += 1
        desk.connections.past_sessions.append(desk.session)
        desk.connections.session = self.connect()

    def _last_look(self, desk: Desk, statement: LastLook) -> Look:
        """All by the connection that has the lock."""
        (look,) = desk.locks.look([(statement.lock, statement.keys)])
        return look

    def _count_posted(self, _: Desk, statement: CountPosted) -> int:
        kind, first, last = statement.span
        done = [row for row in self.rows.values() if row.kind == kind and row.state is State.DONE]
        return sum(row.document_date is not None and first <= row.document_date <= last for row in done)

    def _get(self, desk: Desk, statement: Get) -> OperationRow | None:
        self._use(desk.session)
        return self.rows.get(statement.key)

    def _of_orders(self, desk: Desk, statement: OfOrders) -> dict[int, list[OperationRow]]:
        self._use(desk.session)
        found: dict[int, list[OperationRow]] = {order_id: [] for order_id in statement.order_ids}
        rows = [row for row in self.rows.values() if row.order_id in found]
        for row in sorted(rows, key=_key):
            found[row.order_id or 0].append(row)
        return found

    def _creations(self, desk: Desk, statement: Creations) -> list[OperationRow]:
        self._use(desk.session)
        return [row for key, row in self.rows.items() if row.order_id is None and key.startswith(statement.key)]

    def _plan(self, desk: Desk, statement: Plan) -> None:
        self.plan(desk.session, [statement.row])

    def plan(self, session: Session, planned: Iterable[OperationRow]) -> None:
        """One transaction; what was begun, or is done, stays as it is."""
        self._use(session)
        for row in planned:
            known = self.rows.get(row.key)
            if known is None:
                self.rows[row.key] = row
            elif not known.begun:
                self.rows[row.key] = structs.replace(row, epoch=known.epoch + 1, restarts=known.restarts)

    def _save(self, desk: Desk, statement: Save) -> OperationRow | None:
        before = self.rows[statement.row.key]
        saved = self._written(desk.session, statement.row)
        if saved is not None:
            self._note(before, saved)
        return saved

    def _begin(self, desk: Desk, statement: Begin) -> Begun | NotWritten:
        run, most = statement.run_id, statement.most_reposts
        if most is not None and self.granted[run] >= most:
            self._use(desk.session)
            self._seen["budget: used up meanwhile"] += 1
            return NotWritten.FULL
        if most is not None:
            desk.sent_again = statement.row.key
        saved = self._written(desk.session, statement.row, begun_by=statement)
        return NotWritten.CHANGED if saved is None else Begun(saved, self.now)

    def _complete(self, desk: Desk, statement: Complete) -> OperationRow | NotWritten:
        if statement.document is not None and self.has_other(*statement.document):
            self._use(desk.session)
            return NotWritten.OF_ANOTHER
        saved = self._written(desk.session, statement.row, outcome=statement.ending.outcome)
        if saved is None:
            return NotWritten.CHANGED
        if saved.uncertain and statement.sent.uncertain:
            branches = {State.DONE: "sent again", State.REVIEW: "refused after unknown"}
            self._seen[f"branch: {branches.get(saved.state, 'unknown again')}"] += 1
        return saved

    def _note(self, before: OperationRow, saved: OperationRow) -> None:
        """Which branches were taken: a proof that never took one would prove little."""
        if saved.state is State.DONE and before.state is not State.DONE:
            never_sent = saved.payload is None
            self._seen[f"branch: found {'before the first sending' if never_sent else 'and adopted'}"] += 1
        elif saved.state is State.REVIEW:
            self._seen[f"branch: {saved.code}"] += 1
        elif before.state is State.SENDING:
            self._seen["branch: dead sender found"] += 1
        elif saved.absent_since is not None and before.absent_since is None:
            self._seen["branch: first look found none"] += 1

    # --- a round

    def together(self, session: Session, work: Callable[[], None]) -> None:
        """One transaction of several writes; a COMMIT that is lost is lost for all of them."""
        self._use(session)
        commit = self._commit(collides=_ROUNDS_COLLIDE, lost=_ROUNDS_LOST)
        self._seen[f"round: {commit}"] += 1
        if commit is Commit.COLLIDED:
            raise LedgerTransientError("deadlock") from MySQLdb.OperationalError(1213, "deadlock")
        self._undo.clear()
        try:
            work()
            self._lose(session, commit, Commit.LOST_NOT_DONE)
        except BaseException:
            self._seen["round: undone"] += 1
            for undo in reversed(self._undo):
                undo()
            raise
        self._lose(session, commit, Commit.LOST_DONE)

    def save_all(self, rows: Sequence[OperationRow]) -> int:
        """Within :meth:`together`; how many were as they had been read."""
        if self._one_owner and any(self._is_owned(row) for row in rows):
            raise LedgerDuplicateError("duplicate")
        written = 0
        for row in rows:
            before = self.rows[row.key]
            if self._write(row) is not None:
                written += 1
                self._undo.append(functools.partial(self.rows.__setitem__, row.key, before))
        return written

    def begin_all(self, rows: Sequence[tuple[OperationRow, str]]) -> None:
        """Within :meth:`together`."""
        for row, run in rows:
            self.attempts[row.key].append(Attempt(row.epoch, self.now, run=run, repost=row.uncertain))
            self._undo.append(self.attempts[row.key].pop)

    def complete_all(self, rows: Sequence[tuple[OperationRow, Ending]]) -> None:
        """Within :meth:`together`."""
        for row, ending in rows:
            for attempt in self._end_attempt(row, ending.outcome):
                self._undo.append(functools.partial(setattr, attempt, "outcome", None))

    def _end_attempt(self, row: OperationRow, outcome: str) -> list[Attempt]:
        ended = [one for one in self.attempts[row.key] if one.epoch == row.epoch and one.outcome is None]
        for attempt in ended:
            attempt.outcome = outcome
        return ended

    # --- one write

    def _written(
        self, session: Session, row: OperationRow, *, begun_by: Begin | None = None, outcome: str | None = None
    ) -> OperationRow | None:
        """One transaction: the row by compare-and-set, with its line of the journal begun or completed."""
        self._use(session)
        commit = self._commit()
        self._lose(session, commit, Commit.LOST_NOT_DONE)
        saved = None if self._one_owner and self._is_owned(row) else self._write(row)
        if begun_by is not None and saved is not None:
            self._journal(saved, begun_by)
        if outcome is not None:
            self._end_attempt(row, outcome)
        self._lose(session, commit, Commit.LOST_DONE)
        return saved

    def _journal(self, saved: OperationRow, intent: Begin) -> None:
        run = intent.run_id
        self.attempts[saved.key].append(Attempt(saved.epoch, self.now, run=run, repost=saved.uncertain))
        if intent.most_reposts is not None:
            self.granted[run] += 1
            self.granted_of[saved.key] += 1
            self.granted_at[run].append(self.now)

    def _is_owned(self, row: OperationRow) -> bool:
        """The unique key of parent, kind and id in Kontur."""
        if row.state is not State.DONE or row.parent_key is None:
            return False
        owned = any(
            other.doc_id == row.doc_id and other.parent_key == row.parent_key and other.kind == row.kind
            for key, other in self.rows.items()
            if key != row.key
        )
        self._seen["database: another's entry refused"] += owned
        return owned

    def _commit(self, *, collides: float = 0.0, lost: float = 1.0) -> Commit:
        """What becomes of the next; ``lost``: so many times as often as that of one write."""
        if self.next_commits:
            return self.next_commits.pop(0)
        if self.weather is not CALM and self._rng.random() < collides:
            return Commit.COLLIDED
        if self._rng.random() >= lost * self.weather.commit_lost:
            return Commit.DONE
        return Commit.LOST_NOT_DONE if self._rng.random() < 0.5 else Commit.LOST_DONE

    def _lose(self, session: Session, commit: Commit, here: Commit) -> None:
        """The connection, if that is where its COMMIT is lost."""
        if commit is not here:
            return
        self._seen[f"database: {commit}"] += 1
        session.alive = False
        raise LedgerTransientError("lost")

    def _write(self, row: OperationRow) -> OperationRow | None:
        known = self.rows[row.key]
        if known.epoch != row.epoch:
            self._seen["database: compare-and-set refused"] += 1
            return None
        if known.state is State.DONE and row.state is not State.DONE:
            self.broken.append(f"I9 {row.key}: {known.state} became {row.state}")
        saved = self.rows[row.key] = _one_epoch_on(row, self.clock())
        return saved

    def _done_since(self, desk: Desk, statement: DoneSince) -> list[OperationRow]:
        """Confirmed by Kontur's own answer, and begun and done after ``since``."""
        self._use(desk.session)
        since = statement.since
        done = [
            row
            for row in self.rows.values()
            if row.kind == statement.kind
            and row.state is State.DONE
            and row.done_at is not None
            and row.done_at > since
            and any(a.outcome == "created" and self.clock(a.at) > since for a in self.attempts[row.key])
        ]
        self._seen["search: nothing newer"] += not done
        return sorted(done, key=lambda row: (row.done_at, row.key))[:3]

    def _has_other_document(self, desk: Desk, statement: HasOtherDocument) -> bool:
        self._use(desk.session)
        return self.has_other(statement.row, statement.doc_id)

    def has_other(self, of: OperationRow, doc_id: str) -> bool:
        """Whether an id is the document of another operation."""
        return any(row.doc_id == doc_id and row.kind == of.kind and row.key != of.key for row in self.rows.values())

    # --- what people decide

    def _decide(self, desk: Desk, statement: Decide) -> bool:
        """One transaction: all of the rows by compare-and-set, with their lines of the action table."""
        self._use(desk.session)
        commit = self._commit()
        self._lose(desk.session, commit, Commit.LOST_NOT_DONE)
        rows = [change.after for change in statement.changes]
        as_read = all(self.rows[row.key].epoch == row.epoch for row in rows)
        if as_read and statement.money is not None:
            read = {row.key: row.epoch for row in statement.money}
            document = statement.changes[0].before.key
            as_read = read == {key: row.epoch for key, row in self.rows.items() if row.parent_key == document}
        decided = as_read and not any(self._is_owned(row) for row in rows)
        self._seen[f"decided: {'yes' if decided else 'somebody was quicker'}"] += 1
        if decided:
            now = self.clock()
            self.rows.update((row.key, _one_epoch_on(row, now)) for row in rows)
            self.actions += [dataclasses.replace(change.action, at=now) for change in statement.changes]
        self._lose(desk.session, commit, Commit.LOST_DONE)
        return decided

    def _last_action(self, desk: Desk, statement: LastAction) -> Action | None:
        self._use(desk.session)
        return next((action for action in reversed(self.actions) if action.op_key == statement.key), None)

    def _told_of(self, desk: Desk, statement: ToldOf) -> Told | None:
        self._use(desk.session)
        return self._told(statement.order_id)

    def _told(self, order_id: int) -> Told | None:
        findings = self.findings.get(order_id)
        if findings is None:
            return None
        closed = NOTHING_CLOSED
        for number, action in enumerate(self.actions, start=1):
            if action.order_id == order_id and action.kind in {Deed.FINDING_CLOSED, Deed.FINDING_REOPENED}:
                (finding,) = action.facts
                left = {key: one for key, one in closed.findings.items() if key != finding}
                if action.kind is Deed.FINDING_CLOSED:
                    left[finding] = Closing(action.before or "", action.who, action.why, action.at or self.clock())
                closed = Closed(number, left)
        return Told("kontur", findings, closed)

    def _close_finding(self, desk: Desk, statement: CloseFinding) -> bool:
        self._use(desk.session)
        written = self._told(statement.order_id) == statement.seen
        if written:
            self.actions.append(dataclasses.replace(statement.action, at=self.clock()))
        return written

    def _period_of(self, desk: Desk, _: PeriodOf) -> Period:
        self._use(desk.session)
        return self._period()

    def _period(self) -> Period:
        last = next((action for action in reversed(self.actions) if action.turn is not None), None)
        if last is None:
            return NOTHING_SAID
        assert last.after is not None
        return Period(last.turn or 0, dt.date.fromisoformat(last.after), last.who, last.why, last.at)

    def _say_of_period(self, desk: Desk, statement: SayOfPeriod) -> bool:
        self._use(desk.session)
        is_next = statement.action.turn == self._period().turn + 1
        if is_next:
            self.actions.append(dataclasses.replace(statement.action, at=self.clock()))
        return is_next

    # --- counterparties

    def _known(self, desk: Desk, statement: Known) -> str | None:
        self._use(desk.session)
        return self.counterparties.get((statement.connection, statement.identity))

    def _remember(self, desk: Desk, statement: Remember) -> None:
        self._use(desk.session)
        inn, _, kpp = statement.identity.partition("/")
        without_kpp = (statement.connection, f"{inn}/")
        if kpp and inn.isdigit() and self.counterparties.get(without_kpp) not in {None, statement.counterparty_id}:
            del self.counterparties[without_kpp]
        self.counterparties.setdefault((statement.connection, statement.identity), statement.counterparty_id)

    def _forget(self, desk: Desk, statement: Forget) -> None:
        self._use(desk.session)
        for who in [who for who, id_ in self.counterparties.items() if id_ == statement.counterparty_id]:
            del self.counterparties[who]

    # --- limits

    def _reposts_of(self, desk: Desk, statement: RepostsOf) -> Reposts:
        self._use(desk.session)
        run = statement.run_id
        made = self.granted[run]
        waits = made > 0 and any(self._is_open(row, run) for row in self.rows.values())
        self._seen["budget: used up"] += waits
        return Reposts(made, waits, any(_is_doubled(row) for row in self.rows.values()))

    def _is_open(self, row: OperationRow, run: str) -> bool:
        """Whether a run sent it again, and has not seen since what became of that."""
        if row.state is State.DONE:
            return row.code == SENT_AGAIN and row.run_id == run
        unseen = row.state is State.SENDING or (row.state is State.UNKNOWN and row.absent_since is None)
        return unseen and any(attempt.repost and attempt.run == run for attempt in self.attempts[row.key])

    def _sent_again(self, desk: Desk, statement: SentAgain) -> list[OperationRow]:
        self._use(desk.session)
        if not self.granted[statement.run_id]:
            return []
        rows = (self.rows[key] for key in sorted(self.rows))
        return [r for r in rows if r.state is State.DONE and r.code == SENT_AGAIN and r.run_id == statement.run_id]

    def _give_back(self, desk: Desk, statement: GiveBack) -> None:
        self._use(desk.session)
        self._seen["budget: given back"] += 1
        self.granted[statement.run_id] -= 1
        self.granted_of[desk.sent_again] -= 1

    def _next_slot_of(self, desk: Desk, statement: NextSlot) -> float:
        self._use(desk.session)
        wait_s = max(self._next_slot - self.now, 0.0)
        self._next_slot = max(self._next_slot, self.now) + 1 / statement.rate_per_s
        return wait_s


def _is_doubled(row: OperationRow) -> bool:
    """Whether it was sent again and stands in Kontur more than once."""
    return row.code == DOUBLED and row.uncertain and row.attempts > 1


DO: dict[type, Callable[[Database, Desk, Any], Any]] = {
    Take: Database._take,
    Release: Database._release,
    LastLook: Database._last_look,
    CountPosted: Database._count_posted,
    Now: Database._now,
    Reopen: Database._reopen,
    Get: Database._get,
    OfOrders: Database._of_orders,
    Creations: Database._creations,
    Plan: Database._plan,
    Save: Database._save,
    Begin: Database._begin,
    Complete: Database._complete,
    DoneSince: Database._done_since,
    HasOtherDocument: Database._has_other_document,
    Decide: Database._decide,
    LastAction: Database._last_action,
    ToldOf: Database._told_of,
    CloseFinding: Database._close_finding,
    PeriodOf: Database._period_of,
    SayOfPeriod: Database._say_of_period,
    Known: Database._known,
    Remember: Database._remember,
    Forget: Database._forget,
    RepostsOf: Database._reposts_of,
    SentAgain: Database._sent_again,
    GiveBack: Database._give_back,
    NextSlot: Database._next_slot_of,
}
"""Statement -> what does it."""
