"""Which counterparty of Kontur a buyer is: known, found, or created once; and anew, once Kontur has it no longer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Sequence

from kontur_hook.bodies import CounterpartyBody, decode
from kontur_hook.records import KnownCounterparty
from msgspec import structs

from include.accounting.operations import Counterparty
from include.accounting.payload import counterparty_body
from include.books.matching import Note, choose
from include.books.search import looked_up
from include.facts import Said, said
from include.ledger.counterparties import identity
from include.ledger.operation import DOUBLED, UNSETTLED, Kind, OperationRow, State
from include.ledger.statements import Creations, Forget, Get, Known, Now, Plan, Remember, Save
from include.ports import ask, tell
from include.posting.core import Action, Result, Step, hangs_on_the_time
from include.posting.order_state import is_overdue
from include.posting.run import Held, Holding, Run, clock
from include.posting.sender import post

_LOOK_FOR_IT = said("counterparty_unknown")
_OTHERS_WAIT_S = 30
"""How long the second order of a new company waits for the first one to create it."""
_GONE = "gone"
"""Code of a creation whose counterparty Kontur has no longer."""


class NamedBy(enum.Enum):
    """Who says which record it is, so that none is looked for."""

    SETTINGS = enum.auto()
    SHOPS_RULE = enum.auto()


@dataclasses.dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer's counterparty in Kontur."""

    id: str
    note: Note | None = None
    named_by: NamedBy | None = None
    """``None``: it was found, or created."""


@dataclasses.dataclass(frozen=True, slots=True)
class Unresolved:
    """The counterparty is not known yet; the order waits for what ``action`` says."""

    action: Action
    why: Said | None = None
    overdue: bool = False
    """Its outcome has been unknown for too long: a person must look."""


async def recall(run: Run, buyers: Iterable[Counterparty]) -> None:
    """Have those of these buyers in ``run.known`` that the ledger knows: asked at once, that is one statement.

    Raises:
        LedgerError: the ledger is away.
    """
    if wanted := sorted(new(run, buyers)):
        found = await run.ports.state(*(Known(run.account.connection, who) for who in wanted))
        run.known.update((who, id_) for who, id_ in zip(wanted, found, strict=True) if id_ is not None)


def new(run: Run, buyers: Iterable[Counterparty]) -> set[str]:
    """Identities of those that are neither known nor named: each is looked up, and created if need be."""
    unnamed = (identity(buyer) for buyer in buyers if _named(run, buyer) is None)
    return {who for who in unnamed if who not in run.known}


def _lock(connection: str, buyer: Counterparty) -> str:
    """One for all of a company: an order with another KPP of it may be about to create what this one would use."""
    return f"counterparty:{connection}:" + (f"{buyer.inn}/" if buyer.inn else identity(buyer))


def _named(run: Run, buyer: Counterparty) -> Buyer | None:
    """What is not looked for."""
    if buyer.id is not None:
        return Buyer(buyer.id, named_by=NamedBy.SHOPS_RULE)
    retail_id = run.settings.accounting.retail_counterparty_id
    if buyer.inn is None and retail_id is not None:
        return Buyer(retail_id, named_by=NamedBy.SETTINGS)
    return None


async def resolve(run: Run, wanted: Counterparty, *, refused: str | None = None) -> Buyer | Unresolved:
    """The buyer's id in Kontur; looked up, and created under the company's own lock where there is none.

    Args:
        run: the run.
        wanted: the buyer.
        refused: the id that a document was just refused for: it is forgotten, unless Kontur still lists it; then it is
            the answer again.

    Raises:
        AmbiguousError: several records fit.
        KonturError: the look-up failed.
        LedgerError: the ledger is away.
    """
    if (named := _named(run, wanted)) is not None:
        return named
    search = _Search(run, wanted, refused)
    if known := await search.known():
        return Buyer(known)
    async with Holding(run.ports, search.lock, _OTHERS_WAIT_S, is_needless=search.is_recalled) as ours:
        # Another order may have made it known while this one waited.
        if known := await search.known():
            return Buyer(known)
        if not ours:
            return Unresolved(await _later(run))
        buyer = await search.find_or_create()
        if isinstance(buyer, Buyer):
            await search.remember(buyer.id)
        return buyer


async def _later(run: Run) -> Action:
    return Action(Step.FINISH, result=Result.WAITING, again_at=await clock(run.ports) + run.settle)


