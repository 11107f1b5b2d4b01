"""Guards taken away one by one: each of these must be caught, or the simulation could not see what it claims to see.

Each must be seen in Kontur's books or access log: what a mutant does to our own table proves only itself.

Some guards cover for one another, so that either alone costs nothing while the other stands (docs/reliability.md), and
are taken away together. Three are the wait before the first look, the second look, and freshness since the settle time:
``NoSettle`` takes their common time away, ``SettleFromIntentOneLook`` two of them. Two are the compare-and-set and the
look at the lock: ``NoCompareAndSet`` takes both.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from kontur_hook.errors import KonturTransientError
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected

from include.ledger.operation import OperationRow, State
from include.posting import core
from include.posting.core import Action, Step
from proof.simulation.database import Database, Session
from proof.simulation.guards import Guards
from proof.simulation.kontur import Entry, Reply


class NoSettle(Guards):
    """An unknown outcome is searched for, and sent again, at once."""

    settle = dt.timedelta(0)


class ShortSettle(Guards):
    """The settle time is shorter than a request can be late and hidden."""

    settle = dt.timedelta(seconds=5)


class SettleFromIntentOneLook(Guards):
    """The clock starts with the intent instead of the proof that the sender ended, and one look is enough."""

    def step(self, row: OperationRow, event: core.Event, *, look_first: bool) -> tuple[OperationRow, Action]:
        if isinstance(event, core.Claimed) and row.state is State.SENDING:
            row = dataclasses.replace(
                row, state=State.UNKNOWN, uncertain=True, unknown_since=row.updated_at, absent_since=None
            )
        after, action = super().step(row, event, look_first=look_first)
        if isinstance(event, core.Searched) and after.absent_since is not None and row.absent_since is None:
            return after, Action(Step.ASK_BUDGET)
        return after, action


class ResendWhatWasSending(Guards):
    """A row found in ``sending`` is sent again: an intent and a unique key in our own table, and no more."""

    def step(self, row: OperationRow, event: core.Event, *, look_first: bool) -> tuple[OperationRow, Action]:
        if isinstance(event, core.Claimed) and row.state in {State.SENDING, State.UNKNOWN}:
            row = dataclasses.replace(row, state=State.PLANNED)
        return super().step(row, event, look_first=look_first)


class SendingTakenAsDone(Guards):
    """Done is recorded before Kontur confirmed it: whoever finds ``sending`` believes it was posted."""

    def step(self, row: OperationRow, event: core.Event, *, look_first: bool) -> tuple[OperationRow, Action]:
        if isinstance(event, core.Claimed) and row.state is State.SENDING:
            done = dataclasses.replace(row, state=State.DONE, doc_id="presumed")
            return done, Action(Step.FINISH, save=True, result=core.Result.DONE)
        return super().step(row, event, look_first=look_first)


class NoLock(Guards):
    """Everybody may post everything at any time."""

    def take(self, database: Database, session: Session, lock: str) -> bool:
        super().take(database, session, lock)
        return True

    def is_clear(self, database: Database, session: Session, row: OperationRow, *, held: bool, age_s: float) -> bool:
        return super().is_clear(database, session, row, held=True, age_s=age_s)


class NoCheckBeforeSending(Guards):
    """The lock is not looked at again just before the POST."""

    def is_clear(self, database: Database, session: Session, row: OperationRow, *, held: bool, age_s: float) -> bool:
        return True


class NoCompareAndSet(Guards):
    """Rows are written whatever has become of them since, and the last look is at the row alone, not at the lock."""

    def save(self, database: Database, session: Session, row: OperationRow, *, begin: bool) -> OperationRow | None:
        return database.save(session, row, begin=begin, cas=False)

    def record(self, database: Database, session: Session, row: OperationRow, outcome: str) -> OperationRow | None:
        return database.save(session, row, outcome=outcome, cas=False)

    def is_clear(self, database: Database, session: Session, row: OperationRow, *, held: bool, age_s: float) -> bool:
        return super().is_clear(database, session, row, held=True, age_s=age_s)


class TwoOwners(Guards):
    """The ledger lets two operations claim one payment of a document."""

    def save(self, database: Database, session: Session, row: OperationRow, *, begin: bool) -> OperationRow | None:
        return database.save(session, row, begin=begin, one_owner=False)

    def record(self, database: Database, session: Session, row: OperationRow, outcome: str) -> OperationRow | None:
        return database.save(session, row, outcome=outcome, one_owner=False)


class NoJournal(Guards):
    """The intent is not written down as an attempt."""

    def save(self, database: Database, session: Session, row: OperationRow, *, begin: bool) -> OperationRow | None:
        return database.save(session, row)


class ResetTakenAsNotSent(Guards):
    """A connection that was reset is taken for one that never stood, as ``except ConnectionError: retry`` does."""

    def judge(self, reply: Reply) -> Outcome:
        return NotApplied(KonturTransientError("reset")) if reply.failure == "reset" else super().judge(reply)


class TimeoutTakenAsNotSent(Guards):
    """No answer in time is taken for «nothing happened»."""

    def judge(self, reply: Reply) -> Outcome:
        return NotApplied(KonturTransientError("timeout")) if reply.failure == "timeout" else super().judge(reply)


class ServerErrorTakenAsNotApplied(Guards):
    """5xx is taken for «nothing was written»."""

    def judge(self, reply: Reply) -> Outcome:
        return NotApplied(KonturTransientError("5xx")) if reply.status >= 500 else super().judge(reply)


class ConflictTakenAsRejected(Guards):
    """A 4xx that the contract does not list as «nothing written» is taken as such."""

    def judge(self, reply: Reply) -> Outcome:
        return Rejected("conflict", 409) if reply.status == 409 else super().judge(reply)


class RedirectsFollowed(Guards):
    """A POST that is redirected ends as a GET of another page, which answers 200."""

    def judge(self, reply: Reply) -> Outcome:
        return Created("page", 200) if reply.status == 302 else super().judge(reply)


class MissingIdTaken(Guards):
    """A 2xx without an id is success."""

    def judge(self, reply: Reply) -> Outcome:
        return Created("None", reply.status) if reply.status in {200, 201} and not reply.id else super().judge(reply)


class PayloadRecomputed(Guards):
    """What is sent again is built anew from the shop's present state."""

    def payload(self, row: OperationRow, built: str) -> str:
        if row.kind == "saleinvoice" and row.payload is not None:
            number, amount, rest = row.payload.split("|", 2)
            return f"{number}|{int(amount) + 100}|{rest}"
        return built


