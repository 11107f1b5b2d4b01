"""The driver on virtual parts: the same actions in the same order as include/posting, as generators.

Each ``yield`` is a point where the process can be killed, stopped for a while, or overtaken by another; it names the
point and how many seconds it takes at least. Nothing is tidied up on the way out, as with ``kill -9``.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import random
from collections.abc import Generator

from kontur_hook.errors import KonturTransientError
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected, Unknown

from include.books.match import Match
from include.ledger.operation import OperationRow, State
from include.posting import core
from include.posting.core import Action, Result, Step
from proof.simulation.database import Database, LostError, Session
from proof.simulation.guards import Guards
from proof.simulation.kontur import Entry, Kontur, ReadError
from proof.simulation.weather import BREAKER

Point = tuple[str, float]
"""A name, and the seconds it takes at least."""

BEFORE_SENDING = frozenset({"check", "checked", "send"})
"""Points between the intent and the request."""
PAST_THE_CHECK = frozenset({"checked", "send"})
"""Points between the last check of the lock and the request."""

_RANK = {"payment": 1, "refund": 2}
_BEGUN = {State.PLANNED, State.SENDING, State.UNKNOWN}
_RECORD_TRIES = 8
_LOCK_WAIT_S = 30.0
_LOCK_POLL_S = 5.0
_WORDS = {Created: "created", Rejected: "rejected", NotApplied: "not_applied", Unknown: "unknown"}


class Process:
    """One start of one run: its threads share a queue and a breaker."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.again_at: dt.datetime | None = None
        """When the first of its waiting operations can be looked at again."""
        self.queue: collections.deque[int] = collections.deque()
        self.stopped = False
        """The breaker is open, or an error ended it."""
        self.dead = False
        self.paused_until = 0.0
        self.ailing = False
        """It has stood still once."""
        self.points: dict[object, str] = {}
        """Where each thread is."""
        self.checked_at: dict[object, float] = {}
        """When each thread last saw that it held its lock."""
        self.sessions: list[Session] = []
        self.lock_sessions: list[Session] = []
        self._failures = 0

    def see(self, action: Action) -> float:
        """Note a result; for how many seconds to pause."""
        if action.again_at is not None:
            self.again_at = min(self.again_at or action.again_at, action.again_at)
        match action.result:
            case Result.DONE:
                self._failures = 0
            case Result.NOT_APPLIED | Result.UNKNOWN:
                self._failures += 1
            case Result.DOUBLED:
                self.stopped = True
        transient = isinstance(action.error, KonturTransientError)
        if self._failures >= BREAKER or (action.error is not None and not transient):
            self.stopped = True
        return min(2.0 ** min(self._failures, 5), 30.0) if transient else 0.0


