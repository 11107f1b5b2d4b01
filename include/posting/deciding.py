"""Carries out what a person decides of an operation: under its order's lock, once Kontur was asked what it shows.

On the driver's ports; what may be decided is :mod:`include.posting.decision`'s.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence

from kontur_hook.answers import valid_id
from kontur_hook.contract import DocumentKind
from kontur_hook.records import DocumentDetails, MoneyEntry

from include.accounting.marker import find_marker, names_marker
from include.accounting.operations import Payment, Refund, SaleDocument
from include.accounting.payload import StoredError, from_json
from include.books.match import Match
from include.books.requests import Details
from include.books.search import Search
from include.errors import ForAPerson, HouseError
from include.facts import Fact, Said, Several, said, several
from include.ledger.actions import Action, Deed
from include.ledger.operation import STAYS_GONE, VANISHED, Kind, OperationRow, State
from include.ledger.statements import Change, Decide, HasOtherDocument, LastAction, OfOrders
from include.ports import Ports, ask, tell
from include.posting.decision import Decision, NotPosted, Seen, SendAgain, Shown, Stands, StaysGone, anew, decided
from include.posting.run import Holding, Run, clock
from include.posting.sender import is_searchable

_LOCK_WAIT_S = 5.0
_UNTOUCHED = frozenset({State.PLANNED, State.HELD, State.SKIPPED})
_LOOKED_UP = frozenset({VANISHED, STAYS_GONE})
"""Codes of a document that a run looked up by its number, and did not find."""
_BETWEEN = ", "
"""Of several ids that are one match."""
_IDS = frozenset({"id", "ids", "keep", "surplus"})
"""Facts that name documents of Kontur, or entries of one."""


class Word(enum.StrEnum):
    """What a person may say of an operation."""

    ACCEPT = "accept"
    """It is what was found in Kontur."""
    STANDS = "stands"
    """It stands in Kontur under the id that the person names."""
    NOT_POSTED = "not_posted"
    """It was sent, and was never applied."""
    SEND_AGAIN = "send_again"
    """It was posted, is gone, and should be there."""
    STAYS_GONE = "stays_gone"
    """It was posted, is gone, and should not be there."""


@dataclasses.dataclass(frozen=True, slots=True)
class Declaration:
    """Who decides what, and why."""

    order_id: int
    key: str
    """Of the operation."""
    word: Word
    seen: Seen
    who: str
    why: str
    id: str | None = None
    """Kontur's; of ``STANDS``, and of ``ACCEPT`` where several were found."""


class DecisionError(ForAPerson, HouseError):
    """It was not decided, and nothing has changed; it says why."""

    said: Said


async def decide(run: Run, asked: Declaration) -> OperationRow:
    """Decide; the row as it was written.

    Raises:
        DecisionError: it cannot be decided so, or somebody else was quicker.
        KonturError: Kontur cannot be asked now.
        LedgerError: the ledger is away; whether it was decided must be read again.
    """
    if not asked.who.strip() or not asked.why.strip():
        raise DecisionError(said("decide_who_and_why"))
    written: list[OperationRow] = []

    async def work(ports: Ports) -> None:
        written.append(await _Decider(dataclasses.replace(run, ports=ports), asked).decide())

    await run.ports.spawn(1, work)
    return written[0]


