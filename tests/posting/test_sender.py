"""One operation through the protocol on a real MariaDB and over real HTTP."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from msgspec import structs

from include.accounting.marker import marker
from include.books.accounts import Account
from include.ledger.connection import Session
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.operations import Operations
from include.posting import sender as sender_module
from include.posting.core import Action, Result
from include.posting.run import Held, Holding, Run
from include.settings import Posting, Settings
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import Poster

INN = "7707083893"


@dataclasses.dataclass
class Bench:
    """One operation after the other, as the same worker; and what the ledger says of it."""

    poster: Poster
    session: Session

    @property
    def operations(self) -> Operations:
        return Operations(self.session)


@pytest.fixture
def account(poster: Poster) -> Account:
    return poster.account


@pytest.fixture
def sender(poster: Poster) -> Iterator[Bench]:
    poster.settings = Settings(posting=Posting(settle_s=0.000001, repost_budget=1))
    with poster.ledger.open() as session:
        yield Bench(poster, session)


def buyer(account: Account) -> str:
    body = {"name": "ПАО Сбербанк", "inn": INN, "kpp": "773601001", "type": "LegalEntity"}
    outcome = account.hook.create_counterparty(json.dumps(body), idempotency_key="b")
    return outcome.id  # type: ignore[union-attr]


def sale(order_id: int) -> OperationRow:
    return OperationRow(
        key=f"sale:{order_id}",
        order_id=order_id,
        connection="kontur_default",
        kind=Kind.SALE_INVOICE,
        parent_key=None,
        state=State.PLANNED,
        plan="{}",
        marker=marker("1", order_id),
        amount=Decimal("100.00"),
    )


def body_of(order_id: int, counterparty_id: str, total: str = "100.00") -> str:
    item = {"name": "Чай", "quantity": 1, "price": float(total), "vatRate": "none", "unit": "шт"}
    return json.dumps(
        {
            "date": "2026-02-03",
            "number": str(order_id),
            "counterpartyId": counterparty_id,
            "items": [item],
            "totalAmount": float(total),
            "comment": f"order {marker('1', order_id)}",
        }
    )


def post(sender: Bench, account: Account, order_id: int, counterparty_id: str) -> tuple[OperationRow, Result | None]:
    row = sender.operations.get(f"sale:{order_id}")
    if row is None:
        sender.operations.plan([sale(order_id)])
        row = sender.operations.get(f"sale:{order_id}")
    assert row is not None
    held = Held(row, f"order:{order_id}", sender.operations.now(), closed_until=None)

    async def carry(run: Run) -> tuple[OperationRow, Action]:
        async with Holding(run.ports, held.lock) as ours:
            assert ours
            return await sender_module.post(run, held, lambda: body_of(order_id, counterparty_id))

    row, action = sender.poster.drive(carry)
    return row, action.result


def test_an_operation_is_posted_once_and_its_attempt_is_in_the_journal(
    sender: Bench, account: Account, kontur: Sandbox
) -> None:
    who = buyer(account)
    row, result = post(sender, account, 7, who)
    assert (row.state, result) == (State.DONE, Result.DONE)
    again, result = post(sender, account, 7, who)
    assert (again.doc_id, result) == (row.doc_id, Result.DONE)
    assert [(d["id"], d["total"]) for d in kontur.books.documents()] == [(row.doc_id, Decimal("100.00"))]
    journal = sender.session.rows("SELECT op_key, outcome, http_status, repost, detail FROM local_kontur_bukh_attempt")
    assert journal == [("sale:7", "created", 201, 0, row.doc_id)]


def test_a_refusal_is_kept_in_konturs_words(sender: Bench, account: Account, kontur: Sandbox) -> None:
    kontur.set_faults(next=[{"fault": "status_422_before_commit", "path_ends_with": "/saleinvoices"}])
    row, result = post(sender, account, 7, "no-such-counterparty")
    assert (row.state, result, row.payload) == (State.REJECTED, Result.REJECTED, None)
    (told,) = row.said
    assert told.code == "kontur_rejected"
    assert str(dict(told.facts)["answer"]) == "A fault of the sandbox."
    assert kontur.books.documents() == []


def test_a_sender_that_died_before_the_post_is_found_out_and_its_operation_sent_again(
    sender: Bench, account: Account, kontur: Sandbox
) -> None:
    who = buyer(account)
    sender.operations.plan([sale(7)])
    row = sender.operations.get("sale:7")
    assert row is not None
    sender.operations.save(
        structs.replace(row, state=State.SENDING, payload=body_of(7, who), attempts=1, run_id="dead")
    )
    assert post(sender, account, 7, who)[1] is Result.WAITING  # the clock starts now
    assert post(sender, account, 7, who)[1] is Result.WAITING  # nothing newer shows that the search is fresh
    assert post(sender, account, 8, who)[1] is Result.DONE
    row, result = post(sender, account, 7, who)
    assert (row.state, result) == (State.UNKNOWN, Result.WAITING)  # the first look found nothing
    row, result = post(sender, account, 7, who)
    assert (row.state, row.attempts, result) == (State.DONE, 2, Result.DONE)
    assert sorted(d["number"] for d in kontur.books.documents()) == ["7", "8"]


def test_a_sender_that_died_after_the_post_costs_no_second_document(
    sender: Bench, account: Account, kontur: Sandbox
) -> None:
    who = buyer(account)
    sender.operations.plan([sale(7)])
    row = sender.operations.get("sale:7")
    assert row is not None
    body = body_of(7, who)
    sender.operations.save(structs.replace(row, state=State.SENDING, payload=body, attempts=1))
    account.hook.create_document("saleinvoice", body, idempotency_key="dead")  # type: ignore[arg-type]
    assert post(sender, account, 7, who)[1] is Result.WAITING
    row, result = post(sender, account, 7, who)
    assert (row.state, result) == (State.DONE, Result.DONE)
    assert [d["id"] for d in kontur.books.documents()] == [row.doc_id]


def test_the_id_of_another_document_is_not_believed(sender: Bench, account: Account, kontur: Sandbox) -> None:
    who = buyer(account)
    first, _ = post(sender, account, 7, who)
    kontur.set_faults(next=[{"fault": "foreign_id_after_commit"}])
    row, result = post(sender, account, 8, who)
    assert (row.state, row.doc_id, result) == (State.UNKNOWN, None, Result.UNKNOWN)
    row, result = post(sender, account, 8, who)
    assert result is Result.DONE
    assert [document["id"] for document in kontur.books.documents()] == [first.doc_id, row.doc_id]


def test_the_budget_limits_what_one_run_may_send_again(sender: Bench, account: Account, kontur: Sandbox) -> None:
    who = buyer(account)
    for order_id in (7, 8):
        sender.operations.plan([sale(order_id)])
        row = sender.operations.get(f"sale:{order_id}")
        assert row is not None
        sender.operations.save(structs.replace(row, state=State.SENDING, payload=body_of(order_id, who)))
        post(sender, account, order_id, who)
    post(sender, account, 9, who)
    for order_id in (7, 8):
        post(sender, account, order_id, who)
    assert [post(sender, account, order_id, who)[1] for order_id in (7, 8)] == [Result.DONE, Result.BUDGET]
    assert sorted(d["number"] for d in kontur.books.documents()) == ["7", "9"]


def test_what_was_not_applied_costs_nothing_of_the_budget(sender: Bench, account: Account, kontur: Sandbox) -> None:
    who = buyer(account)
    sender.operations.plan([sale(7)])
    row = sender.operations.get("sale:7")
    assert row is not None
    sender.operations.save(structs.replace(row, state=State.SENDING, payload=body_of(7, who), attempts=1))
    post(sender, account, 7, who)
    post(sender, account, 8, who)
    post(sender, account, 7, who)
    kontur.set_faults(next=[{"fault": "status_429_before_commit"}] * 2)
    results = [post(sender, account, 7, who)[1] for _ in range(3)]
    assert results == [Result.NOT_APPLIED, Result.NOT_APPLIED, Result.DONE]
    assert sorted(d["number"] for d in kontur.books.documents()) == ["7", "8"]