class _Search:
    def __init__(self, run: Run, wanted: Counterparty, refused: str | None) -> None:
        self._run = run
        self._ports = run.ports
        self._connection = run.account.connection
        self._wanted = wanted
        self._refused = refused
        self.who = identity(wanted)
        self._key = f"counterparty:{self._connection}:{self.who}"
        self.lock = _lock(self._connection, wanted)

    def is_recalled(self) -> bool:
        """Whether a worker of this batch knows it by now."""
        return self._run.known.get(self.who) not in {None, self._refused}

    async def known(self) -> str | None:
        if not self.is_recalled():
            found = await tell(self._ports, Known(self._connection, self.who))
            if found is None or found == self._refused:
                return None
            self._run.known[self.who] = found
        return self._run.known[self.who]

    async def remember(self, id_: str) -> None:
        await tell(self._ports, Remember(self._connection, self.who, id_))
        self._run.known[self.who] = id_

    async def find_or_create(self) -> Buyer | Unresolved:
        if self._wanted.inn is None and not self._run.account.contract.search_counterparties_by_name:
            return Unresolved(
                Action(Step.FINISH, result=Result.REJECTED),
                said("retail_not_searched", name=self._wanted.name),
            )
        rows, now = await self._ports.state(Creations(self.lock), Now())
        for row in rows:
            # Of another KPP as well: it may turn out to be this buyer.
            if row.state in UNSETTLED and (waits := await self._settle(row, now)) is not None:
                return waits
        if any(row.state in UNSETTLED for row in rows):
            rows = await tell(self._ports, Creations(self.lock))
        own = [row for row in rows if row.key == self._key or row.key.startswith(self._key + "#")]
        last = own[-1] if own else None
        if last is not None and _stands(last) and last.doc_id != self._refused:
            return Buyer(last.doc_id or "")
        found = await ask(self._ports, looked_up(self._connection, self._wanted))
        if self._refused is not None:
            if any(record.id == self._refused for record in found):
                return Buyer(self._refused)
            await self._forget(rows, self._refused)
        if (choice := choose(self._wanted, [*found, *await self._not_shown_yet(rows, found)])) is not None:
            return Buyer(choice.id, choice.note)
        return await self._create(last, len(own))

    async def _settle(self, row: OperationRow, now: dt.datetime) -> Unresolved | None:
        """Find out what became of one that was sent; ``None`` once that is known."""
        row, action = await post(self._run, Held(row, self.lock, now, closed_until=None), lambda: row.payload or "")
        if row.state not in UNSETTLED:
            return None
        # Only a newer counterparty of ours shows that the search is fresh, and a shop without companies has none.
        if is_overdue(row, await clock(self._ports)):
            return Unresolved(action, _LOOK_FOR_IT, overdue=True)
        return Unresolved(action, _why(row))

    async def _forget(self, rows: Sequence[OperationRow], counterparty_id: str) -> None:
        for row in rows:
            if _stands(row) and row.doc_id == counterparty_id:
                await tell(self._ports, Save(structs.replace(row, code=_GONE)))
        await tell(self._ports, Forget(self._connection, counterparty_id))

    async def _not_shown_yet(
        self, rows: Sequence[OperationRow], found: Sequence[KnownCounterparty]
    ) -> list[KnownCounterparty]:
        """What was created of this company a moment ago, by an order with another KPP: a search may lag."""
        if not any(_stands(row) for row in rows):
            return []
        shown, since = {record.id for record in found}, await clock(self._ports) - self._run.settle
        young = [
            row
            for row in rows
            if _stands(row)
            and row.doc_id not in {*shown, self._refused}
            and row.done_at is not None
            and row.done_at > since
        ]
        bodies = [(row.doc_id or "", decode(row.plan or "", CounterpartyBody)) for row in young]
        return [KnownCounterparty(id=id_, inn=body.inn, kpp=body.kpp, name=body.name) for id_, body in bodies]

    async def _create(self, last: OperationRow | None, generations: int) -> Buyer | Unresolved:
        body = counterparty_body(self._wanted)
        if last is not None and last.state is State.REVIEW:
            return Unresolved(Action(Step.FINISH, result=Result.REVIEW), _why(last))
        if last is not None and last.state is State.REJECTED and last.plan == body:
            # The same is not sent again for each of the company's orders.
            return Unresolved(Action(Step.FINISH, result=Result.REJECTED), _why(last))
        # Created anew under a key of its own: by the old one, a server that remembers keys would give the old id.
        key = self._key if last is None else last.key
        if last is not None and last.state is State.DONE:
            key = f"{self._key}#{generations + 1}"
        planned = OperationRow(
            key=key,
            order_id=None,
            connection=self._connection,
            kind=Kind.COUNTERPARTY,
            parent_key=None,
            state=State.PLANNED,
            plan=body,
        )
        _, row = await self._ports.state(Plan(planned), Get(key))
        assert row is not None
        now = await clock(self._ports) if hangs_on_the_time(row) else None
        row, action = await post(self._run, Held(row, self.lock, now, closed_until=None), lambda: body)
        if row.state is State.DONE and row.doc_id is not None:
            return Buyer(row.doc_id)
        return Unresolved(action, _why(row))


def _stands(row: OperationRow) -> bool:
    """Whether it was created, and Kontur was not found since to have lost it, or to have it twice."""
    return row.state is State.DONE and row.code not in {_GONE, DOUBLED} and row.doc_id is not None


def _why(row: OperationRow) -> Said | None:
    return row.said[0] if row.said else None