class _Decider:
    def __init__(self, run: Run, asked: Declaration) -> None:
        self._run = run
        self._ports = run.ports
        self._asked = asked

    async def decide(self) -> OperationRow:
        # The driver holds this lock for as long as something of the order is on its way.
        async with Holding(self._ports, f"order:{self._asked.order_id}", _LOCK_WAIT_S) as ours:
            if not ours:
                raise DecisionError(said("decide_busy"))
            rows = {row.key: row for row in await self._rows()}
            if (row := rows.get(self._asked.key)) is None or row.connection != self._run.account.connection:
                raise DecisionError(said("decide_no_operation", key=self._asked.key))
            if row.epoch != self._asked.seen.epoch:
                raise await self._overtaken()
            return await self._decide(row, list(rows.values()))

    async def _rows(self) -> list[OperationRow]:
        order_id = self._asked.order_id
        return (await tell(self._ports, OfOrders([order_id])))[order_id]

    async def _decide(self, row: OperationRow, siblings: Sequence[OperationRow]) -> OperationRow:
        document = _document(row, siblings)
        event, deed = await self._event(row, document, siblings)
        after = decided(row, event, self._run.settle)
        if isinstance(after, Said):
            raise DecisionError(after)
        changes = [self._change(row, after, deed)]
        # What belonged to the document went with it, and what was refused since was refused for that.
        money = [other for other in siblings if other.parent_key == row.key and other.state not in _UNTOUCHED]
        if deed is Deed.SENT_AGAIN:
            changes += [self._change(other, anew(other, State.PLANNED), deed) for other in money]
        elif deed is Deed.STAYS_GONE:
            unsettled = [other for other in money if other.state is not State.DONE]
            changes += [self._change(other, anew(other, State.SKIPPED), deed) for other in unsettled]
        # Whoever lost the lock meanwhile: what was planned and sent since would belong to no document.
        belongs = [other for other in siblings if other.parent_key == row.key]
        if not await tell(self._ports, Decide(changes, belongs)):
            raise await self._overtaken()
        return after

    async def _event(
        self, row: OperationRow, document: OperationRow | None, siblings: Sequence[OperationRow]
    ) -> tuple[Decision, Deed]:
        seen = self._asked.seen
        match self._asked.word:
            case Word.ACCEPT:
                shown = await self._shown(row, siblings, await self._found(row, document, siblings))
                return Stands(seen, shown, Deed.ACCEPTED), Deed.ACCEPTED
            case Word.STANDS:
                shown = await self._shown(row, siblings, self._asked.id or "")
                return Stands(seen, shown, Deed.SETTLED), Deed.SETTLED
            case Word.NOT_POSTED:
                found = [match.id for match in await self._matches(row, document, siblings) if match.marked]
                return NotPosted(seen, found), Deed.NOT_POSTED
            case Word.SEND_AGAIN:
                now = await clock(self._ports)
                return SendAgain(seen, now, await self._is_gone(row, document)), Deed.SENT_AGAIN
            case Word.STAYS_GONE:
                now = await clock(self._ports)
                return StaysGone(seen, now, await self._is_gone(row, document)), Deed.STAYS_GONE

    def _change(self, before: OperationRow, after: OperationRow, deed: Deed) -> Change:
        what = said("action_of_document", before=before.doc_id or "", after=after.doc_id or "")
        action = Action(
            who=self._asked.who,
            kind=deed,
            why=self._asked.why,
            connection=before.connection,
            order_id=before.order_id,
            op_key=before.key,
            facts=(what, *before.said),
            before=before.state.value,
            after=after.state.value,
        )
        return Change(before, after, action)

    async def _overtaken(self) -> DecisionError:
        """Who was quicker, if it was a person."""
        last = await tell(self._ports, LastAction(self._asked.key))
        if last is None:
            return DecisionError(said("decide_overtaken"))
        return DecisionError(said("decide_overtaken_by", who=last.who))

    # --- what Kontur shows

    async def _found(self, row: OperationRow, document: OperationRow | None, siblings: Sequence[OperationRow]) -> str:
        """The id that is to be accepted: what a search finds now, or what a run found and a person was told of."""
        ids = [id_ for match in await self._matches(row, document, siblings) for id_ in match.id.split(_BETWEEN)]
        ids = ids or _told(row)
        wanted = self._asked.id
        if not ids:
            raise DecisionError(said("decide_nothing_found"))
        if wanted is None and len(ids) > 1:
            raise DecisionError(said("decide_several_found", ids=several(*ids)))
        if wanted is not None and wanted not in ids:
            raise DecisionError(said("decide_other_found", id=wanted, ids=several(*ids)))
        return wanted or ids[0]

    async def _matches(
        self, row: OperationRow, document: OperationRow | None, siblings: Sequence[OperationRow]
    ) -> Sequence[Match]:
        """What is found of what was sent; nothing where nothing was, or where Kontur cannot be searched."""
        if row.payload is None or row.state is State.DONE or not is_searchable(row, self._run.account.contract):
            return ()
        search = Search(self._ports, row.connection, self._run.settings.shop.code)
        return await search.matches(row, document, siblings)

    async def _shown(self, row: OperationRow, siblings: Sequence[OperationRow], given: str) -> Shown:
        """What stands under an id; by the person's word alone where documents cannot be read."""
        document = _document(row, siblings)
        id_ = valid_id(given)
        if id_ is None:
            raise DecisionError(said("decide_no_id", id=given))
        if any(_has_entry(other, row, id_) for other in siblings) or (
            row.parent_key is None and await tell(self._ports, HasOtherDocument(row, id_))
        ):
            raise DecisionError(said("decide_of_another", id=id_))
        if row.parent_key is not None and (document is None or document.state is not State.DONE):
            raise DecisionError(said("decide_document_first"))
        if not self._run.account.contract.read_documents:
            return Shown(id_, None, None, as_planned=False)
        details = await self._read(document or row, document.doc_id if document is not None else id_)
        stands = details if document is None else _entry(row, details, id_)
        if stands is None:
            raise DecisionError(said("decide_not_there", id=id_))
        if isinstance(stands, MoneyEntry):
            return Shown(id_, stands.date, stands.amount, as_planned=_is_planned_money(row, stands))
        shop_code, comment = self._run.settings.shop.code, stands.comment
        ours = find_marker(row.marker, shop_code)
        is_ours = ours is not None and names_marker(comment, shop_code, ours)
        if not is_ours and find_marker(comment, shop_code) is not None:
            raise DecisionError(said("decide_of_another", id=id_))
        return Shown(id_, stands.date, stands.total_amount, as_planned=_is_planned_document(row, stands))

    async def _is_gone(self, row: OperationRow, document: OperationRow | None) -> bool:
        """Whether Kontur itself says so; what it cannot be asked for is not gone."""
        of, doc_id = document or row, valid_id(row.doc_id)
        if not self._run.account.contract.read_documents or doc_id is None:
            return document is None and row.code in _LOOKED_UP
        details = await self._read(of, of.doc_id)
        if document is None:
            return details is None
        # Of a document that is gone, the document itself is sent again, and its money with it.
        return details is not None and _entry(row, details, doc_id) is None

    async def _read(self, document: OperationRow, doc_id: str | None) -> DocumentDetails | None:
        if (id_ := valid_id(doc_id)) is None:
            return None
        return await ask(self._ports, Details(document.connection, DocumentKind(document.kind), id_))


