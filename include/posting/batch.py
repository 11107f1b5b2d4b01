"""Posts a batch of orders: several at once, each by one sender, each order's operations in their order."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence, Set

from kontur_hook.errors import KonturError, KonturTransientError

from include.accounting.operations import SaleDocument
from include.accounting.payload import body, from_json
from include.ledger.connection import LedgerDatabase
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.posting.core import Action, Result, Step
from include.posting.counterparties import AmbiguousError, Unresolved, resolve
from include.posting.forgotten import forgotten
from include.posting.sender import Account, Sender
from include.settings import Settings

log = logging.getLogger(__name__)

_RANK = {"payment": 1, "refund": 2}
"""Documents first, then their payments, then their refunds."""
_LONGEST_PAUSE_S = 30.0


class BreakerError(KonturError):
    """Too many failures one after the other: nothing more is begun, nothing is marked."""


class DoubledError(KonturError):
    """Kontur holds an operation more than once: the run stops, a person must look."""


@dataclasses.dataclass(slots=True)
class Tally:
    """What became of a batch."""

    results: collections.Counter[Result] = dataclasses.field(default_factory=collections.Counter)
    again_at: dt.datetime | None = None
    """When the first of the waiting operations can be looked at again, UTC."""
    budget_used_up: bool = False
    busy: int = 0
    """Orders that another run is posting right now."""

    def add(self, action: Action) -> None:
        """Count one operation's result."""
        assert action.result is not None
        self.results[action.result] += 1
        self.budget_used_up |= action.result is Result.BUDGET
        if action.again_at is not None:
            self.again_at = min(self.again_at or action.again_at, action.again_at)


class _Breaker:
    """Shared by a batch's threads: all slow down when one is told to, and stop on what concerns every request."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._failures = 0
        self._quiet_until = 0.0
        self.pauses = 0
        """How often Kontur was too busy, or away."""
        self.error: KonturError | None = None

    @property
    def open(self) -> bool:
        return self.error is not None

    def see(self, action: Action, message: str | None, since: int) -> float:
        """Take note of a result; for how many seconds this thread should pause.

        ``since``: the count of pauses when the operation was begun.
        """
        with self._lock:
            turned_away = isinstance(action.error, KonturTransientError)
            match action.result:
                case Result.DONE:
                    self._failures = 0
                case Result.NOT_APPLIED if turned_away and since < self.pauses:
                    pass  # all that were on their way are turned away at once: that is one failure
                case Result.NOT_APPLIED | Result.UNKNOWN:
                    self._failures += 1
                case Result.DOUBLED:
                    self.error = DoubledError(
                        f"{message}. Remove the surplus one in Kontur, then run «make rebuild-ledger»:"
                        " what belongs to it is posted by the next run."
                    )
            if isinstance(action.error, KonturError) and not isinstance(action.error, KonturTransientError):
                self.error = action.error
            elif self._failures >= self._limit and self.error is None:
                reason = str(action.error) if action.error else (message or "no trustworthy answer")
                self.error = _tripped(self._failures, reason, action.error)
            now = time.monotonic()
            if isinstance(action.error, KonturTransientError):
                pause = min(action.error.retry_after_s or 2.0 ** min(self._failures, 5), _LONGEST_PAUSE_S)
                self._quiet_until = max(self._quiet_until, now + pause)
                self.pauses += 1
            return max(self._quiet_until - now, 0.0)

    def trip(self, error: KonturError) -> None:
        """Stop for an error that no POST's result carries."""
        with self._lock:
            self.error = self.error or error


def _tripped(failures: int, reason: str, error: KonturError | None) -> KonturError:
    message = f"Stopped after {failures} failures one after the other; nothing was marked. The last one: {reason}"
    if isinstance(error, KonturTransientError):
        return KonturTransientError(message, status=error.status, retry_after_s=error.retry_after_s)
    return KonturTransientError(message)


def post_batch(
    database: LedgerDatabase,
    accounts: Mapping[str, Account],
    settings: Settings,
    order_ids: Sequence[int],
    run_id: str,
) -> Tally:
    """Post what the ledger has planned for these orders.

    Args:
        database: the ledger.
        accounts: Kontur connection id -> account.
        settings: the settings in force.
        order_ids: the batch, at most 500.
        run_id: the DAG run that answers for it.

    Raises:
        KonturError: something that concerns every request; nothing was marked for it.
        LedgerError: the ledger is away.
    """
    with database.open() as session:
        found = Operations(session).of_orders(order_ids)
    by_account: dict[str, list[int]] = collections.defaultdict(list)
    for order_id, rows in found.items():
        if any(row.state in {State.PLANNED, State.SENDING, State.UNKNOWN} for row in rows):
            by_account[rows[0].connection].append(order_id)
    # Orders with an unknown outcome come last: what is posted before them shows whether the search is fresh.
    for ids in by_account.values():
        ids.sort(key=lambda order_id: any(row.state is not State.PLANNED and not row.doc_id for row in found[order_id]))
    tally = Tally()
    for connection, ids in by_account.items():
        if connection not in accounts:
            log.warning("%s orders wait: their account %s is not in shop.sites any more.", len(ids), connection)
            continue
        account = accounts[connection]
        in_kontur = forgotten(account, settings.shop.code, (row for id_ in ids for row in found[id_]))
        _post_account(database, account, settings, ids, in_kontur, run_id, tally)
    return tally


