"""What may go wrong while an order is posted, played on the real driver, a real MariaDB and the sandbox."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import math
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.api import KonturApi
from kontur_hook.contract import DocumentKind
from kontur_hook.outcome import Created, Outcome
from msgspec import structs

from include.accounting.operations import Operation, Payment
from include.accounting.payload import body
from include.books.requests import Create
from include.books.search import Search
from include.ledger.named_locks import name_of
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.ledger.statements import Begin
from include.posting.breaker import DoubledError
from include.posting.sender import Attempt
from include.settings import Posting, Settings
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import Poster, operations_of

_SETTLED = {State.DONE, State.REVIEW, State.REJECTED}
_MOST_RUNS = 8


class DiedError(BaseException):
    """What ends a sender on the spot."""


class Stage:
    """Orders, what is due of them, and runs over them; ``first`` is the number of the order that it is about."""

    def __init__(self, poster: Poster, kontur: Sandbox, patch: pytest.MonkeyPatch, first: int) -> None:
        self.poster, self.kontur, self.patch, self.first = poster, kontur, patch, first
        self._due: collections.Counter[tuple[str, str]] = collections.Counter()
        self._others = first * 1000
        self.use(settle_s=0.000001)

    def use(self, settle_s: float) -> None:
        self.poster.settings = Settings(posting=Posting(settle_s=settle_s))

    def plan(self, *operations: Operation) -> None:
        self.poster.plan(*operations)
        self._due.update((_kind(operation), str(operation.order_id)) for operation in operations)

    def plan_again(self, operation: Operation) -> None:
        """The ledger has lost it, as one that failed over to a copy; the shop still calls for it."""
        with self.poster.ledger.open() as session:
            session.execute("DELETE FROM local_kontur_bukh_operation WHERE op_key = %s", [operation.key])
        self.poster.plan(operation)

    def post(self, *order_ids: int, **faults: Any) -> None:
        """One run, which a double stops."""
        self.kontur.set_faults(**faults)
        with contextlib.suppress(DoubledError):
            self.poster.post(*order_ids)

    def post_another(self) -> None:
        """A new order, of which the search tells whether it is fresh."""
        self._others += 1
        self.plan(operations_of(self._others)[0])
        self.post(self._others)

    def run(self, runs: int = _MOST_RUNS) -> None:
        """Calm runs until all is settled, each with a new order."""
        for _ in range(runs):
            self.post_another()
            self.post(self.first)
            if set(self.poster.states().values()) <= _SETTLED:
                return

    def row(self, key: str) -> OperationRow:
        with self.poster.ledger.open() as session:
            row = Operations(session).get(key)
        assert row is not None
        return row

    def verdict(self) -> str:
        """What the books hold, against what is due."""
        books, account = self.kontur.books, self.poster.account.hook.connection_settings.account
        held = collections.Counter(("sale", d["number"]) for d in books.documents() if d["account"] == account)
        held.update(("payment", p["number"]) for p in books.payments() if p["account"] == account)
        words = {(False, False): "once", (True, False): "doubled", (False, True): "lost", (True, True): "misplaced"}
        return words[bool(held - self._due), bool(self._due - held)]

    def once(self, of: object, name: str, strike: Callable[..., None]) -> None:
        """Let ``strike`` come to pass before the next call of ``name``, with what it is called with."""
        real = getattr(of, name)

        def struck(*given: Any, **named: Any) -> Any:
            self.patch.setattr(of, name, real)
            strike(*given)
            return real(*given, **named)

        self.patch.setattr(of, name, struck)


def _kind(operation: Operation) -> str:
    return operation.key.partition(":")[0]


def sale_and_payments(order_id: int, payments: int = 1) -> list[Operation]:
    sale, payment, _ = operations_of(order_id)
    equal = [dataclasses.replace(payment, key=f"payment:{order_id}0{n}") for n in range(payments)]
    return [sale, *equal]


# --- scenarios ------------------------------------------------------------------------------------------------------

_HALVES = ((1, "60.00"), (2, "40.00"))
"""Of a sale's payment: number and amount."""
ON_SALE = {"path_ends_with": "/saleinvoices"}


def answered_by(fault: str) -> Callable[[Stage], None]:
    """The document's first request meets ``fault``."""

    def scenario(stage: Stage) -> None:
        stage.plan(operations_of(stage.first)[0])
        stage.post(stage.first, next=[{"fault": fault} | ON_SALE])
        stage.run()

    return scenario


def searched_while(fault: str) -> Callable[[Stage], None]:
    """The request took effect without an answer, others were posted since, and then the search is ``fault``."""

    def scenario(stage: Stage) -> None:
        stage.plan(operations_of(stage.first)[0])
        stage.post(stage.first, next=[{"fault": "close_after_commit"} | ON_SALE])
        stage.post_another()
        for _ in range(3):
            stage.post(stage.first, rates={fault: 1.0})
        stage.run()

    return scenario


def takes_effect_late(stage: Stage) -> None:
    """The request is still on its way while runs look for it."""
    stage.use(settle_s=900)
    sale = operations_of(stage.first)[0]
    stage.plan(sale)
    stage.post(stage.first, next=[{"fault": "close_before_commit"} | ON_SALE])
    sent = stage.row(sale.key)
    stage.run(runs=4)
    _post_as_is(stage, sent)
    for _ in range(3):
        with stage.poster.ledger.open() as session:  # time passes
            session.execute(
                "UPDATE local_kontur_bukh_operation SET unknown_since = unknown_since - INTERVAL 2000 SECOND,"
                " absent_since = absent_since - INTERVAL 2000 SECOND"
            )
        stage.run(runs=1)