class SubstringMatch(Guards):
    """Whatever the search finds is ours: order 12 is found in order 123."""

    def is_ours(self, row: OperationRow, document: Entry) -> bool:
        assert row.marker is not None
        return row.marker.rpartition("-")[0] in (document.marker or "")


class SubstringCustomer(Guards):
    """Whatever the search by INN finds is the customer."""

    def is_customer(self, inn: str, entry: Entry) -> bool:
        return inn in entry.body


class SearchFaultTakenAsNone(Guards):
    """A search that broke off found nothing."""

    def search_broke_off(self, database: Database) -> core.Event:
        return core.Searched((), fresh=True, now=database.clock())


class NoFreshness(Guards):
    """An empty answer is believed whatever the search knows."""

    def is_fresh(self, canary: OperationRow | None, shown: set[str]) -> bool:
        return True


class FreshSinceUnknown(Guards):
    """The search has to show what was posted after the operation became unknown, not after its settle time."""

    def fresh_since(self, row: OperationRow, action: Action) -> dt.datetime:
        assert row.unknown_since is not None
        return row.unknown_since


class SiblingsIgnored(Guards):
    """A payment found on the document is taken, though another operation of the order already owns it."""

    def settled(self, row: OperationRow, siblings: list[OperationRow]) -> set[str | None]:
        return set()


class RefundDoesNotWait(Guards):
    """A refund waits for its document only, not for its payment."""

    def waits_for(self, row: OperationRow, rows: dict[str, OperationRow]) -> bool:
        return row.parent_key is not None and rows[row.parent_key].state is not State.DONE


class NoBudget(Guards):
    """A run sends again whatever it likes."""

    def grant(self, database: Database, session: Session, run: str, key: str) -> bool:
        database.granted_of[key] += 1
        return True


MUTANTS: dict[str, type[Guards]] = {
    mutant.__name__: mutant
    for mutant in (
        NoSettle,
        ShortSettle,
        SettleFromIntentOneLook,
        ResendWhatWasSending,
        SendingTakenAsDone,
        NoLock,
        NoCheckBeforeSending,
        NoCompareAndSet,
        NoJournal,
        ResetTakenAsNotSent,
        TimeoutTakenAsNotSent,
        ServerErrorTakenAsNotApplied,
        ConflictTakenAsRejected,
        RedirectsFollowed,
        MissingIdTaken,
        PayloadRecomputed,
        SubstringMatch,
        SubstringCustomer,
        SearchFaultTakenAsNone,
        NoFreshness,
        FreshSinceUnknown,
        SiblingsIgnored,
        RefundDoesNotWait,
        NoBudget,
    )
}
