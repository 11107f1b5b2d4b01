"""Posts a batch of orders: several at once, each by one worker, each order's operations in their order."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from kontur_hook.answers import valid_id
from kontur_hook.errors import KonturConfigurationError, KonturError, KonturProtocolError, KonturTransientError

from include.accounting.keys import money_of
from include.accounting.operations import Payment, SaleDocument
from include.accounting.payload import StoredError, body, from_json
from include.books.accounts import Account
from include.books.posted_before import PostedBefore
from include.facts import Count, said, several
from include.ledger.operation import STAYS_GONE, DocumentDay, Kind, OperationRow, State
from include.ledger.periods import closed_until
from include.ledger.statements import OfOrders, PeriodOf, SentAgain
from include.ports import Ports, tell
from include.posting.advance import TakenOver
from include.posting.breaker import Breaker
from include.posting.core import Action, Expected, Result, hangs_on_the_time
from include.posting.gathering import Part, gather, is_to_do, to_be_tried
from include.posting.looking_back import look_back
from include.posting.run import Held, Holding, Run, Signals, clock
from include.posting.sale import Sale
from include.posting.sender import post, reject
from include.posting.tally import Tally
from include.posting.witness import Witnesses
from include.settings import Settings
from include.words import text

_FEW = 2
"""Operations of an order: a document and its payment."""
_RANK = {Kind.PAYMENT: 1, Kind.REFUND: 2}
"""Documents first, then their payments, then their refunds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Loading:
    """What all that one task posts has in common, also where it posts two batches at the same time."""

    accounts: Mapping[str, Account]
    """Kontur connection id -> account."""
    settings: Settings
    """In force."""
    run_id: str
    """The DAG run that answers for it."""
    done_with: Callable[[int], None] = lambda _: None
    """Told of each order once its batch has done with it for now, and may have changed how it stands."""
    breakers: dict[str, Breaker] = dataclasses.field(default_factory=dict)
    """Kontur connection id -> the breaker of all that goes there."""
    lists: dict[str, PostedBefore] = dataclasses.field(default_factory=dict)
    """Kontur connection id -> what that account's lists show."""

    def breaker(self, connection: str) -> Breaker:
        """Of an account: what one batch learns of it stops the other one as well, or slows it down."""
        posting = self.settings.posting
        return self.breakers.setdefault(connection, Breaker(posting.breaker, posting.settle_s))

    def before(self, connection: str) -> PostedBefore:
        """Of an account: a day that one batch has asked for is not asked for again by the other one."""
        return self.lists.setdefault(connection, PostedBefore(self.accounts[connection], self.settings.shop.code))


async def post_batch(
    ports: Ports, loading: Loading, order_ids: Sequence[int], days: Iterable[DocumentDay] = ()
) -> Tally:
    """Post what the ledger has planned for these orders.

    Args:
        ports: the world.
        loading: what it has in common with what else the task posts.
        order_ids: the batch, at most 500.
        days: of its planned documents, as far as they are known.

    Raises:
        KonturError: something that concerns every request; nothing was marked for it.
        LedgerError: the ledger is away.
    """
    runs = {of: Run(ports, account, loading.settings, loading.run_id) for of, account in loading.accounts.items()}
    gathered = await gather(ports, runs, {of: loading.before(of) for of in runs}, order_ids, days)
    at_work = {order_id for part in gathered.parts for order_id in part.found}
    for order_id in order_ids:
        if order_id not in at_work:
            loading.done_with(order_id)
    tally = Tally()
    for part in gathered.parts:
        if not ports.ended():
            await _Batch(part, await part.before.keys(ports), tally, loading).post()
    if gathered.unmapped:
        waiting = (
            said("orders_of_account", orders=Count(len(ids), "order"), connection=connection)
            for connection, ids in gathered.unmapped.items()
        )
        raise KonturConfigurationError(text(said("account_unmapped", waiting=several(*waiting))))
    return tally


