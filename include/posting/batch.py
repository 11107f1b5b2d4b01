"""Posts a batch of orders: several at once, each by one sender, each order's operations in their order."""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import dataclasses
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

import tenacity
from kontur_hook.answers import valid_id
from kontur_hook.errors import KonturConfigurationError, KonturError, KonturProtocolError, KonturTransientError

from include.accounting.operations import SaleDocument
from include.accounting.payload import StoredError, body, from_json
from include.books.accounts import Account
from include.books.posted_before import posted_before
from include.ledger.capacity import connection_limit, most_senders
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerCrowdedError
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.posting.breaker import Breaker
from include.posting.core import Action, Result, Step
from include.posting.sale import Sale, reject
from include.posting.sender import Sender
from include.settings import Settings

log = logging.getLogger(__name__)

_OPEN = frozenset({State.PLANNED, State.SENDING, State.UNKNOWN})
_CROWDED_S = 300.0
"""How long a batch waits for the connections of its first sender, while other batches have them all."""
_RANK = {"payment": 1, "refund": 2}
"""Documents first, then their payments, then their refunds."""
_NO_ID = (
    "its document's id, «{}», is none that Kontur gives; another program left it (KB_DOC_ID): enter this by hand there"
)


@dataclasses.dataclass(slots=True)
class Tally:
    """What became of a batch."""

    results: collections.Counter[Result] = dataclasses.field(default_factory=collections.Counter)
    again_at: dt.datetime | None = None
    """When the first of the waiting operations can be looked at again, UTC."""
    budget_used_up: bool = False

    def add(self, action: Action) -> None:
        """Count one operation's result."""
        assert action.result is not None
        self.results[action.result] += 1
        self.budget_used_up |= action.result is Result.BUDGET
        if action.again_at is not None:
            self.again_at = min(self.again_at or action.again_at, action.again_at)


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
        found = _of_orders(Operations(session), order_ids)
    by_account: dict[str, list[int]] = collections.defaultdict(list)
    for order_id, rows in found.items():
        for connection in sorted({row.connection for row in rows if _is_to_do(row)}):
            by_account[connection].append(order_id)
    # Orders with an unknown outcome come last: what is posted before them shows whether the search is fresh.
    for ids in by_account.values():
        ids.sort(key=lambda order_id: any(row.state is not State.PLANNED and not row.doc_id for row in found[order_id]))
    tally = Tally()
    for connection, ids in by_account.items():
        if connection not in accounts:
            continue
        account = accounts[connection]
        rows_of_it = (row for id_ in ids for row in found[id_] if row.connection == connection)
        in_kontur = posted_before(account, settings.shop.code, rows_of_it)
        _post_account(database, account, settings, ids, in_kontur, run_id, tally)
    if left := {connection: ids for connection, ids in by_account.items() if connection not in accounts}:
        raise KonturConfigurationError(
            "; ".join(f"{len(ids)} orders wait for the account of {connection}" for connection, ids in left.items())
            + ", which shop.sites names no more: name it there until they are posted. The others were posted."
        )
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
    breaker = Breaker(settings.posting.breaker, settings.posting.settle_s)
    queue, lock = collections.deque(order_ids), threading.Lock()

    def work(sender: Sender) -> None:
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

    wanted = min(account.hook.connection_settings.concurrency, len(order_ids))
    with contextlib.ExitStack() as stack:
        senders = _senders(stack, lambda: Sender(database, settings, run_id), wanted)
        with concurrent.futures.ThreadPoolExecutor(len(senders), thread_name_prefix="kontur") as pool:
            _wait_for([pool.submit(work, sender) for sender in senders], breaker)
    if error := breaker.error or breaker.unreadable:
        raise error


