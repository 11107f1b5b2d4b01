"""Operations planned by hand, and posted as a batch."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod, VatRate
from kontur_hook.outcome import Created

from include.accounting.marker import marker
from include.accounting.operations import Counterparty, Item, Operation, Payment, Refund, SaleDocument
from include.accounting.payload import to_json
from include.books.accounts import Account
from include.ledger.connection import LedgerDatabase
from include.ledger.operation import DocumentDay, Kind, OperationRow, State
from include.ledger.operations import Operations
from include.ports import Ports
from include.posting.batch import Loading, post_batch
from include.posting.live import drive
from include.posting.run import Run
from include.posting.tally import Tally
from include.settings import Settings
from include.words import text

T = TypeVar("T")

INN, KPP, OTHER_KPP, MOVED_KPP = "7707083893", "773601001", "540202001", "540601001"
RETAIL = Counterparty(inn=None, kpp=None, name="Розничные покупатели", type=CounterpartyType.INDIVIDUAL)
DAY = dt.date(2026, 2, 3)


def company(kpp: str | None = KPP, inn: str = INN) -> Counterparty:
    return Counterparty(inn=inn, kpp=kpp, name="ПАО Пример", type=CounterpartyType.LEGAL_ENTITY)


def operations_of(order_id: int, buyer: Counterparty = RETAIL) -> list[Operation]:
    """A sale of 100.00, paid and refunded."""
    money: dict[str, Any] = {"order_id": order_id, "date": DAY, "amount": Decimal("100.00")}
    sale = SaleDocument(
        key=f"sale:{order_id}",
        order_id=order_id,
        kind=DocumentKind.SALE_INVOICE,
        date=DAY,
        number=str(order_id),
        counterparty=buyer,
        items=(Item(name="Чай", quantity=Decimal(1), price=Decimal("100.00"), vat_rate=VatRate.NONE, unit="шт"),),
        total_amount=Decimal("100.00"),
        comment=f"order {marker('1', order_id)}",
        marker=marker("1", order_id),
    )
    payment = Payment(key=f"payment:{order_id}", document_key=sale.key, method=PaymentMethod.CASH, **money)
    refund = Refund(
        key=f"refund:{order_id}", document_key=sale.key, payment_key=payment.key, method=PaymentMethod.CASH, **money
    )
    return [sale, payment, refund]


def row(operation: Operation) -> OperationRow:
    sale = operation if isinstance(operation, SaleDocument) else None
    return OperationRow(
        key=operation.key,
        order_id=operation.order_id,
        connection="kontur_default",
        kind=Kind(operation.key.partition(":")[0]) if sale is None else Kind.SALE_INVOICE,
        parent_key=None if isinstance(operation, SaleDocument) else operation.document_key,
        state=State.PLANNED,
        plan=to_json(operation),
        marker=sale.marker if sale else None,
        document_date=DAY,
        amount=Decimal("100.00"),
    )


@dataclasses.dataclass
class Poster:
    """Plans operations by hand and posts them as a batch."""

    ledger: LedgerDatabase
    account: Account
    settings: Settings = dataclasses.field(default_factory=Settings)

    def plan(self, *operations: Operation) -> None:
        with self.ledger.open() as session:
            Operations(session).plan([row(operation) for operation in operations])

    def post(self, *order_ids: int, days: Sequence[DocumentDay] = ()) -> Tally:
        to = {"kontur_default": self.account}
        loading = Loading(to, self.settings, "run-1")
        return drive(self.ledger, to, lambda ports: post_batch(ports, loading, order_ids, days))

    def drive(self, driver: Callable[[Run], Coroutine[Any, Any, T]], run_id: str = "run-1") -> T:
        """Run a part of the driver as one worker."""
        told: list[T] = []

        async def work(ports: Ports) -> None:
            told.append(await driver(Run(ports, self.account, self.settings, run_id)))

        drive(self.ledger, {"kontur_default": self.account}, lambda ports: ports.spawn(1, work))
        return told[0]

    def states(self) -> dict[str, str]:
        """State of each operation of an order."""
        with self.ledger.open() as session:
            return dict(
                session.rows("SELECT op_key, state FROM local_kontur_bukh_operation WHERE order_id IS NOT NULL")
            )

    def problem(self, key: str) -> tuple[str, str]:
        """Code, and what is said."""
        with self.ledger.open() as session:
            found = Operations(session).get(key)
        assert found is not None
        return found.code or "", " ".join(text(one) for one in found.said)


async def at_once(*_: object) -> None:
    """In the place of a worker's sleep."""


def in_kontur(account: Account, kpp: str | None, inn: str | None = INN, name: str = "ПАО Пример") -> str:
    """The id of a counterparty that the accountant had entered."""
    kind = "LegalEntity" if inn else "Individual"
    body = {"name": name, "inn": inn, "kpp": kpp, "type": kind}
    given = {key: value for key, value in body.items() if value is not None}
    outcome = account.hook.create_counterparty(json.dumps(given), idempotency_key=str(uuid.uuid4()))
    assert isinstance(outcome, Created), outcome
    return outcome.id
