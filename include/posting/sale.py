"""Posts a sale document: its buyer first, and once more with another record if Kontur refuses it for that."""

from __future__ import annotations

import dataclasses

from kontur_hook.errors import KonturConfigurationError, KonturProtocolError, KonturTransientError
from msgspec import structs

from include.accounting.operations import SaleDocument
from include.accounting.payload import body
from include.books.matching import AmbiguousError
from include.facts import Said, said, to_json
from include.ledger.operation import OperationRow, State
from include.ledger.statements import Save
from include.ports import tell
from include.posting.core import BUYER_GONE, Action, Result, Step
from include.posting.counterparties import Buyer, NamedBy, Unresolved, resolve
from include.posting.run import Held, Run
from include.posting.sender import post, reject
from include.words import text


@dataclasses.dataclass(frozen=True, slots=True)
class Sale:
    """A document that was never sent, or never applied."""

    run: Run
    held: Held
    operation: SaleDocument

    async def post(self) -> tuple[OperationRow, Action]:
        """Carry it as far as it goes now; see :func:`include.posting.sender.post`.

        Raises:
            LedgerError: the ledger is away.
        """
        row = self.held.row
        refused: Buyer | None = None
        while True:
            try:
                buyer = await self._resolve(refused)
            except AmbiguousError as error:
                return await reject(self.run, row, "counterparty_ambiguous", error.said)
            except (KonturTransientError, KonturProtocolError) as error:
                return row, Action(Step.FINISH, result=Result.NOT_APPLIED, error=error)
            if isinstance(buyer, Unresolved):
                return await self._without_buyer(row, buyer)
            if refused is not None and buyer.id == refused.id:
                return await self._refused_again(row, buyer)
            row, action = await self._send(row, buyer)
            if action.result is not Result.NO_BUYER:
                return await self._noted(row, buyer), action
            if refused is not None:
                return await self._refused_again(row, buyer)
            if buyer.named_by is NamedBy.SETTINGS:
                return self._wrong_setting(row, buyer)
            if buyer.named_by is NamedBy.SHOPS_RULE:
                why = said("rule_names_refused", id=buyer.id, answer=_answer(row))
                return await reject(self.run, row, BUYER_GONE, why)
            refused = buyer

    async def _resolve(self, refused: Buyer | None) -> Buyer | Unresolved:
        return await resolve(self.run, self.operation.counterparty, refused=refused.id if refused else None)

    async def _send(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        held = dataclasses.replace(self.held, row=row)
        return await post(self.run, held, lambda: body(self.operation, counterparty_id=buyer.id))

    async def _noted(self, row: OperationRow, buyer: Buyer) -> OperationRow:
        if buyer.note is None or row.state is not State.DONE:
            return row
        noted = structs.replace(row, code=buyer.note.code, message=buyer.note.message)
        return await tell(self.run.ports, Save(noted)) or row

    async def _without_buyer(self, row: OperationRow, buyer: Unresolved) -> tuple[OperationRow, Action]:
        if buyer.action.result in {Result.REJECTED, Result.REVIEW}:
            why = said("counterparty_rejected", why=buyer.why or "")
            return await reject(self.run, row, "counterparty_rejected", why)
        message = to_json([buyer.why]) if buyer.why else None
        told = structs.replace(row, code="counterparty_unknown", message=message)
        if buyer.overdue and row.message != message:
            saved = await tell(self.run.ports, Save(told))
            told = saved or told
        return told, buyer.action

    async def _refused_again(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        why = said("counterparty_gone", id=buyer.id, answer=_answer(row))
        return await reject(self.run, row, BUYER_GONE, why)

    def _wrong_setting(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        """All of retail would be refused the same way."""
        connection = self.run.account.connection
        wrong = said("retail_counterparty_refused", connection=connection, id=buyer.id, answer=_answer(row))
        return row, Action(Step.FINISH, result=Result.NOT_APPLIED, error=KonturConfigurationError(text(wrong)))


def _answer(row: OperationRow) -> Said | str:
    """What Kontur said of the document."""
    return row.said[0] if row.said else ""