@dataclasses.dataclass(frozen=True, slots=True)
class _Shared:
    """What the workers of a batch have in common."""

    breaker: Breaker
    listed: Collection[str]
    """Keys of planned documents that Kontur shows already."""
    witnesses: Witnesses
    tally: Tally
    not_begun: collections.deque[int] = dataclasses.field(default_factory=collections.deque)
    """Orders; the witnesses' are not among them."""
    at_documents: set[int] = dataclasses.field(default_factory=set)
    """Orders under way whose documents are not all through; the witnesses' are not among them."""


class _Batch:
    """The batch's orders of one account, and the workers that take them from a queue."""

    def __init__(self, part: Part, listed: Collection[str], tally: Tally, loading: Loading) -> None:
        self._run = run = part.run
        self._found = part.found
        self._new_buyers = part.new_buyers
        self._done_with = loading.done_with
        breaker = loading.breaker(run.account.connection)
        witnesses = Witnesses(itertools.chain(*part.found.values()), listed, part.new_buyers, run.settle)
        self._shared = _Shared(breaker, listed, witnesses, tally)
        self._last: collections.deque[int] = collections.deque()
        self._sent_again: collections.deque[OperationRow] = collections.deque()

    async def post(self) -> None:
        """Until none is left, or the breaker is open.

        Raises:
            KonturError: what opened it, or what made no sense.
            LedgerError: the ledger is away.
        """
        new, last, looked_for = self._turns()
        await self._post(new, last)
        await self._look_back()
        await self._post(looked_for)
        if error := self._shared.breaker.error or self._shared.breaker.unreadable:
            raise error

    @property
    def _stops(self) -> bool:
        return self._shared.breaker.open or self._run.ports.ended()

    def _turns(self) -> tuple[list[int], list[int], list[int]]:
        """Orders: what is new; what shows, by then, that a search is fresh; what is looked for by such a search."""
        new: list[int] = []
        last: list[int] = []
        looked_for: list[int] = []
        for order_id, rows in self._found.items():
            if not any(is_to_do(row) for row in rows):
                continue
            if any(row.key in self._shared.witnesses.keys for row in rows):
                last.append(order_id)
            elif any(row.state is not State.PLANNED and not row.doc_id for row in rows):
                looked_for.append(order_id)
            else:
                new.append(order_id)
        return self._longest_first(new), last, looked_for

    def _longest_first(self, order_ids: Sequence[int]) -> list[int]:
        """New buyers take longest, and then orders of many operations; whoever would only wait for a buyer comes last.

        So the last orders do not keep a few workers busy while all others have nothing left to do.
        """
        sought: set[str] = set()
        turns: list[list[int]] = [[], [], [], []]
        with_a_new_buyer, of_many, of_few, who_would_wait = turns
        for order_id in order_ids:
            if new_buyers := self._new_buyers.get(order_id):
                turn = who_would_wait if new_buyers <= sought else with_a_new_buyer
                sought |= new_buyers
            else:
                turn = of_many if sum(map(is_to_do, self._found[order_id])) > _FEW else of_few
            turn.append(order_id)
        return [*itertools.chain(*turns)]

    async def _post(self, order_ids: Sequence[int], last: Sequence[int] = ()) -> None:
        count, account = len(order_ids) + len(last), self._run.account
        if count and not self._stops:
            self._shared.not_begun.extend(order_ids)
            self._last.extend(last)
            most = int(self._run.ports.under_way(account.connection) * account.concurrency)
            await self._run.ports.spawn(min(most, count), self._work)

    def _next(self) -> int | None:
        """An order of the queue; the last ones once the documents of all others are through.

        Whoever finds none ends: he who is at the last of those documents comes here after it.
        """
        if self._shared.not_begun:
            order_id = self._shared.not_begun.popleft()
            self._shared.at_documents.add(order_id)
            return order_id
        return self._last.popleft() if self._last and not self._shared.at_documents else None

    async def _look_back(self) -> None:
        """Before more is sent again: at what the run sent again in any batch, and at what is doubled in this one."""
        if self._stops:
            return
        doubled = [row for rows in self._found.values() for row in rows if row.is_looked_back_at]
        sent_again = await tell(self._run.ports, SentAgain(self._run.id))
        of_it = [row for row in sent_again if row.connection == self._run.account.connection]
        self._sent_again.extend({row.key: row for row in (*doubled, *of_it)}.values())
        if self._sent_again:
            await self._run.ports.spawn(min(self._run.account.concurrency, len(self._sent_again)), self._see_again)

    async def _see_again(self, ports: Ports) -> None:
        run, tally = dataclasses.replace(self._run, ports=ports), self._shared.tally
        while self._sent_again and not ports.ended():
            row = self._sent_again.popleft()
            seen = await look_back(run, row.key, row.order_id)
            if seen is None:
                tally.look_again(row.key, await clock(ports) + run.settle)
            else:
                tally.see_again(*seen)
            if row.order_id is not None and row.order_id in self._found:
                self._done_with(row.order_id)

    async def _work(self, ports: Ports) -> None:
        """One worker; what ends it lets none of the others begin another operation."""
        worker = _Worker(dataclasses.replace(self._run, ports=ports), self._shared)
        try:
            while not self._stops and (order_id := self._next()) is not None:
                if await worker.is_turned_away(order_id, self._found[order_id]):
                    self._shared.not_begun.append(order_id)  # again after the others, until the breaker says stop
                else:
                    self._done_with(order_id)
        except KonturError as error:
            self._shared.breaker.trip(error)
        except BaseException as error:
            self._shared.breaker.trip(KonturError(str(error)))
            raise


