"""Posts a sale document: its buyer first, and once more with another record if Kontur refuses it for that."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from kontur_hook.errors import KonturConfigurationError, KonturProtocolError, KonturTransientError

from include.accounting.operations import SaleDocument
from include.accounting.payload import body
from include.books.accounts import Account
from include.books.matching import AmbiguousError
from include.ledger.operation import OperationRow, State
from include.posting.core import BUYER_GONE, Action, Result, Step
from include.posting.counterparties import Buyer, NamedBy, Unresolved, resolve
from include.posting.sender import Sender


@dataclasses.dataclass(frozen=True, slots=True)
class Sale:
    """A document that was never sent, or never applied, under its order's lock."""

    sender: Sender
    account: Account
    retail_id: str | None
    """Of the settings."""
    lock: str
    operation: SaleDocument

    def post(self, row: OperationRow, siblings: Sequence[OperationRow], *, shown: bool) -> tuple[OperationRow, Action]:
        """Carry it as far as it goes now; arguments as :meth:`Sender.post`.

        Raises:
            LedgerError: the ledger is away.
        """
        refused: Buyer | None = None
        while True:
            try:
                buyer = self._resolve(refused)
            except AmbiguousError as error:
                return reject(self.sender, row, "counterparty_ambiguous", str(error))
            except (KonturTransientError, KonturProtocolError) as error:
                return row, Action(Step.FINISH, result=Result.NOT_APPLIED, error=error)
            if isinstance(buyer, Unresolved):
                return self._without_buyer(row, buyer)
            if refused is not None and buyer.id == refused.id:
                return self._refused_again(row, buyer)
            row, action = self._send(row, buyer, siblings, shown=shown)
            if action.result is not Result.NO_BUYER:
                return self._noted(row, buyer), action
            if refused is not None:
                return self._refused_again(row, buyer)
            if buyer.named_by is NamedBy.SETTINGS:
                return self._wrong_setting(row, buyer)
            if buyer.named_by is NamedBy.SHOPS_RULE:
                message = f"the shop's own rule names the counterparty {buyer.id}. {row.message}: correct that rule"
                return reject(self.sender, row, BUYER_GONE, message)
            refused = buyer

    def _resolve(self, refused: Buyer | None) -> Buyer | Unresolved:
        return resolve(
            self.sender,
            self.account,
            self.operation.counterparty,
            retail_id=self.retail_id,
            refused=refused.id if refused else None,
        )

    def _send(
        self, row: OperationRow, buyer: Buyer, siblings: Sequence[OperationRow], *, shown: bool
    ) -> tuple[OperationRow, Action]:
        return self.sender.post(
            row,
            self.account,
            lock=self.lock,
            body=lambda: body(self.operation, counterparty_id=buyer.id),
            siblings=siblings,
            shown=shown,
        )

    def _noted(self, row: OperationRow, buyer: Buyer) -> OperationRow:
        if buyer.note is None or row.state is not State.DONE:
            return row
        noted = dataclasses.replace(row, code=buyer.note.code, message=buyer.note.message)
        return self.sender.operations.save(noted) or row

    def _without_buyer(self, row: OperationRow, buyer: Unresolved) -> tuple[OperationRow, Action]:
        if buyer.action.result in {Result.REJECTED, Result.REVIEW}:
            return reject(self.sender, row, "counterparty_rejected", f"Its buyer: {buyer.message}")
        told = dataclasses.replace(row, code="counterparty_unknown", message=buyer.message)
        if buyer.overdue and row.message != buyer.message:
            told = self.sender.operations.save(told) or told
        return told, buyer.action

    def _refused_again(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        message = (
            f"its buyer stands in Kontur under id {buyer.id}, and Kontur refuses it all the same. {row.message}:"
            " look there what is wrong with that counterparty"
        )
        return reject(self.sender, row, BUYER_GONE, message)

    def _wrong_setting(self, row: OperationRow, buyer: Buyer) -> tuple[OperationRow, Action]:
        """All of retail would be refused the same way."""
        error = KonturConfigurationError(
            f"Connection {self.account.connection}: accounting.retail_counterparty_id in the settings names"
            f" «{buyer.id}», and Kontur refuses documents for it. {row.message}. Write the id of the retail"
            " counterparty there, or leave it empty: then it is found, or created, by accounting.retail_name."
        )
        return row, Action(Step.FINISH, result=Result.NOT_APPLIED, error=error)


def reject(sender: Sender, row: OperationRow, code: str, message: str) -> tuple[OperationRow, Action]:
    """It cannot be sent before a person has looked."""
    rejected = dataclasses.replace(row, state=State.REJECTED, code=code, message=message)
    saved = sender.operations.save(rejected)
    result = Result.REJECTED if saved else Result.LOST
    return saved or row, Action(Step.FINISH, result=result)