def loses_its_lock(stage: Stage) -> None:
    """A sender stands still between intent and last check; its lock's connection dies, and others post the order."""

    def strike(attempt: Attempt, _: OperationRow) -> None:
        _lose_lock(stage, attempt.held.lock)
        stage.run()

    stage.once(Attempt, "is_clear", strike)
    stage.plan(operations_of(stage.first)[0])
    stage.post(stage.first)
    stage.run()


def loses_its_lock_before_it_searches(stage: Stage) -> None:
    """A payment is looked for; who does has lost the order, of which others have planned and posted another since."""
    sale, payment, _ = operations_of(stage.first)
    assert isinstance(payment, Payment)
    halves = [dataclasses.replace(payment, key=f"{payment.key}{n}", amount=Decimal(amount)) for n, amount in _HALVES]
    stage.plan(sale, halves[0])
    stage.post(stage.first, next=[{"fault": "close_before_commit", "path_ends_with": "/payments"}])

    def strike(_: Search, row: OperationRow, document: OperationRow, __: object) -> None:
        _lose_lock(stage, f"order:{row.order_id}")
        stage.plan(halves[1])
        body_ = body(halves[1], counterparty_id=None)
        hook = stage.poster.account.hook
        kind, doc_id = DocumentKind(document.kind), document.doc_id or ""
        created = hook.create_payment(kind, doc_id, body_, idempotency_key="theirs")
        assert isinstance(created, Created)
        with stage.poster.ledger.open() as session:
            Operations(session).adopt(structs.replace(stage.row(halves[1].key), payload=body_, doc_id=created.id))

    stage.once(Search, "matches", strike)
    stage.post(stage.first)
    stage.run()


def _lose_lock(stage: Stage, lock: str) -> None:
    with stage.poster.ledger.open() as session:
        (number,) = session.row("SELECT IS_USED_LOCK(%s)", [name_of(stage.poster.ledger.name, lock)]) or (0,)
        session.execute(f"KILL {number}")


def is_overtaken(stage: Stage) -> None:
    """A sender stands still just before its request, its lock held, and others would like to post the order.

    It does so where nothing can hold it back any more: else a slow machine would, as too late.
    """
    by = Create.by

    def overtaken(create: Create, api: KonturApi) -> Coroutine[Any, Any, Outcome]:
        stage.patch.setattr(Create, "by", by)
        stage.run(runs=4)
        return by(dataclasses.replace(create, leave_by=math.inf), api)

    stage.patch.setattr(Create, "by", overtaken)
    stage.plan(operations_of(stage.first)[0])
    stage.post(stage.first)
    stage.run()


def is_taken_up_meanwhile(stage: Stage) -> None:
    """Between a sender's claim and its intent the document is posted by another program, and rebuild takes it up."""

    def strike(intent: Begin, *_: object) -> None:
        created = _post_as_is(stage, intent.row)
        with stage.poster.ledger.open() as session:
            Operations(session).adopt(structs.replace(intent.row, doc_id=created.id))

    stage.once(Begin, "on", strike)
    stage.plan(operations_of(stage.first)[0])
    stage.post(stage.first)
    stage.run()


def _post_as_is(stage: Stage, row: OperationRow) -> Created:
    assert row.payload is not None
    stage.kontur.set_faults()
    hook = stage.poster.account.hook
    created = hook.create_document(DocumentKind.SALE_INVOICE, row.payload, idempotency_key="theirs")
    assert isinstance(created, Created)
    return created


def dies(*, sent: bool) -> Callable[[Stage], None]:
    """The sender dies between intent and record, before or after its request."""

    def scenario(stage: Stage) -> None:
        async def dying(*given: Any) -> None:
            stage.patch.setattr(Create, "by", send)
            if sent:
                await send(*given)
            raise DiedError

        send = Create.by
        stage.patch.setattr(Create, "by", dying)
        stage.plan(operations_of(stage.first)[0])
        with contextlib.suppress(DiedError):
            stage.post(stage.first)
        stage.run()

    return scenario


def number_within_another(stage: Stage) -> None:
    """Order 12 stands in the books when 1 is looked for, whose request came to nothing."""
    stage.kontur.set_options(substring_search=True)
    longer = stage.first * 10 + 2
    stage.plan(operations_of(longer)[0])
    stage.post(longer)
    stage.plan(operations_of(stage.first)[0])
    stage.post(stage.first, next=[{"fault": "close_before_commit"} | ON_SALE])
    stage.run()


def twin_stands_already(stage: Stage) -> None:
    """Two equal payments: one is done when the other comes."""
    sale, first, second = sale_and_payments(stage.first, payments=2)
    stage.plan(sale, first)
    stage.post(stage.first)
    stage.plan(second)
    stage.post(stage.first)
    stage.run()


def forgotten(which: int) -> Callable[[Stage], None]:
    """The document (0) or its payment (1) was posted, and the ledger lost it."""

    def scenario(stage: Stage) -> None:
        operations = sale_and_payments(stage.first)
        stage.plan(*operations)
        stage.post(stage.first)
        stage.plan_again(operations[which])
        stage.run()

    return scenario


def foreign_id(stage: Stage) -> None:
    """Kontur answers with the id of another document, and a payment is to follow."""
    stage.post_another()
    stage.plan(*sale_and_payments(stage.first))
    stage.post(stage.first, next=[{"fault": "foreign_id_after_commit"} | ON_SALE])
    stage.run()
