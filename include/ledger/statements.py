"""Everything that a driver reads and writes in the ledger, as values: one each, so that ports can take them in groups.

A write to an operation names the epoch that it starts from, or does not happen. The rules are the driver's.
"""

from __future__ import annotations

import abc
import collections
import dataclasses
import datetime as dt
import enum
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, Self, TypeVar

from include import ports
from include.ledger.actions import Action, Actions
from include.ledger.budget import Budget, Rate, Reposts
from include.ledger.closings import Closings, Told
from include.ledger.connection import Session
from include.ledger.errors import LedgerDuplicateError, LedgerError, RollbackError
from include.ledger.journal import Ending
from include.ledger.named_locks import Look
from include.ledger.operation import STAYS_GONE, Kind, OperationRow, Span, State
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from include.ledger.periods import Period, Periods
from include.ledger.posted_documents import PostedDocuments
from include.ledger.tables import Tables

T = TypeVar("T")


class Statement(ports.Statement[T], abc.ABC, Generic[T]):
    """A statement that can be done on a worker's tables."""

    __slots__ = ()

    @abc.abstractmethod
    def on(self, tables: Tables) -> T:
        """Do it.

        Raises:
            LedgerError: the ledger is away, or refuses.
        """

    @classmethod
    def on_all(cls, asked: Sequence[Self], tables: Tables) -> list[Any]:
        """Several of the same kind, for different senders, by as few statements as can be.

        Returns:
            The answer of each, or the :class:`LedgerError` that it ended in.
        """
        return [answer_of(one, tables) for one in asked]


def answer_of(statement: Statement[Any], tables: Tables) -> Any:
    """What it answers, or the :class:`LedgerError` that it ends in."""
    try:
        return statement.on(tables)
    except LedgerError as error:
        return error


class _Joint(Statement[T], abc.ABC, Generic[T]):
    """One that others of its kind are done with at once; alone it is a group of one."""

    __slots__ = ()

    def on(self, tables: Tables) -> T:
        (answer,) = self.together([self], tables)
        return answer

    @classmethod
    def on_all(cls, asked: Sequence[Self], tables: Tables) -> list[Any]:
        try:
            return cls.together(asked, tables)
        except LedgerError as error:
            return [error] * len(asked)

    @classmethod
    @abc.abstractmethod
    def together(cls, asked: Sequence[Self], tables: Tables) -> list[T]:
        """The answer of each.

        Raises:
            LedgerError: as :meth:`Statement.on`.
        """


# --- locks


@dataclasses.dataclass(frozen=True, slots=True)
class Take(_Joint[bool]):
    """Take a lock if it is free; whether it is ours now."""

    lock: str

    @classmethod
    def together(cls, asked: Sequence[Take], tables: Tables) -> list[bool]:
        return tables.locks.take_all([one.lock for one in asked])


@dataclasses.dataclass(frozen=True, slots=True)
class Release(_Joint[None]):
    """Give a lock back; one that was lost with its connection is no error."""

    lock: str

    @classmethod
    def together(cls, asked: Sequence[Release], tables: Tables) -> list[None]:
        tables.locks.release_all([one.lock for one in asked])
        return [None] * len(asked)


@dataclasses.dataclass(frozen=True, slots=True)
class LastLook(_Joint[Look]):
    """Whether the lock is still ours, and the operations' epochs; all by the connection that has the lock."""

    lock: str
    keys: tuple[str, ...]

    @classmethod
    def together(cls, asked: Sequence[LastLook], tables: Tables) -> list[Look]:
        return tables.locks.look([(one.lock, one.keys) for one in asked])


@dataclasses.dataclass(frozen=True, slots=True)
class CountPosted(_Joint[int]):
    """How many documents of some days the ledger has as posted: about so many rows a list of them has.

    It is asked while the other connection reads a batch's operations. Where this one is lost nothing is known, and
    whoever wants a lock finds that out.
    """

    connection: str
    span: Span

    @classmethod
    def together(cls, asked: Sequence[CountPosted], tables: Tables) -> list[int]:
        locks = tables.locks.connection
        if locks is None:
            return [0] * len(asked)
        try:
            return PostedDocuments(locks.session).counts([(one.connection, one.span) for one in asked])
        except LedgerError:
            return [0] * len(asked)


