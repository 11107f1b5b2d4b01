"""Posts a sale document: its buyer first, and once more with another record if Kontur refuses it for that."""

from __future__ import annotations

import dataclasses

from kontur_hook.errors import KonturConfigurationError, KonturProtocolError, KonturTransientError

from include.accounting.operations import SaleDocument
from include.accounting.payload import body
from include.books.matching import AmbiguousError
from include.ledger.operation import OperationRow, State
from include.ledger.statements import Save
from include.ports import tell
from include.posting.core import BUYER_GONE, Action, Result, Step
from include.posting.counterparties import Buyer, NamedBy, Unresolved, resolve
from include.posting.run import Held, Run
from include.posting.sender import post, reject


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
                return await reject(self.run, row, "counterparty_ambiguous", str(error))
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
                message = f"the shop's own rule names the counterparty {buyer.id}. {row.message}: correct that rule"
                return await reject(self.run, row, BUYER_GONE, message)
            refused = buyer

    async def _resolve(self, refused: Buyer | None) -> Buyer | Unresolved:
        return await resolve(self.run, self.operation.counterparty, refused=refused.id if refused else None)

    async def _send(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        held = dataclasses.replace(self.held, row=row)
        return await post(self.run, held, lambda: body(self.operation, counterparty_id=buyer.id))

    async def _noted(self, row: OperationRow, buyer: Buyer) -> OperationRow:
        if buyer.note is None or row.state is not State.DONE:
            return row
        noted = dataclasses.replace(row, code=buyer.note.code, message=buyer.note.message)
        return await tell(self.run.ports, Save(noted)) or row

    async def _without_buyer(self, row: OperationRow, buyer: Unresolved) -> tuple[OperationRow, Action]:
        if buyer.action.result in {Result.REJECTED, Result.REVIEW}:
            return await reject(self.run, row, "counterparty_rejected", f"Its buyer: {buyer.message}")
        told = dataclasses.replace(row, code="counterparty_unknown", message=buyer.message)
        if buyer.overdue and row.message != buyer.message:
            saved = await tell(self.run.ports, Save(told))
            told = saved or told
        return told, buyer.action

    async def _refused_again(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        message = (
            f"its buyer stands in Kontur under id {buyer.id}, and Kontur refuses it all the same. {row.message}:"
            " look there what is wrong with that counterparty"
        )
        return await reject(self.run, row, BUYER_GONE, message)

    def _wrong_setting(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        """All of retail would be refused the same way."""
        error = KonturConfigurationError(
            f"Connection {self.run.account.connection}: accounting.retail_counterparty_id in the settings names"
            f" «{buyer.id}», and Kontur refuses documents for it. {row.message}. Write the id of the retail"
            " counterparty there, or leave it empty: then it is found, or created, by accounting.retail_name."
        )
        return row, Action(Step.FINISH, result=Result.NOT_APPLIED, error=error)
