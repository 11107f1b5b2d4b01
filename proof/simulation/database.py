"""The virtual ledger: transactions, compare-and-set, locks that die with their connection, lost COMMITs."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import operator
import random
from collections.abc import Iterable

from include.ledger.operation import OperationRow, State
from proof.simulation.weather import CALM, REPOST_BUDGET, Weather

_START = dt.datetime(2026, 11, 1, 3, 0)


_read_all = operator.attrgetter(*(field.name for field in dataclasses.fields(OperationRow)))
_slots = [getattr(OperationRow, field.name).__set__ for field in dataclasses.fields(OperationRow)]
_set_epoch, _set_updated_at, _set_done_at = (
    getattr(OperationRow, name).__set__ for name in ("epoch", "updated_at", "done_at")
)


def _one_epoch_on(row: OperationRow, now: dt.datetime) -> OperationRow:
    """As ``dataclasses.replace`` does it, in a third of the time: each write of each schedule comes through here."""
    saved = object.__new__(OperationRow)
    for put, value in zip(_slots, _read_all(row), strict=True):
        put(saved, value)
    _set_epoch(saved, row.epoch + 1)
    _set_updated_at(saved, now)
    if row.state is State.DONE:
        _set_done_at(saved, now)
    return saved


class LostError(Exception):
    """The connection is gone; what it last did may have been done or not."""


@dataclasses.dataclass(slots=True, eq=False)
class Session:
    """A connection."""

    generation: int
    alive: bool = True
    lingers_until: float = 0.0
    """The server has not noticed yet that the client is gone."""


@dataclasses.dataclass(slots=True)
class Attempt:
    """A row of the journal."""

    epoch: int
    at: float
    outcome: str | None = None


class Database:
    """Everything that outlives a process."""

    def __init__(self, rng: random.Random, seen: collections.Counter[str]) -> None:
        self.now = 0.0
        self.weather: Weather = CALM
        self.loses_locks = False
        self.rows: dict[str, OperationRow] = {}
        self.attempts: dict[str, list[Attempt]] = collections.defaultdict(list)
        self.counterparties: dict[str, str] = {}
        self.granted: collections.Counter[str] = collections.Counter()
        """Permitted reposts by run."""
        self.granted_of: collections.Counter[str] = collections.Counter()
        """Permitted reposts by operation, for the checker."""
        self.broken: list[str] = []
        """Rules that a write broke, for the checker."""
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
            raise LostError
        return Session(self._generation)

    def clock(self, seconds: float | None = None) -> dt.datetime:
        """The database's clock."""
        return _START + dt.timedelta(seconds=self.now if seconds is None else seconds)

    def _use(self, session: Session) -> None:
        if self.loses_locks and self._rng.random() < self.weather.connection_lost:
            session.alive = False
        if not session.alive or session.generation != self._generation:
            raise LostError

    # --- locks

    def take(self, session: Session, name: str) -> bool:
        self._use(session)
        holder = self._locks.get(name)
        if holder is None or not self._stands(holder):
            self._locks[name] = session
            return True
        return False

    def holds(self, session: Session, name: str) -> bool:
        try:
            self._use(session)
        except LostError:
            return False
        return self._locks.get(name) is session

    def release(self, session: Session, name: str) -> None:
        if self._locks.get(name) is session:
            del self._locks[name]

    def _stands(self, holder: Session) -> bool:
        return holder.generation == self._generation and (holder.alive or self.now < holder.lingers_until)

    # --- tables

    def get(self, session: Session, key: str) -> OperationRow | None:
        self._use(session)
        return self.rows.get(key)

    def of_order(self, session: Session, order_id: int) -> dict[str, OperationRow]:
        self._use(session)
        return {key: row for key, row in self.rows.items() if row.order_id == order_id}

    def plan(self, session: Session, planned: Iterable[OperationRow]) -> None:
        """One transaction; what was begun, or is done, stays as it is."""
        self._use(session)
        for row in planned:
            known = self.rows.get(row.key)
            if known is None:
                self.rows[row.key] = row
            elif not known.begun:
                self.rows[row.key] = dataclasses.replace(row, epoch=known.epoch + 1)

    def save(
        self,
        session: Session,
        row: OperationRow,
        *,
        begin: bool = False,
        outcome: str | None = None,
        cas: bool = True,
        one_owner: bool = True,
    ) -> OperationRow | None:
        """One transaction: the row by compare-and-set, with its line of the journal begun or completed."""
        self._use(session)
        lost = self._rng.random() < self.weather.commit_lost
        if lost and self._rng.random() < 0.5:
            self._lose_commit(session, "not done")
        saved = None if one_owner and self._is_owned(row) else self._write(row, cas=cas)
        if begin and saved is not None:
            self.attempts[row.key].append(Attempt(saved.epoch, self.now))
        if outcome is not None:
            for attempt in self.attempts[row.key]:
                if attempt.epoch == row.epoch and attempt.outcome is None:
                    attempt.outcome = outcome
        if lost:
            self._lose_commit(session, "done")
        return saved

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

    def _lose_commit(self, session: Session, what: str) -> None:
        self._seen[f"database: COMMIT lost, {what}"] += 1
        session.alive = False
        raise LostError

    def _write(self, row: OperationRow, *, cas: bool) -> OperationRow | None:
        known = self.rows[row.key]
        if cas and known.epoch != row.epoch:
            self._seen["database: compare-and-set refused"] += 1
            return None
        if known.state is State.DONE:
            self.broken.append(f"I9 {row.key}: {known.state} became {row.state}")
        if known.epoch > row.epoch:
            self.broken.append(f"I9 {row.key}: epoch {known.epoch} was overwritten from {row.epoch}")
        saved = self.rows[row.key] = _one_epoch_on(row, self.clock())
        return saved

    def first_done(self, session: Session, kind: str, since: dt.datetime) -> OperationRow | None:
        """Confirmed by Kontur's own answer, and begun and done after ``since``."""
        self._use(session)
        done = [
            row
            for row in self.rows.values()
            if row.kind == kind
            and row.state is State.DONE
            and row.done_at is not None
            and row.done_at > since
            and any(a.outcome == "created" and self.clock(a.at) > since for a in self.attempts[row.key])
        ]
        return min(done, key=lambda row: (row.done_at, row.key)) if done else None

    def grant(self, session: Session, run: str, key: str) -> bool:
        """Whether this run may send one more unknown operation again."""
        self._use(session)
        if self.granted[run] >= REPOST_BUDGET:
            return False
        self.granted[run] += 1
        self.granted_of[key] += 1
        return True

    def give_back(self, session: Session, run: str, key: str) -> None:
        """What was granted was not sent, or not applied for sure."""
        self._use(session)
        self.granted[run] -= 1
        self.granted_of[key] -= 1