OF_LOCKS = frozenset({Take, Release, LastLook, CountPosted})
"""Types of what is done on the connection that has the locks."""


# --- operations


@dataclasses.dataclass(frozen=True, slots=True)
class Now(_Joint[dt.datetime]):
    """The database's clock, UTC."""

    @classmethod
    def together(cls, asked: Sequence[Now], tables: Tables) -> list[dt.datetime]:
        return [tables.operations.now()] * len(asked)


@dataclasses.dataclass(frozen=True, slots=True)
class OfOrders(_Joint[dict[int, list[OperationRow]]]):
    """All operations of these orders."""

    order_ids: Sequence[int]

    @classmethod
    def together(cls, asked: Sequence[OfOrders], tables: Tables) -> list[dict[int, list[OperationRow]]]:
        found = tables.operations.of_orders([id_ for one in asked for id_ in one.order_ids])
        return [{id_: found[id_] for id_ in one.order_ids} for one in asked]


@dataclasses.dataclass(frozen=True, slots=True)
class Get(_Joint["OperationRow | None"]):
    """The row of a key."""

    key: str

    @classmethod
    def together(cls, asked: Sequence[Get], tables: Tables) -> list[OperationRow | None]:
        found = tables.operations.get_all([one.key for one in asked])
        return [found.get(one.key) for one in asked]


@dataclasses.dataclass(frozen=True, slots=True)
class Creations(Statement[list[OperationRow]]):
    """The creations of counterparties whose keys begin with ``key``, first come first."""

    key: str

    def on(self, tables: Tables) -> list[OperationRow]:
        return tables.operations.creations(self.key)


@dataclasses.dataclass(frozen=True, slots=True)
class Plan(Statement[None]):
    """Put an operation down; one that was already begun stays as it is."""

    row: OperationRow

    def on(self, tables: Tables) -> None:
        tables.operations.plan([self.row])


@dataclasses.dataclass(frozen=True, slots=True)
class Save(Statement["OperationRow | None"]):
    """Write a row; as it is now, or ``None``: somebody else changed it."""

    row: OperationRow

    def on(self, tables: Tables) -> OperationRow | None:
        return _written(tables, self.row, lambda _: None)


class Begun(NamedTuple):
    """An intent that is committed."""

    row: OperationRow
    written_at: float
    """Just before its COMMIT, by the monotonic clock."""


class NotWritten(enum.Enum):
    """Why an intent was not written, or an outcome."""

    CHANGED = enum.auto()
    """Somebody else changed the row."""
    FULL = enum.auto()
    """The run has sent as many again as it may."""
    OF_ANOTHER = enum.auto()
    """The id that Kontur gave is the document of another operation."""


@dataclasses.dataclass(frozen=True, slots=True)
class Begin(Statement["Begun | NotWritten"]):
    """Write an intent and its line in the journal, in one transaction."""

    row: OperationRow
    run_id: str
    most_reposts: int | None = None
    """Of an unknown operation that is sent again: how many reposts the run may come to with it."""

    def on(self, tables: Tables) -> Begun | NotWritten:
        written_at = 0.0

        def note(saved: OperationRow | None) -> None:
            nonlocal written_at
            if saved is not None:
                if self.most_reposts is not None and not Budget(tables.session, self.run_id).take(self.most_reposts):
                    raise RollbackError
                tables.journal.begin(saved, self.run_id)
            written_at = time.monotonic()

        try:
            row = _written(tables, self.row, note)
        except RollbackError:
            return NotWritten.FULL
        return NotWritten.CHANGED if row is None else Begun(row, written_at)