def _document(row: OperationRow, siblings: Sequence[OperationRow]) -> OperationRow | None:
    """Of a payment or refund."""
    return next((other for other in siblings if other.key == row.parent_key), None)


def _has_entry(other: OperationRow, row: OperationRow, id_: str) -> bool:
    """Whether a payment or refund of the same document, beside ``row``, is posted under this id."""
    same_place = (other.parent_key, other.kind) == (row.parent_key, row.kind) and row.parent_key is not None
    return same_place and other.key != row.key and other.doc_id == id_


def _told(row: OperationRow) -> list[str]:
    """Ids that a person was told of."""
    return [id_ for what in row.said for name, fact in what.facts if name in _IDS for id_ in _texts(fact)]


def _texts(fact: Fact) -> list[str]:
    match fact:
        case str():
            return fact.split(_BETWEEN)
        case Several(items):
            return [text for item in items for text in _texts(item)]
        case Said(facts=facts):
            return [text for name, inner in facts if name in _IDS for text in _texts(inner)]
        case _:
            return []


def _entry(row: OperationRow, details: DocumentDetails | None, id_: str) -> MoneyEntry | None:
    if details is None:
        return None
    entries = details.payments if row.kind is Kind.PAYMENT else details.refunds
    return next((entry for entry in entries if entry.id == id_), None)


def _is_planned_money(row: OperationRow, entry: MoneyEntry) -> bool:
    plan = _plan(row)
    if not isinstance(plan, Payment | Refund):
        return False
    return (plan.date, plan.amount, plan.method) == (entry.date, entry.amount, entry.method)


def _is_planned_document(row: OperationRow, document: DocumentDetails) -> bool:
    plan = _plan(row)
    if not isinstance(plan, SaleDocument):
        return False
    return (plan.date, plan.number, plan.total_amount) == (document.date, document.number, document.total_amount)


def _plan(row: OperationRow) -> SaleDocument | Payment | Refund | None:
    try:
        return from_json(row.plan) if row.plan is not None else None
    except StoredError:
        return None
