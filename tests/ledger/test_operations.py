import contextlib
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.ledger.posted_documents import PostedDocuments

SALE = OperationRow(
    key="sale:7",
    order_id=7,
    connection="kontur_default",
    kind=Kind.SALE_INVOICE,
    parent_key=None,
    state=State.PLANNED,
    plan='{"total": 100.00}',
    marker="BX1-S7-AA",
    document_date=dt.date(2026, 1, 31),
    amount=Decimal("100.00"),
    run_id="run-1",
)


def read(session: Session, key: str = "sale:7") -> OperationRow:
    row = Operations(session).get(key)
    assert row is not None
    return row


def test_a_plan_is_kept_to_the_kopeck_and_a_new_plan_replaces_one_that_was_never_sent(session: Session) -> None:
    operations = Operations(session)
    operations.plan([SALE])
    first = read(session)
    assert (first.state, first.amount, first.document_date) == (State.PLANNED, Decimal("100.00"), dt.date(2026, 1, 31))

    operations.plan([structs.replace(SALE, plan='{"total": 90.10}', amount=Decimal("90.10"))])
    second = read(session)
    assert (second.plan, second.amount) == ('{"total": 90.10}', Decimal("90.10"))
    assert second.epoch > first.epoch


def test_a_sender_with_an_older_plan_cannot_commit_its_intent(session: Session) -> None:
    operations = Operations(session)
    operations.plan([SALE])
    stale = read(session)
    operations.plan([structs.replace(SALE, plan="{}")])
    assert operations.save(structs.replace(stale, state=State.SENDING, payload="{}")) is None
    assert read(session).state is State.PLANNED


def test_what_was_begun_is_never_replanned_or_withdrawn(session: Session) -> None:
    operations = Operations(session)
    for state in (State.SENDING, State.UNKNOWN, State.DONE, State.REVIEW):
        key = f"sale:{state}"
        operations.plan([structs.replace(SALE, key=key)])
        sent = operations.save(structs.replace(read(session, key), state=state, payload='{"sent": 1}'))
        assert sent is not None
        operations.plan([structs.replace(SALE, key=key, plan='{"other": 1}')])
        operations.withdraw([read(session, key)])
        after = read(session, key)
        assert (after.state, after.plan, after.payload, after.epoch) == (state, SALE.plan, '{"sent": 1}', sent.epoch)


def test_what_is_called_for_no_longer_is_withdrawn_and_comes_back_with_a_new_plan(session: Session) -> None:
    operations = Operations(session)
    operations.plan([SALE])
    operations.withdraw([SALE])
    assert read(session).state is State.SKIPPED
    operations.plan([SALE])
    assert read(session).state is State.PLANNED


def test_of_two_writers_of_one_epoch_one_wins(session: Session) -> None:
    operations = Operations(session)
    operations.plan([SALE])
    row = read(session)
    assert operations.save(structs.replace(row, state=State.SENDING, payload="a")) is not None
    assert operations.save(structs.replace(row, state=State.SENDING, payload="b")) is None
    assert read(session).payload == "a"


@pytest.mark.parametrize(
    "read_few",
    [
        lambda session: Operations(session).of_orders([7, 8]),
        lambda session: Operations(session).traces([7, 8], []),
        lambda session: Operations(session).version([7, 8]),
        lambda session: OperationQueries(session).noted([7, 8], ["found"]),
    ],
    ids=["all of them", "their traces", "their version", "what is noted"],
)
def test_a_few_orders_are_read_without_all_others_also_from_a_table_that_was_just_filled(
    session: Session, read_few: Callable[[Session], object]
) -> None:
    operations = Operations(session)
    session.execute("ALTER TABLE local_kontur_bukh_operation STATS_AUTO_RECALC=0")  # else a thread decides when
    plan = '{"total": 100.00' + " " * 1_000 + "}"
    operations.plan([structs.replace(SALE, key=f"sale:{n}", order_id=n, plan=plan) for n in range(2_000)])
    session.execute("FLUSH TABLES local_kontur_bukh_operation")  # the next statement goes by the statistics, of before
    before = rows_read(session)
    read_few(session)
    assert rows_read(session) - before < 100


def rows_read(session: Session) -> int:
    return sum(int(count) for _, count in session.rows("SHOW SESSION STATUS LIKE 'Handler_read%%'"))


def test_keys_compare_byte_for_byte(session: Session) -> None:
    operations = Operations(session)
    operations.plan([structs.replace(SALE, key="sale:A"), structs.replace(SALE, key="sale:a")])
    assert (read(session, "sale:A").key, read(session, "sale:a").key) == ("sale:A", "sale:a")