@dataclasses.dataclass(frozen=True, slots=True)
class Complete(Statement["OperationRow | NotWritten"]):
    """Write what became of a request, with its line in the journal, in one transaction; see :class:`Save`."""

    sent: OperationRow
    row: OperationRow
    ending: Ending

    @property
    def document(self) -> tuple[OperationRow, str] | None:
        """The document that it says is the operation's.

        Ids of payments may be numbered within their document, so they prove nothing.
        """
        id_ = self.row.doc_id
        return (self.row, id_) if id_ is not None and self.row.marker is not None else None

    def on(self, tables: Tables) -> OperationRow | NotWritten:
        def note(saved: OperationRow | None) -> None:
            if saved is not None and self.document and any(tables.operations.have_other_documents([self.document])):
                raise RollbackError
            tables.journal.complete(self.sent, self.ending)

        try:
            return _written(tables, self.row, note) or NotWritten.CHANGED
        except RollbackError:
            return NotWritten.OF_ANOTHER


def _written(tables: Tables, row: OperationRow, note: Callable[[OperationRow | None], None]) -> OperationRow | None:
    saved: OperationRow | None = None

    def write() -> None:
        nonlocal saved
        saved = tables.operations.save(row)
        note(saved)

    tables.session.in_transaction(write)
    return saved


@dataclasses.dataclass(frozen=True, slots=True)
class DoneSince(Statement[list[OperationRow]]):
    """The first three of a kind that were begun and confirmed after ``since`` (UTC)."""

    connection: str
    kind: Kind
    since: dt.datetime

    def on(self, tables: Tables) -> list[OperationRow]:
        return tables.operations.done_since(self.connection, self.kind, self.since)


@dataclasses.dataclass(frozen=True, slots=True)
class HasOtherDocument(_Joint[bool]):
    """Whether an id of Kontur's is the document of another operation."""

    row: OperationRow
    doc_id: str

    @classmethod
    def together(cls, asked: Sequence[HasOtherDocument], tables: Tables) -> list[bool]:
        return tables.operations.have_other_documents([(one.row, one.doc_id) for one in asked])


# --- what people decide


class Change(NamedTuple):
    """What is decided of a row, and the line that says who decided it."""

    before: OperationRow
    after: OperationRow
    """At the epoch of ``before``."""
    action: Action


@dataclasses.dataclass(frozen=True, slots=True)
class Decide(Statement[bool]):
    """Write decisions and their lines of the action table, all in one transaction; whether it happened.

    ``False``: somebody else changed one of the rows, or has its document. The order table forgets a document that
    counts as posted no longer: else it would be taken for another program's.
    """

    changes: Sequence[Change]
    money: Sequence[OperationRow] | None = None
    """All that belongs to the operation of the first change, as it was read: neither less nor more may be there."""

    def on(self, tables: Tables) -> bool:
        return decide(tables.session, self.changes, self.money)


def decide(session: Session, changes: Sequence[Change], money: Sequence[OperationRow] | None = None) -> bool:
    """See :class:`Decide`."""
    operations, actions, orders = Operations(session), Actions(session), Orders(session)

    def write() -> None:
        if money is not None and operations.epochs_below(changes[0].before.key) != _epochs(money):
            raise RollbackError
        for before, after, action in changes:
            if not operations.decide(after):
                raise RollbackError
            actions.append(action)
            left = after.doc_id != before.doc_id or after.code == STAYS_GONE
            if before.state is State.DONE and before.parent_key is None and left:
                orders.forget_document(before.order_id, before.doc_id)

    try:
        session.in_transaction(write)
    except (RollbackError, LedgerDuplicateError):
        return False
    return True


def _epochs(rows: Sequence[OperationRow]) -> dict[str, int]:
    return {row.key: row.epoch for row in rows}


@dataclasses.dataclass(frozen=True, slots=True)
class LastAction(Statement["Action | None"]):
    """The last line of the action table about an operation."""

    key: str

    def on(self, tables: Tables) -> Action | None:
        return Actions(tables.session).last(self.key)


@dataclasses.dataclass(frozen=True, slots=True)
class ToldOf(Statement["Told | None"]):
    """What the last plan said of an order, and what people closed of it; ``None``: it was never planned."""

    order_id: int

    def on(self, tables: Tables) -> Told | None:
        return Closings(tables.session).told(self.order_id)