class Sender:
    """A thread of a process."""

    def __init__(
        self,
        process: Process,
        guards: Guards,
        database: Database,
        kontur: Kontur,
        rng: random.Random,
        seen: collections.Counter[str],
    ) -> None:
        self._process = process
        self._guards = guards
        self._database = database
        self._kontur = kontur
        self._rng = rng
        self._seen = seen

    def work(self) -> Generator[Point, None, None]:
        """Post orders from the queue until it is empty, the breaker opens or the database is lost."""
        try:
            yield "open", 0.0
            self._session = self._connect()
            self._locks = self._connect()
            self._process.lock_sessions.append(self._locks)
            while self._process.queue and not self._process.stopped:
                yield from self._post_order(self._process.queue.popleft())
        except LostError:
            self._seen["process: ended, database lost"] += 1
            self._process.stopped = True

    def _connect(self) -> Session:
        session = self._database.connect()
        self._process.sessions.append(session)
        return session

    def _post_order(self, order_id: int) -> Generator[Point, None, None]:
        lock = f"order:{order_id}"
        turned_away = False
        yield "lock", 0.0
        if not self._guards.take(self._database, self._locks, lock):
            self._seen["lock: another's"] += 1
            return
        yield "read", 0.0
        rows = self._database.of_order(self._session, order_id)
        new: set[str] = set()
        for key in sorted(rows, key=lambda key: (_RANK.get(rows[key].kind, 0), key)):
            row = rows[key]
            if row.state not in _BEGUN or self._guards.waits_for(row, rows):
                continue
            document = rows.get(row.parent_key) if row.parent_key else None
            look_first = document is not None and row.parent_key not in new
            siblings = list(rows.values())
            rows[key], action = yield from self._post_operation(row, lock, document, siblings, look_first=look_first)
            if row.state is State.PLANNED and rows[key].state is State.DONE:
                new.add(key)
            self._seen[f"result: {action.result}"] += 1
            if action.result is Result.LOST:
                break  # what was read under the lock holds no more
            turned_away |= isinstance(action.error, KonturTransientError)
            pause = self._process.see(action)
            if self._process.stopped:
                return  # the process ends, and its locks with it
            if pause:
                yield "breathe", pause
        yield "unlock", 0.0
        self._database.release(self._locks, lock)
        if turned_away:
            self._process.queue.append(order_id)

    def _post_operation(
        self,
        row: OperationRow,
        lock: str,
        document: OperationRow | None,
        siblings: list[OperationRow],
        *,
        look_first: bool,
    ) -> Generator[Point, None, tuple[OperationRow, Action]]:
        assert row.plan is not None
        body = row.plan
        if row.kind == "saleinvoice" and row.payload is None:
            body, _, inn = row.plan.rpartition("|")
            resolved = yield from self._resolve(inn)
            if isinstance(resolved, Action):
                return row, resolved
            body = f"{body}|{resolved}"
        return (yield from self._post(row, lock, body, document, siblings, look_first=look_first))

    # --- counterparties

    def _resolve(self, inn: str) -> Generator[Point, None, str | Action]:
        yield "known", 0.0
        if known := self._database.counterparties.get(inn):
            return known
        key = f"counterparty:{inn}"
        waited = 0.0
        yield "lock", 0.0
        while not self._guards.take(self._database, self._locks, key):
            if waited >= _LOCK_WAIT_S:
                return Action(Step.FINISH, result=Result.WAITING)
            waited += _LOCK_POLL_S
            yield "lock", _LOCK_POLL_S
        yield "known", 0.0
        id_ = self._database.counterparties.get(inn) or (yield from self._find_or_create(inn, key))
        if isinstance(id_, str):
            yield "remember", 0.0
            self._database.counterparties[inn] = id_
        yield "unlock", 0.0
        self._database.release(self._locks, key)
        return id_

    def _find_or_create(self, inn: str, key: str) -> Generator[Point, None, str | Action]:
        yield "read", 0.0
        row = self._database.get(self._session, key)
        if row is None or not row.begun:
            yield "search", 0.1
            try:
                found = self._kontur.counterparties(inn, self._database.now, self._database.weather)
            except ReadError:
                return Action(Step.FINISH, result=Result.WAITING)
            ours = [entry.id for entry in found if self._guards.is_customer(inn, entry)]
            if len(ours) == 1:
                self._seen["counterparty: found"] += 1
                return ours[0]
            if ours:
                return Action(Step.FINISH, result=Result.DOUBLED)
            yield "plan", 0.0
            planned = OperationRow(
                key=key,
                order_id=None,
                connection="kontur",
                kind="counterparty",
                parent_key=None,
                state=State.PLANNED,
                plan=inn,
            )
            self._database.plan(self._session, [planned])
            row = self._database.get(self._session, key)
            assert row is not None
        row, action = yield from self._post(row, key, inn, None, [], look_first=False)
        if row.state is State.DONE and row.doc_id is not None:
            return row.doc_id
        return action

    # --- one operation

    def _post(
        self,
        row: OperationRow,
        lock: str,
        body: str,
        document: OperationRow | None,
        siblings: list[OperationRow],
        *,
        look_first: bool,
    ) -> Generator[Point, None, tuple[OperationRow, Action]]:
        yield "claim", 0.0
        event: core.Event = core.Claimed(self._database.clock())
        written_at = self._database.now
        granted = False
        while True:
            target, action = self._guards.step(row, event, look_first=look_first)
            if action.save:
                saved = yield from self._save(row, target, event)
                if saved is None:
                    return row, Action(Step.FINISH, result=Result.LOST)
                target, written_at = saved, self._database.now
            row = target
            match action.step:
                case Step.FINISH:
                    self._note(row, event, action)
                    yield from self._pay_for(row, action, granted=granted)
                    return row, action
                case Step.SEARCH:
                    sent = row if row.payload is not None else dataclasses.replace(row, payload=body)
                    event = yield from self._search(sent, action, document, siblings)
                case Step.ASK_BUDGET:
                    yield "budget", 0.0
                    granted = self._guards.grant(self._database, self._session, self._process.run, row.key)
                    event = core.BudgetAsked(granted)
                case Step.PREPARE:
                    event = core.IntentReady(self._guards.payload(row, body))
                case Step.CHECK:
                    yield "check", 0.0
                    held = self._database.holds(self._locks, lock)
                    yield "checked", 0.0
                    age_s = self._database.now - written_at
                    clear = self._guards.is_clear(self._database, self._session, row, held=held, age_s=age_s)
                    event = core.Checked(clear)
                case Step.SEND:
                    outcome = yield from self._send(row, document)
                    event = core.Answered(outcome, (yield from self._clock()))

    def _pay_for(self, row: OperationRow, action: Action, *, granted: bool) -> Generator[Point, None, None]:
        if granted and action.result in {Result.NOT_APPLIED, Result.LOST}:
            yield "budget", 0.0
            self._database.give_back(self._session, self._process.run, row.key)
            self._seen["budget: given back"] += 1

    def _save(
        self, before: OperationRow, target: OperationRow, event: core.Event
    ) -> Generator[Point, None, OperationRow | None]:
        if isinstance(event, core.Answered):
            return (yield from self._record(before, target, event.outcome))
        yield "save", 0.0
        begin = isinstance(event, core.IntentReady)
        return self._guards.save(self._database, self._session, target, begin=begin)

    def _note(self, row: OperationRow, event: core.Event, action: Action) -> None:
        """Which branches were taken: a proof that never took one would prove little."""
        if isinstance(event, core.Claimed) and row.state is State.UNKNOWN and action.save:
            self._seen["branch: dead sender found"] += 1
        elif isinstance(event, core.Searched):
            if row.state is State.DONE:
                never_sent = row.payload is None
                self._seen[f"branch: found {'before the first sending' if never_sent else 'and adopted'}"] += 1
            elif row.state is State.REVIEW:
                self._seen[f"branch: {row.code}"] += 1
            elif action.save:
                self._seen["branch: first look found none"] += 1
            elif not event.matches:
                self._seen["branch: none, but not fresh"] += 1
        elif isinstance(event, core.Answered) and row.uncertain and row.state is State.DONE:
            self._seen["branch: sent again"] += 1
        elif isinstance(event, core.Answered) and row.state is State.REVIEW:
            self._seen["branch: refused after unknown"] += 1

    def _send(self, row: OperationRow, document: OperationRow | None) -> Generator[Point, None, Outcome]:
        assert row.payload is not None
        yield "send", 0.0
        reply, seconds = self._kontur.post(
            row.kind,
            document.doc_id if document is not None else None,
            row.payload,
            row.marker,
            key=row.key,
            run=self._process.run,
            now=self._database.now,
            weather=self._database.weather,
        )
        yield "answer", seconds
        return self._guards.judge(reply)

    def _record(
        self, sent: OperationRow, target: OperationRow, outcome: Outcome
    ) -> Generator[Point, None, OperationRow | None]:
        """The outcome is not given up for a lost connection; a COMMIT whose answer was lost may have been done."""
        for attempt in range(_RECORD_TRIES):
            yield "record", self._rng.uniform(0, 0.2 * 2**attempt) if attempt else 0.0
            try:
                if attempt:
                    self._session = self._connect()
                now = self._database.get(self._session, sent.key)
                if now is not None and now.epoch == sent.epoch + 1 and now.state == target.state:
                    return now
                return self._guards.record(self._database, self._session, target, _WORDS[type(outcome)])
            except LostError:
                self._seen["record: tried again"] += 1
        raise LostError

    def _clock(self) -> Generator[Point, None, dt.datetime]:
        for attempt in range(_RECORD_TRIES):
            yield "clock", self._rng.uniform(0, 0.2 * 2**attempt) if attempt else 0.0
            try:
                if attempt:
                    self._session = self._connect()
                self._database.get(self._session, "")
            except LostError:
                continue
            return self._database.clock()
        raise LostError

    # --- search

    def _search(
        self, row: OperationRow, action: Action, document: OperationRow | None, siblings: list[OperationRow]
    ) -> Generator[Point, None, core.Event]:
        yield "search", 0.1
        try:
            if document is not None:
                assert document.doc_id is not None
                matches, fresh = self._search_money(row, document.doc_id, siblings), True
            else:
                matches, fresh = yield from self._search_marked(row, action)
        except ReadError:
            return self._guards.search_broke_off(self._database)
        return core.Searched(matches, fresh, self._database.clock())

    def _search_marked(
        self, row: OperationRow, action: Action
    ) -> Generator[Point, None, tuple[tuple[Match, ...], bool]]:
        """A document by its marker, or a counterparty by its INN; whether the search is fresh is asked first."""
        assert row.payload is not None
        canary = self._database.first_done(self._session, row.kind, self._guards.fresh_since(row, action))
        shown = {entry.id for entry in self._shown_like(canary)} if canary is not None else set()
        fresh = self._guards.is_fresh(canary, shown)
        yield "search", 0.1
        found = self._shown_like(row)
        if row.kind == "counterparty":
            matches = [Match(e.id, same=True) for e in found if self._guards.is_customer(row.payload, e)]
        else:
            ours = [e for e in found if self._guards.is_ours(row, e)]
            matches = [Match(e.id, same=e.body == row.payload, difference="content") for e in ours] or [
                Match(e.id, same=False, difference="no marker", marked=False)
                for e in found
                if e.marker is None and e.body == row.payload
            ]
        return tuple(matches), fresh

    def _shown_like(self, row: OperationRow) -> list[Entry]:
        """One GET that should show what ``row`` became."""
        assert row.payload is not None
        if row.kind == "counterparty":
            return self._kontur.counterparties(row.payload, self._database.now, self._database.weather)
        return self._kontur.documents(self._database.now, self._database.weather)

    def _search_money(self, row: OperationRow, document_id: str, siblings: list[OperationRow]) -> tuple[Match, ...]:
        """What the document has beyond the ledger's own, with the same content."""
        entries = self._kontur.money(document_id, row.kind, self._database.now, self._database.weather)
        settled = self._guards.settled(row, siblings)
        equal = sorted(e.id for e in entries if e.id not in settled and e.body == row.payload)
        twins = [
            other
            for other in siblings
            if other.kind == row.kind and other.payload == row.payload and other.state in {State.SENDING, State.UNKNOWN}
        ]
        doubled = row.state is not State.PLANNED and len(equal) > max(len(twins), 1)
        shown = equal if doubled else equal[:1]
        return tuple(Match(id_, same=True) for id_ in shown)