def _post_account(
    database: LedgerDatabase,
    account: Account,
    settings: Settings,
    order_ids: list[int],
    in_kontur: Set[str],
    run_id: str,
    tally: Tally,
) -> None:
    breaker = _Breaker(settings.posting.breaker)
    queue, lock = collections.deque(order_ids), threading.Lock()

    def work() -> None:
        with Sender(database, settings, run_id) as sender:
            while not breaker.open and (order_id := _next(queue)) is not None:
                turned_away, since = False, breaker.pauses
                for action, message in _post_order(sender, account, settings, order_id, in_kontur):
                    with lock:
                        tally.add(action)
                    pause = breaker.see(action, message, since)
                    if breaker.open:
                        return
                    turned_away |= isinstance(action.error, KonturTransientError)
                    time.sleep(pause)
                    since = breaker.pauses
                if turned_away:
                    queue.append(order_id)  # nothing was applied; again after the others, until the breaker says stop

    threads = min(account.hook.connection_settings.concurrency, len(order_ids))
    with concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="kontur") as pool:
        _wait_for([pool.submit(work) for _ in range(threads)], breaker)
    if breaker.error is not None:
        raise breaker.error


def _wait_for(threads: Sequence[concurrent.futures.Future[None]], breaker: _Breaker) -> None:
    """Until all ended; what ends one of them, or this wait, lets none begin another operation."""
    try:
        for thread in concurrent.futures.as_completed(threads):
            try:
                thread.result()
            except KonturError as error:
                breaker.trip(error)
    except BaseException as error:  # Airflow's execution timeout is none of Exception's
        breaker.trip(KonturError(str(error)))
        raise


def _next(queue: collections.deque[int]) -> int | None:
    try:
        return queue.popleft()
    except IndexError:
        return None


def _post_order(
    sender: Sender, account: Account, settings: Settings, order_id: int, in_kontur: Set[str]
) -> Iterator[tuple[Action, str | None]]:
    """Post one order's operations under its lock; yields each one's result."""
    lock = f"order:{order_id}"
    with sender.locks.holding(lock) as ours:
        if not ours:
            # Another run posts it; what it leaves undone is found by the next run that looks.
            yield Action(Step.FINISH, result=Result.WAITING), None
            return
        rows = {row.key: row for row in sender.operations.of_orders([order_id])[order_id]}
        new: set[str] = set()
        for key in sorted(rows, key=lambda key: (_RANK.get(rows[key].kind, 0), key)):
            row = rows[key]
            if row.state not in {State.PLANNED, State.SENDING, State.UNKNOWN}:
                continue
            document = rows.get(row.parent_key) if row.parent_key else None
            if row.parent_key and (document is None or document.state != State.DONE):
                continue  # waits for its document, which says itself what is wrong
            if row.kind == "refund" and not _payment_is_done(row, rows):
                continue
            # A document posted a moment ago has no payments yet. An older one may have some that the ledger does not
            # know: typed by hand, posted by another program, or forgotten by a database that failed over.
            look_first = key in in_kontur or (document is not None and document.key not in new)
            siblings = list(rows.values())
            rows[key], action = _post_operation(
                sender, account, settings, row, lock, document, siblings, look_first=look_first
            )
            if row.state is State.PLANNED and rows[key].state is State.DONE and not look_first:
                new.add(key)
            yield action, rows[key].message
            if action.result is Result.LOST:
                return  # what was read under the lock holds no more


def _payment_is_done(refund: OperationRow, rows: Mapping[str, OperationRow]) -> bool:
    payment = rows.get(refund.key.replace("refund:", "payment:", 1))
    return payment is not None and payment.state == State.DONE


def _post_operation(
    sender: Sender,
    account: Account,
    settings: Settings,
    row: OperationRow,
    lock: str,
    document: OperationRow | None,
    siblings: list[OperationRow],
    *,
    look_first: bool,
) -> tuple[OperationRow, Action]:
    assert row.plan is not None
    operation = from_json(row.plan)
    counterparty_id: str | None = None
    if isinstance(operation, SaleDocument) and row.payload is None:
        retail_id = settings.accounting.retail_counterparty_id
        try:
            resolved = resolve(sender, account, operation.counterparty, retail_id=retail_id)
        except AmbiguousError as error:
            return _reject(sender, row, "counterparty_ambiguous", str(error))
        except KonturTransientError as error:
            return row, Action(Step.FINISH, result=Result.NOT_APPLIED, error=error)
        if isinstance(resolved, Unresolved):
            if resolved.action.result in {Result.REJECTED, Result.REVIEW}:
                return _reject(sender, row, "counterparty_rejected", f"Its buyer: {resolved.message}")
            return row, resolved.action
        counterparty_id = resolved
    return sender.post(
        row,
        account,
        lock=lock,
        body=lambda: body(operation, counterparty_id=counterparty_id),
        document=document,
        siblings=siblings,
        look_first=look_first,
    )


def _reject(sender: Sender, row: OperationRow, code: str, message: str) -> tuple[OperationRow, Action]:
    rejected = dataclasses.replace(row, state=State.REJECTED, code=code, message=message)
    saved = sender.operations.save(rejected)
    result = Result.REJECTED if saved else Result.LOST
    return saved or row, Action(Step.FINISH, result=result)