@dataclasses.dataclass(frozen=True, slots=True)
class CloseFinding(Statement[bool]):
    """Write down that a finding is closed, or reopened; ``False``: something else is told of the order by now."""

    order_id: int
    seen: Told
    action: Action

    def on(self, tables: Tables) -> bool:
        return Closings(tables.session).write(self.order_id, self.seen, self.action)


@dataclasses.dataclass(frozen=True, slots=True)
class PeriodOf(_Joint[Period]):
    """Up to which day people have closed an account's books."""

    connection: str

    @classmethod
    def together(cls, asked: Sequence[PeriodOf], tables: Tables) -> list[Period]:
        periods = Periods(tables.session)
        found = {name: periods.of(name) for name in {one.connection for one in asked}}
        return [found[one.connection] for one in asked]


@dataclasses.dataclass(frozen=True, slots=True)
class SayOfPeriod(Statement[bool]):
    """Close or reopen an account's period; ``False``: somebody else was quicker."""

    action: Action
    open_from: dt.date | None
    """The first day that is open again by it."""

    def on(self, tables: Tables) -> bool:
        return Periods(tables.session).write(self.action, self.open_from)


# --- counterparties


@dataclasses.dataclass(frozen=True, slots=True)
class Known(_Joint["str | None"]):
    """The id in Kontur of a counterparty seen before."""

    connection: str
    identity: str

    @classmethod
    def together(cls, asked: Sequence[Known], tables: Tables) -> list[str | None]:
        identities = collections.defaultdict(set)
        for one in asked:
            identities[one.connection].add(one.identity)
        known = {name: tables.counterparties.known(name, wanted) for name, wanted in identities.items()}
        return [known[one.connection].get(one.identity) for one in asked]


@dataclasses.dataclass(frozen=True, slots=True)
class Remember(Statement[None]):
    """It is known from now on."""

    connection: str
    identity: str
    counterparty_id: str

    def on(self, tables: Tables) -> None:
        tables.counterparties.remember(self.connection, self.identity, self.counterparty_id)


@dataclasses.dataclass(frozen=True, slots=True)
class Forget(Statement[None]):
    """Kontur has it no longer."""

    connection: str
    counterparty_id: str

    def on(self, tables: Tables) -> None:
        tables.counterparties.forget(self.connection, self.counterparty_id)


# --- limits that all workers share


@dataclasses.dataclass(frozen=True, slots=True)
class RepostsOf(Statement[Reposts]):
    """What became of the unknown operations that a run sent again."""

    run_id: str
    connection: str

    def on(self, tables: Tables) -> Reposts:
        return Budget(tables.session, self.run_id).reposts(self.connection)


@dataclasses.dataclass(frozen=True, slots=True)
class SentAgain(Statement[list[OperationRow]]):
    """What a run sent again and has yet to see in Kontur exactly once."""

    run_id: str

    def on(self, tables: Tables) -> list[OperationRow]:
        return tables.operations.sent_again(self.run_id)


@dataclasses.dataclass(frozen=True, slots=True)
class GiveBack(Statement[None]):
    """What a run sent again was not sent, or is proved not to have been applied."""

    run_id: str

    def on(self, tables: Tables) -> None:
        Budget(tables.session, self.run_id).give_back()


@dataclasses.dataclass(frozen=True, slots=True)
class NextSlot(Statement[float]):
    """Take an account's next slot; how many seconds until it comes."""

    connection: str
    rate_per_s: float

    def on(self, tables: Tables) -> float:
        return Rate(tables.session, self.connection, self.rate_per_s).wait_s()


@dataclasses.dataclass(frozen=True, slots=True)
class Reopen(_Joint[None]):
    """Another connection for state, after one was lost."""

    @classmethod
    def together(cls, asked: Sequence[Reopen], tables: Tables) -> list[None]:
        tables.reopen()
        return [None] * len(asked)