def _senders(stack: contextlib.ExitStack, sender: Callable[[], Sender], wanted: int) -> list[Sender]:
    """As many as wanted, or as find connections to the ledger; the first one waits for them.

    Raises:
        LedgerError: not even one can be had.
    """
    senders: list[Sender] = []
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(LedgerCrowdedError),
        wait=tenacity.wait_random(0.5, 2),
        stop=tenacity.stop_after_delay(_CROWDED_S),
        reraise=True,
    ):
        with attempt:
            senders.append(stack.enter_context(sender()))
    limit = connection_limit(senders[0].session)
    with contextlib.suppress(LedgerCrowdedError):
        while len(senders) < min(wanted, most_senders(limit) or wanted):
            senders.append(stack.enter_context(sender()))
    if len(senders) < wanted:
        log.warning("The ledger's user may have %s connections: %s orders at once, not %s", limit, len(senders), wanted)
    return senders


def _wait_for(threads: Sequence[concurrent.futures.Future[None]], breaker: Breaker) -> None:
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
        rows = {row.key: row for row in _of_orders(sender.operations, [order_id])[order_id]}
        new: set[str] = set()
        for key in sorted(rows, key=lambda key: (_RANK.get(rows[key].kind, 0), key)):
            row = rows[key]
            if not _is_to_do(row) or row.connection != account.connection:
                continue
            document = rows.get(row.parent_key) if row.parent_key else None
            if row.parent_key and (document is None or document.state != State.DONE):
                continue  # waits for its document, which says itself what is wrong
            if row.kind == "refund" and not _payment_is_done(row, rows):
                continue
            # A document posted a moment ago has no payments yet. An older one may have some that the ledger does not
            # know: typed by hand, posted by another program, or forgotten by a database that failed over.
            look_first, shown = document is not None and document.key not in new, key in in_kontur
            siblings = list(rows.values())
            rows[key], action = _post_operation(
                sender, account, settings, row, lock, document, siblings, look_first=look_first, shown=shown
            )
            action = _named(action, key)
            if row.state is State.PLANNED and rows[key].state is State.DONE and not shown:
                new.add(key)
            yield action, rows[key].message
            if action.result is Result.LOST:
                return  # what was read under the lock holds no more


def _of_orders(operations: Operations, order_ids: Sequence[int]) -> dict[int, list[OperationRow]]:
    """Their rows; what is refused for a cause in Kontur comes as planned, and stays refused until that is corrected."""
    return {
        order_id: [dataclasses.replace(row, state=State.PLANNED) if row.waits_for_kontur else row for row in rows]
        for order_id, rows in operations.of_orders(order_ids).items()
    }


def _is_to_do(row: OperationRow) -> bool:
    """To be sent, to be looked for, or to be looked at again because something else stood in its place."""
    return row.state in _OPEN or row.misplaced


def _named(action: Action, key: str) -> Action:
    """An answer that makes no sense concerns what it was asked for."""
    error = action.error
    if not isinstance(error, KonturProtocolError):
        return action
    named = KonturProtocolError(f"{key}: {error.message}", status=error.status, trace_id=error.trace_id)
    return dataclasses.replace(action, error=named)


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
    shown: bool,
) -> tuple[OperationRow, Action]:
    if document is not None and valid_id(document.doc_id) is None:
        return reject(sender, row, "document_id", _NO_ID.format(document.doc_id))
    if (frozen := row.payload) is not None:  # what was planned is asked no more
        return sender.post(row, account, lock=lock, body=lambda: frozen, document=document, siblings=siblings)
    try:
        operation = from_json(row.plan or "")
    except StoredError as error:
        return reject(sender, row, "plan_unreadable", f"its plan {error}; the next run plans it anew")
    if isinstance(operation, SaleDocument):
        sale = Sale(sender, account, settings.accounting.retail_counterparty_id, lock, operation)
        return sale.post(row, siblings, shown=shown)
    return sender.post(
        row,
        account,
        lock=lock,
        body=lambda: body(operation, counterparty_id=None),
        document=document,
        siblings=siblings,
        look_first=look_first,
        shown=shown,
    )