def test_unfinished_orders_are_those_with_open_operations_left_alone_for_a_while(session: Session) -> None:
    operations, queries = Operations(session), OperationQueries(session)
    states = {1: State.PLANNED, 2: State.HELD, 3: State.SENDING, 4: State.UNKNOWN, 5: State.DONE, 6: State.REJECTED}
    for order_id, state in states.items():
        operations.plan([structs.replace(SALE, key=f"sale:{order_id}", order_id=order_id)])
        operations.save(structs.replace(read(session, f"sale:{order_id}"), state=state))
    assert queries.unfinished_orders("another run", quiet_s=300) == []
    session.execute("UPDATE local_kontur_bukh_operation SET run_id = 'this run' WHERE order_id IN (1, 5)")
    assert queries.unfinished_orders("this run", quiet_s=300) == [1]
    session.execute("UPDATE local_kontur_bukh_operation SET updated_at = updated_at - INTERVAL 301 SECOND")
    assert queries.unfinished_orders("another run", quiet_s=300) == [1, 2, 3, 4]


def test_a_transaction_that_fails_leaves_nothing(ledger_database: LedgerDatabase, session: Session) -> None:
    def work() -> None:
        Operations(session).plan([SALE])
        raise ZeroDivisionError

    with contextlib.suppress(ZeroDivisionError):
        session.in_transaction(work)
    with ledger_database.open() as other:
        assert Operations(other).get("sale:7") is None


def test_a_marker_that_is_only_planned_is_not_known_to_be_in_kontur(session: Session) -> None:
    # A ledger restored from a copy older than the posting: the plan is there, the document is in Kontur already.
    operations, documents = Operations(session), PostedDocuments(session)
    operations.plan([SALE])
    assert documents.sent_by_marker(["BX1-S7-AA", "BX1-S8-AA"]) == {}
    operations.save(structs.replace(read(session), state=State.SENDING, payload="{}"))
    assert documents.sent_by_marker(["BX1-S7-AA", "BX1-S8-AA"]) == {"BX1-S7-AA": read(session)}


def test_a_payment_in_kontur_belongs_to_one_operation(session: Session) -> None:
    operations = Operations(session)
    keys = ("payment:1", "payment:2")
    payment = structs.replace(SALE, kind=Kind.PAYMENT, parent_key="sale:7", marker=None)
    operations.plan([structs.replace(payment, key=key) for key in keys])
    first, second = (structs.replace(read(session, key), state=State.DONE, doc_id="pay-1") for key in keys)
    assert operations.save(first) is not None
    assert operations.save(second) is None
    assert read(session, "payment:2").state is State.PLANNED
    assert operations.save(structs.replace(second, doc_id="pay-2")) is not None


PAYMENT = structs.replace(SALE, key="payment:7", kind=Kind.PAYMENT, parent_key="sale:7", marker=None)


def test_payments_are_found_by_their_row_of_bitrix_with_all_their_parts(session: Session) -> None:
    operations = Operations(session)
    ours = ["payment:7", "payment:7#2", "payment:7#2/501", "payment:7/501"]
    for key in (*ours, "payment:70", "payment:71/501", "payment:6", "refund:7", "sale:7"):
        operations.plan([structs.replace(PAYMENT, key=key)])
    assert [row.key for row in sorted(operations.of_payments([7]), key=lambda row: row.key)] == ours
    assert {row.key for row in operations.of_payments([6, 70, 8])} == {"payment:6", "payment:70"}
    assert operations.of_payments([]) == []


def test_the_orders_that_payments_were_planned_with(session: Session) -> None:
    operations = Operations(session)
    for order_id, key in ((7, "payment:1"), (8, "payment:2/501"), (9, "payment:3"), (10, "payment:4")):
        operations.plan([structs.replace(PAYMENT, key=key, order_id=order_id)])
    operations.withdraw([structs.replace(PAYMENT, key="payment:3", order_id=9)])
    assert operations.orders_of_payments([1, 2, 3]) == {7, 8}


def test_what_was_never_sent_moves_to_another_order(session: Session) -> None:
    operations = Operations(session)
    operations.plan([PAYMENT])
    old = read(session, "payment:7")
    operations.move(old, 8)
    operations.plan([structs.replace(PAYMENT, order_id=8, parent_key="sale:8")])
    moved = read(session, "payment:7")
    assert (moved.order_id, moved.parent_key, moved.state) == (8, "sale:8", State.PLANNED)
    assert operations.save(structs.replace(old, state=State.SENDING, payload="{}")) is None

    # A run that had read the shop before the payment was moved.
    operations.plan([PAYMENT])
    operations.withdraw([PAYMENT])
    operations.move(old, 7)
    assert read(session, "payment:7") == moved


def test_what_was_begun_does_not_move(session: Session) -> None:
    operations = Operations(session)
    operations.plan([PAYMENT])
    planned = read(session, "payment:7")
    begun = operations.save(structs.replace(planned, state=State.SENDING, payload="{}"))
    assert begun is not None
    for row in (planned, begun):
        operations.move(row, 8)
        operations.plan([structs.replace(PAYMENT, order_id=8, parent_key="sale:8")])
    assert (read(session, "payment:7").order_id, read(session, "payment:7").epoch) == (7, begun.epoch)
