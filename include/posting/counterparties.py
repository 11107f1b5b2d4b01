"""Which counterparty of Kontur a buyer is: known, found, or created once; and anew, once Kontur has it no longer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence

from kontur_hook.bodies import CounterpartyBody, decode
from kontur_hook.records import KnownCounterparty

from include.accounting.operations import Counterparty
from include.accounting.payload import counterparty_body
from include.books.accounts import Account
from include.books.matching import Note, choose
from include.ledger.counterparties import Counterparties, identity
from include.ledger.operation import OperationRow, State
from include.posting.core import Action, Result, Step
from include.posting.order_state import UNKNOWN_DEADLINE
from include.posting.sender import Sender

_LOOK_FOR_IT = (
    "its buyer was sent to Kontur, which has not shown since whether it has it: look there, and enter the buyer by hand"
    " if it is missing; the next run goes on with it"
)
_OTHERS_WAIT_S = 30
"""How long the second order of a new company waits for the first one to create it."""
_GONE = "gone"
"""Code of a creation whose counterparty Kontur has no longer."""
_OPEN = frozenset({State.SENDING, State.UNKNOWN})


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
    message: str | None = None
    overdue: bool = False
    """Its outcome has been unknown for too long: a person must look."""


def resolve(
    sender: Sender, account: Account, wanted: Counterparty, *, retail_id: str | None, refused: str | None = None
) -> Buyer | Unresolved:
    """The buyer's id in Kontur; looked up, and created under the company's own lock where there is none.

    Args:
        sender: of this thread.
        account: where the document goes.
        wanted: the buyer.
        retail_id: what the settings say of retail buyers.
        refused: the id that a document was just refused for: it is forgotten, unless Kontur still lists it; then it is
            the answer again.

    Raises:
        AmbiguousError: several records fit.
        KonturError: the look-up failed.
        LedgerError: the ledger is away.
    """
    if wanted.id is not None:
        return Buyer(wanted.id, named_by=NamedBy.SHOPS_RULE)
    if wanted.inn is None and retail_id is not None:
        return Buyer(retail_id, named_by=NamedBy.SETTINGS)
    search = _Search(sender, account, wanted, refused)
    if known := search.known():
        return Buyer(known)
    with sender.locks.holding(search.lock, wait_s=_OTHERS_WAIT_S) as ours:
        if not ours:
            return Unresolved(Action(Step.FINISH, result=Result.WAITING))
        # Another order may have made it known while this one waited.
        if known := search.known():
            return Buyer(known)
        buyer = search.find_or_create()
        if isinstance(buyer, Buyer):
            # The session may be another one by now.
            Counterparties(sender.session).remember(account.connection, search.who, buyer.id)
        return buyer


class _Search:
    def __init__(self, sender: Sender, account: Account, wanted: Counterparty, refused: str | None) -> None:
        self._sender = sender
        self._account = account
        self._wanted = wanted
        self._refused = refused
        self.who = identity(wanted)
        self._key = f"counterparty:{account.connection}:{self.who}"
        company = wanted.inn and f"counterparty:{account.connection}:{wanted.inn}/"
        self.lock = company or self._key
        """One for all of a company: an order with another KPP of it may be about to create what this one would use."""

    def known(self) -> str | None:
        found = Counterparties(self._sender.session).known(self._account.connection, [self.who]).get(self.who)
        return None if found == self._refused else found

    def find_or_create(self) -> Buyer | Unresolved:
        if self._wanted.inn is None and not self._account.contract.search_counterparties_by_name:
            return Unresolved(
                Action(Step.FINISH, result=Result.REJECTED),
                f"set accounting.retail_counterparty_id: Kontur is not searched for «{self._wanted.name}» by name",
            )
        for row in self._sender.operations.creations(self.lock):
            # Of another KPP as well: it may turn out to be this buyer.
            if row.state in _OPEN and (waits := self._settle(row)) is not None:
                return waits
        rows = self._sender.operations.creations(self.lock)
        own = [row for row in rows if row.key == self._key or row.key.startswith(self._key + "#")]
        last = own[-1] if own else None
        if last is not None and _stands(last) and last.doc_id != self._refused:
            return Buyer(last.doc_id or "")
        found = self._look_up()
        if self._refused is not None:
            if any(record.id == self._refused for record in found):
                return Buyer(self._refused)
            self._forget(rows, self._refused)
        if (choice := choose(self._wanted, [*found, *self._not_shown_yet(rows, found)])) is not None:
            return Buyer(choice.id, choice.note)
        return self._create(last, len(own))

    def _settle(self, row: OperationRow) -> Unresolved | None:
        """Find out what became of one that was sent; ``None`` once that is known."""
        row, action = self._sender.post(row, self._account, lock=self.lock, body=lambda: row.payload or "")
        if row.state not in _OPEN:
            return None
        if _is_overdue(row, self._sender.operations.now()):
            return Unresolved(action, _LOOK_FOR_IT, overdue=True)
        return Unresolved(action, row.message)

    def _look_up(self) -> list[KnownCounterparty]:
        hook = self._account.hook
        if self._wanted.inn is not None:
            return hook.find_counterparties(inn=self._wanted.inn)
        return hook.find_counterparties(name=self._wanted.name)

    def _forget(self, rows: Sequence[OperationRow], counterparty_id: str) -> None:
        for row in rows:
            if _stands(row) and row.doc_id == counterparty_id:
                self._sender.operations.save(dataclasses.replace(row, code=_GONE))
        Counterparties(self._sender.session).forget(self._account.connection, counterparty_id)

    def _not_shown_yet(
        self, rows: Sequence[OperationRow], found: Sequence[KnownCounterparty]
    ) -> list[KnownCounterparty]:
        """What was created of this company a moment ago, by an order with another KPP: a search may lag."""
        shown, since = {record.id for record in found}, self._sender.operations.now() - self._sender.settle
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

    def _create(self, last: OperationRow | None, generations: int) -> Buyer | Unresolved:
        body = counterparty_body(self._wanted)
        if last is not None and last.state is State.REVIEW:
            return Unresolved(Action(Step.FINISH, result=Result.REVIEW), last.message)
        if last is not None and last.state is State.REJECTED and last.plan == body:
            # The same is not sent again for each of the company's orders.
            return Unresolved(Action(Step.FINISH, result=Result.REJECTED), last.message)
        # Created anew under a key of its own: by the old one, a server that remembers keys would give the old id.
        key = self._key if last is None else last.key
        if last is not None and last.state is State.DONE:
            key = f"{self._key}#{generations + 1}"
        planned = OperationRow(
            key=key,
            order_id=None,
            connection=self._account.connection,
            kind="counterparty",
            parent_key=None,
            state=State.PLANNED,
            plan=body,
        )
        self._sender.operations.plan([planned])
        row = self._sender.operations.get(key)
        assert row is not None
        row, action = self._sender.post(row, self._account, lock=self.lock, body=lambda: body)
        if row.state is State.DONE and row.doc_id is not None:
            return Buyer(row.doc_id)
        return Unresolved(action, row.message)


def _stands(row: OperationRow) -> bool:
    """Whether it was created, and Kontur was not found to have lost it since."""
    return row.state is State.DONE and row.code != _GONE and row.doc_id is not None


def _is_overdue(row: OperationRow, now: dt.datetime) -> bool:
    """Only a newer counterparty of ours shows that the search is fresh, and a shop without companies has none."""
    return row.state is State.UNKNOWN and row.unknown_since is not None and now - row.unknown_since > UNKNOWN_DEADLINE
