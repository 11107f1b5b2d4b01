"""Carries single operations through the protocol, on the real ledger and the real API.

A sender is used by one thread at a time: it has a session for state and, apart from it, the connection that holds its
locks.
Everything it does to an operation is an action of :mod:`include.posting.core`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

import tenacity
from kontur_hook.contract import Contract, DocumentKind
from kontur_hook.errors import KonturError
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected, Unknown

from include.books.accounts import Account
from include.books.search import Search
from include.ledger.budget import Budget, Rate
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerTransientError
from include.ledger.journal import Journal
from include.ledger.locks import Locks
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.posting import core
from include.posting.core import Action, Result, Step, Terms
from include.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

_INTENT_IS_YOUNG_S = 2.0
_RECORD_TRIES = 8
_KEY_NAMESPACE = uuid.UUID("6f1c3a52-7a55-5c0e-9a55-0b1a5f4c9d11")


def idempotency_key(row: OperationRow) -> str:
    """The same for every attempt of an operation: UUIDv5 of account and key."""
    return str(uuid.uuid5(_KEY_NAMESPACE, f"{row.connection}/{row.key}"))


class Sender:
    """Posts one operation after the other; used as a context manager."""

    def __init__(self, database: LedgerDatabase, settings: Settings, run_id: str) -> None:
        self._database = database
        self._settings = settings
        self._run_id = run_id
        self.locks = Locks(database)
        self._written_at = 0.0
        """When the last intent was written, just before its COMMIT; by the monotonic clock."""

    def __enter__(self) -> Self:
        self._open()
        try:
            self.locks.__enter__()
        except BaseException:
            self._session.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.locks.__exit__(kind, error, trace)
        self._session.close()

    def _open(self) -> None:
        self._session = Session(self._database.connect(), self._database.connection_id)
        self.operations = Operations(self._session)
        self._journal = Journal(self._session)

    @property
    def session(self) -> Session:
        """The session for state; a new one after a lost connection."""
        return self._session

    def post(
        self,
        row: OperationRow,
        account: Account,
        *,
        lock: str,
        body: Callable[[], str],
        document: OperationRow | None = None,
        look_first: bool = False,
        shown: bool = False,
        siblings: Sequence[OperationRow] = (),
    ) -> tuple[OperationRow, Action]:
        """Carry ``row`` as far as it goes now; the caller holds ``lock``.

        ``body`` builds the request's body; it is asked only while no earlier attempt froze one. ``document`` and
        ``siblings`` are the operation's document and all operations of its order. ``look_first``: Kontur may hold it
        though the ledger never sent it. ``shown``: Kontur's list showed it, though the ledger never sent it.

        Raises:
            LedgerError: the ledger is away; what was sent stays in ``sending`` and is found again by a later run.
        """
        row = dataclasses.replace(row, run_id=self._run_id) if row.state != State.DONE else row
        can_search = self._can_search(row, account.contract)
        day = (document or row).document_date
        terms = Terms(
            self.settle, can_search, look_first and can_search, shown and can_search, self._is_closed(row), day
        )
        granted = False
        event: core.Event = core.Claimed(self.operations.now())
        while True:
            target, action = core.step(row, event, terms)
            if action.save:
                saved = self._save(row, target, event)
                if saved is None:
                    return row, Action(Step.FINISH, result=Result.LOST)
                target = saved
            row = target
            match action.step:
                case Step.FINISH:
                    return row, self._paid_for(action, granted)
                case Step.SEARCH:
                    sent = row if row.payload is not None else dataclasses.replace(row, payload=body())
                    event = self._search(sent, action, account, document, siblings)
                case Step.ASK_BUDGET:
                    granted = self._budget.take()
                    event = core.BudgetAsked(granted)
                case Step.PREPARE:
                    self._keep_pace(account)
                    event = core.IntentReady(row.payload if row.payload is not None else body())
                case Step.CHECK:
                    event = core.Checked(self._is_clear(row, lock))
                case Step.SEND:
                    outcome = self._believed(row, _send(row, account.hook, document))
                    event = core.Answered(outcome, self._persistently(self._now))

    def _paid_for(self, action: Action, granted: bool) -> Action:
        """A request that was granted and then not sent, or not applied for sure, costs nothing of the run's budget."""
        if granted and action.result in {Result.NOT_APPLIED, Result.LOST}:
            self._budget.give_back()
        return action

    def _believed(self, row: OperationRow, outcome: Outcome) -> Outcome:
        """A document's id that another operation has is not this one's: payments would go to the wrong document.

        Ids of payments may be numbered within their document, so they prove nothing.
        """
        if not isinstance(outcome, Created) or row.marker is None:
            return outcome
        if not self._persistently(lambda: self.operations.has_other_document(row, outcome.id)):
            return outcome
        return Unknown(f"Kontur gave the id of another document, {outcome.id}.", outcome.status, outcome.trace_id)

    def _is_closed(self, row: OperationRow) -> bool:
        closed_until = self._settings.accounting.closed_until
        return closed_until is not None and row.document_date is not None and row.document_date <= closed_until

    @property
    def _budget(self) -> Budget:
        return Budget(self._session, self._run_id, self._settings.posting.repost_budget)

    @property
    def settle(self) -> dt.timedelta:
        """Longer than a request can take effect late, plus the search's lag."""
        return dt.timedelta(seconds=self._settings.posting.settle_s)

    def _save(self, before: OperationRow, target: OperationRow, event: core.Event) -> OperationRow | None:
        """Write the row with its line in the journal, in one transaction; ``None``: somebody else owns it now."""
        if isinstance(event, core.Answered):
            return self._record(before, target, event.outcome)
        saved: OperationRow | None = None

        def write() -> None:
            nonlocal saved
            saved = self.operations.save(target)
            if saved is not None and isinstance(event, core.IntentReady):
                self._journal.begin(saved, self._run_id)
            self._written_at = time.monotonic()

        self._session.in_transaction(write)
        return saved

    def _record(self, sent: OperationRow, target: OperationRow, outcome: Outcome) -> OperationRow | None:
        saved: OperationRow | None = None

        def write() -> None:
            nonlocal saved
            saved = self.operations.save(target)
            self._journal.complete(sent, *_in_journal(outcome))

        def record() -> OperationRow | None:
            # A COMMIT whose answer was lost may have been done.
            now = self.operations.get(sent.key)
            if now is not None and now.epoch == sent.epoch + 1 and now.state == target.state:
                return now
            self._session.in_transaction(write)
            return saved

        return self._persistently(record)

    def _persistently(self, work: Callable[[], T]) -> T:
        """After a POST the outcome is not given up for a lost connection: a new one is opened, a few times."""
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LedgerTransientError),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=10),
            stop=tenacity.stop_after_attempt(_RECORD_TRIES),
            reraise=True,
        ):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    self._session.close()
                    self._open()
                return work()
        raise AssertionError

    def _now(self) -> dt.datetime:
        return self.operations.now()

    def _is_clear(self, row: OperationRow, lock: str) -> bool:
        """The last look before the POST: lock held, row unchanged, intent young.

        The intent's age counts from its write: a deadlock or a wait for a row before that holds the request up, and is
        no reason to leave it.
        """
        held = self.locks.holds(lock)
        now = self.operations.get(row.key)
        young = time.monotonic() - self._written_at < _INTENT_IS_YOUNG_S
        return held and now is not None and now.epoch == row.epoch and young

    def _can_search(self, row: OperationRow, contract: Contract) -> bool:
        match row.kind:
            case "payment" | "refund":
                return contract.read_documents
            case "counterparty":
                return contract.search_counterparties_by_name or row.key.rpartition(":")[2][0].isdigit()
            case _:
                return contract.search_documents

    def _search(
        self,
        row: OperationRow,
        action: Action,
        account: Account,
        document: OperationRow | None,
        siblings: Sequence[OperationRow],
    ) -> core.Event:
        search = Search(account.hook, self.operations, self._settings.shop.code)
        try:
            fresh = action.fresh_since is None or search.is_fresh(row, action.fresh_since)
            matches = search.matches(row, document, siblings)
        except KonturError as error:
            log.warning("%s: the search for it failed: %s", row.key, error)
            return core.SearchFailed(error)
        return core.Searched(matches, fresh, self.operations.now())

    def _keep_pace(self, account: Account) -> None:
        rate = account.hook.connection_settings.rate_per_s
        if rate:
            time.sleep(Rate(self._session, account.connection, rate).wait_s())


def _send(row: OperationRow, hook: KonturHook, document: OperationRow | None) -> Outcome:
    """The one POST of an attempt."""
    assert row.payload is not None
    key = idempotency_key(row)
    if row.kind == "counterparty":
        return hook.create_counterparty(row.payload, idempotency_key=key)
    if row.kind in {"payment", "refund"}:
        assert document is not None
        assert document.doc_id is not None
        create = hook.create_payment if row.kind == "payment" else hook.create_refund
        return create(DocumentKind(document.kind), document.doc_id, row.payload, idempotency_key=key)
    return hook.create_document(DocumentKind(row.kind), row.payload, idempotency_key=key)


def _in_journal(outcome: Outcome) -> tuple[str, int | None, str | None, str | None]:
    """Outcome, status, trace id and detail, as the journal keeps them."""
    match outcome:
        case Created(id_, status, trace_id):
            return "created", status, trace_id, id_
        case Rejected(reason, status, trace_id):
            return "rejected", status, trace_id, reason
        case NotApplied(error):
            return "not_applied", error.status, error.trace_id, error.message
        case Unknown(reason, status, trace_id):
            return "unknown", status, trace_id, reason