class _Worker(Signals):
    """Posts one order after the other."""

    def __init__(self, run: Run, shared: _Shared) -> None:
        self._run = dataclasses.replace(run, signals=self)
        self._breaker = shared.breaker
        self._listed = shared.listed
        self._witnesses = shared.witnesses
        self._tally = shared.tally
        self._not_begun = shared.not_begun
        self._at_documents = shared.at_documents
        self._turned_away = False
        self._pauses = 0
        """How many there had been when its last request left."""

    def ends(self) -> bool:
        return self._breaker.open or self._run.ports.ended()

    def all_begun(self) -> bool:
        return not self._not_begun

    def quiet_s(self) -> float:
        return self._breaker.quiet_s(self._run.ports.monotonic())

    def leaves(self) -> None:
        self._pauses = self._breaker.pauses

    async def is_turned_away(self, order_id: int, found: Sequence[OperationRow]) -> bool:
        """Post one order's operations under its lock; whether Kontur took one of them not now, and nothing of it.

        Args:
            order_id: the order.
            found: its operations, as they were when the batch began.
        """
        self._turned_away = False
        lock = f"order:{order_id}"
        async with Holding(self._run.ports, lock) as ours:
            if ours:
                await self._post_order(order_id, lock)
            else:
                self._tally.results[Result.WAITING] += 1
                await self._leave(lock, found)
        self._at_documents.discard(order_id)
        return self._turned_away and not self.ends()

    async def _leave(self, lock: str, found: Sequence[OperationRow]) -> None:
        """Another run posts the order; what it leaves undone is to be looked at later."""
        now = await clock(self._run.ports)
        for row in found:
            self._witnesses.note_busy(row, now)
        self._tally.look_again(lock, now + self._run.settle)

    async def _post_order(self, order_id: int, lock: str) -> None:
        connection = self._run.account.connection
        found, period = await self._run.ports.state(OfOrders([order_id]), PeriodOf(connection))
        closed = closed_until(self._run.settings, period)
        rows = {row.key: row for row in to_be_tried(found[order_id])}
        now = await clock(self._run.ports) if any(map(hangs_on_the_time, rows.values())) else None
        new: set[str] = set()
        for key in sorted(rows, key=lambda key: _place(rows[key])):
            row = rows[key]
            if row.parent_key is not None:
                self._at_documents.discard(order_id)
            if not is_to_do(row) or row.connection != connection or _waits(row, rows):
                continue
            if await self._is_kept_back(row):
                continue
            self._pauses = self._breaker.pauses
            document, siblings = rows.get(row.parent_key or ""), list(rows.values())
            held = Held(row, lock, now, closed, document, siblings, self._expected(row, new))
            rows[key], action = await self._post_operation(held)
            if row.state is State.PLANNED and rows[key].state is State.DONE and key not in self._listed:
                new.add(key)
            self._witnesses.note(rows[key])
            await self._see(rows[key], _named(action, key))
            if action.result is Result.LOST:  # what was read under the lock holds no more
                await self._leave(lock, list(rows.values()))
                return
            if self.ends():
                return

    def _expected(self, row: OperationRow, new: Collection[str]) -> Expected:
        """A document posted a moment ago has no payments yet. An older one may have some that the ledger does not know.

        Those were typed by hand, posted by another program, or forgotten by a database that failed over.
        """
        if row.key in self._listed:
            return Expected.LISTED
        return Expected.NO if row.parent_key is None or row.parent_key in new else Expected.PERHAPS

    async def _is_kept_back(self, row: OperationRow) -> bool:
        if row.key not in self._witnesses.keys or row.state is not State.PLANNED:
            return False
        return self._witnesses.keeps_back(row, await clock(self._run.ports))

    async def _see(self, row: OperationRow, action: Action) -> None:
        """Count a result, and wait for as long as it asks for."""
        ports = self._run.ports
        self._tally.add(row, action)
        why = next(iter(row.said), None)
        pause = self._breaker.see(action, why, since=self._pauses, now=ports.monotonic())
        self._turned_away |= isinstance(action.error, KonturTransientError)
        if pause and not self.ends():
            await ports.sleep(pause)

    async def _post_operation(self, held: Held) -> tuple[OperationRow, Action]:
        row, document = held.row, held.document
        if document is not None and valid_id(document.doc_id) is None:
            return await reject(self._run, row, "document_id", said("document_id", id=document.doc_id or ""))
        if document is not None and document.code == STAYS_GONE:
            return await reject(self._run, row, "document_stays_gone", said("document_stays_gone"))
        if (frozen := row.payload) is not None:  # what was planned is asked no more
            return await post(self._run, dataclasses.replace(held, expected=Expected.NO), lambda: frozen)
        try:
            operation = from_json(row.plan or "")
        except StoredError as error:
            unreadable = said("unsent_plan_unreadable", why=error.said or "")
            return await reject(self._run, row, "plan_unreadable", unreadable)
        if isinstance(operation, SaleDocument):
            return await Sale(self._run, held, operation).post()
        if isinstance(operation, Payment) and operation.closed_until is not None:
            return await TakenOver(self._run, held, operation).post()
        return await post(self._run, held, lambda: body(operation, counterparty_id=None))


def _place(row: OperationRow) -> tuple[int, bool, str]:
    """Documents, payments, refunds; among them what is new before what is looked for."""
    return _RANK.get(row.kind, 0), row.state is not State.PLANNED, row.key


def _waits(row: OperationRow, rows: Mapping[str, OperationRow]) -> bool:
    """Whether its document, or a refund's payment, has to come first; that says itself what is wrong."""
    before = [] if row.parent_key is None else [row.parent_key]
    if row.kind == Kind.REFUND:
        paid = money_of(row.key)
        before.append(paid.payment_key if paid else row.key)
    return any(key not in rows or rows[key].state is not State.DONE for key in before)


def _named(action: Action, key: str) -> Action:
    """An answer that makes no sense concerns what it was asked for."""
    error = action.error
    if not isinstance(error, KonturProtocolError):
        return action
    named = KonturProtocolError(f"{key}: {error.message}", status=error.status, trace_id=error.trace_id)
    return dataclasses.replace(action, error=named)
