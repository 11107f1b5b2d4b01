"""Posts a payment of the closed period whose document another program posted: Kontur says which of the two came first.

What stands there is adopted; an advance that does not follows ``closed_advances``, as one of our own documents does.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturProtocolError, KonturTransientError
from msgspec import structs

from include.accounting.keys import Money, money_of
from include.accounting.money.advances import noted, posted_later
from include.accounting.operations import CLOSED_ADVANCE, Finding, Payment
from include.accounting.payload import body, to_json
from include.books.requests import Details
from include.facts import to_json as said_to_json
from include.ledger.operation import OperationRow, State
from include.ledger.statements import Get, Plan, Save
from include.ports import ask, tell
from include.posting.core import Action, Expected, Result, Step
from include.posting.run import Held, Run
from include.posting.sender import post
from include.settings import ClosedAdvances


@dataclasses.dataclass(frozen=True, slots=True)
class TakenOver:
    """Such a payment, which was never sent."""

    run: Run
    held: Held
    operation: Payment

    async def post(self) -> tuple[OperationRow, Action]:
        """Carry it as far as it goes now; see :func:`include.posting.sender.post`.

        Raises:
            LedgerError: the ledger is away.
        """
        try:
            shipped = await self._shipped()
        except (KonturTransientError, KonturProtocolError) as error:
            return self.held.row, Action(Step.FINISH, result=Result.NOT_APPLIED, error=error)
        if shipped is None or shipped <= self.operation.date:
            return await self._send(self.held, self.operation)
        dated = dataclasses.replace(self.operation, date=shipped, came_on=self.operation.date, closed_until=None)
        row, action = await self._send(dataclasses.replace(self.held, is_advance=True), self.operation)
        if action.result is not Result.CLOSED_ADVANCE:
            return row, action
        is_noted = self.run.settings.accounting.closed_advances is ClosedAdvances.NOTE
        day = row.document_date if is_noted else shipped
        planned = structs.replace(row, plan=to_json(dated), document_date=day)
        _, written = await self.run.ports.state(Plan(planned), Get(row.key))
        if written is None or written.plan != planned.plan or written.begun:  # somebody else changed it
            return row, Action(Step.FINISH, result=Result.LOST)
        return await (self._offset_by_hand if is_noted else self._on_shipment_day)(written, dated)

    async def _shipped(self) -> dt.date | None:
        """The day of the document as Kontur has it; ``None``: it shows none."""
        row, document = self.held.row, self.held.document
        assert document is not None
        assert document.doc_id is not None
        if not self.run.account.contract.read_documents:
            return None
        details = await ask(self.run.ports, Details(row.connection, DocumentKind(document.kind), document.doc_id))
        return details.date if details else None

    async def _send(self, held: Held, payment: Payment) -> tuple[OperationRow, Action]:
        return await post(self.run, held, lambda: body(payment, counterparty_id=None))

    async def _offset_by_hand(self, row: OperationRow, dated: Payment) -> tuple[OperationRow, Action]:
        """Its refund has nothing in the books that it could be of, and is a person's as well."""
        name = _name(dated)
        for refund in (other for other in self.held.siblings if other.key == name.refund_key and other.withdrawable):
            await tell(self.run.ports, Save(structs.replace(refund, state=State.SKIPPED)))
        note = noted(self.operation, name.payment_id, dated.date)
        skipped = structs.replace(row, state=State.SKIPPED, code=CLOSED_ADVANCE)
        return await self._saved(skipped, note, Result.CLOSED_ADVANCE)

    async def _on_shipment_day(self, row: OperationRow, dated: Payment) -> tuple[OperationRow, Action]:
        """Looked for once more: it may stand there with that day already."""
        held = dataclasses.replace(self.held, row=row, expected=Expected.PERHAPS)
        row, action = await self._send(held, dated)
        if row.state is not State.DONE:
            return row, action
        note = posted_later(dated, _name(dated).payment_id)
        return await self._saved(structs.replace(row, code=note.code), note, Result.DONE)

    async def _saved(self, row: OperationRow, note: Finding, result: Result) -> tuple[OperationRow, Action]:
        told = await tell(self.run.ports, Save(structs.replace(row, message=said_to_json([note.said]))))
        return told or row, Action(Step.FINISH, result=result if told else Result.LOST)


def _name(payment: Payment) -> Money:
    name = money_of(payment.key)
    assert name is not None
    return name
