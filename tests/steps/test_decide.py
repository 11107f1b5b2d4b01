"""What a person decides by the command line: accepted, settled, sent again; each with who and why, and two at once."""

from __future__ import annotations

import concurrent.futures
import datetime as dt

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.facts import Said, said
from include.ledger.actions import Actions
from include.ledger.operations import Operations
from include.posting.deciding import DecisionError, Declaration, Word
from include.posting.decision import Seen
from include.reconciliation.sides import Depth
from include.steps import decide as command
from include.steps import tasks
from include.steps.extract import extract
from include.steps.preflight import preflight
from include.steps.run_request import RunRequest
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.steps.nights import Nights, change
from tests.steps.reconciling import Reconciliations

DAY = dt.date(2026, 3, 17)
BY = ["--who", "Анна", "--why", "сверила с Контуром"]


def make(shop: Connection) -> Made:
    return make_case(shop, "paid_and_shipped_in_a_day", at=DAY)


def say(*words: str) -> int:
    return command.main([*words, *BY])


def actions(nights: Nights, order_id: int) -> list[tuple[str, ...]]:
    with nights.ledger.open() as session:
        return session.rows(
            "SELECT op_key, who, kind, why, state_before, state_after FROM local_kontur_bukh_action"
            " WHERE order_id = %s ORDER BY id",
            [order_id],
        )


def long_ago(nights: Nights) -> None:
    """What happened is an hour older."""
    with nights.ledger.open() as session:
        for column in ("done_at", "unknown_since", "updated_at"):
            session.execute(f"UPDATE local_kontur_bukh_operation SET {column} = {column} - INTERVAL 1 HOUR")
        session.execute("UPDATE local_kontur_bukh_attempt SET sent_at = sent_at - INTERVAL 1 HOUR")


def unknown(shop: Connection, nights: Nights, kontur: Sandbox, fault: str) -> Made:
    """An order whose document was sent an hour ago and got no answer."""
    order = make(shop)
    kontur.set_faults(next=[{"fault": fault, "path_ends_with": "/saleinvoices"}])
    nights.look_at([order.order_id])
    kontur.set_faults()
    assert nights.states(order.order_id)[f"sale:{order.order_id}"] == "unknown"
    long_ago(nights)
    return order


def test_what_a_search_finds_is_accepted(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = unknown(shop, nights, kontur, "close_after_commit")
    (document,) = kontur.books.documents()
    assert say("accept", "--order", order.number) == 0
    key = f"sale:{order.order_id}"
    assert actions(nights, order.order_id) == [(key, "Анна", "accepted", "сверила с Контуром", "unknown", "done")]
    assert (nights.sync_row(order.order_id) or ())[:2] == ("pending", document["id"]), "its payment is still to come"
    assert order.order_id in look_at_by_the_next(nights)
    assert nights.look_at([order.order_id]) == []
    assert (nights.sync_row(order.order_id) or ())[:2] == ("synced", document["id"])
    assert (len(kontur.books.documents()), len(kontur.books.payments())) == (1, 1)


def look_at_by_the_next(nights: Nights) -> list[int]:
    """The orders of a run over other days."""
    day = DAY + dt.timedelta(days=40)
    return tasks.order_ids(extract(nights.rules, Window(day, day), RunRequest("run")).batches)


def test_a_document_that_differs_is_accepted_as_it_stands(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = unknown(shop, nights, kontur, "close_after_commit")
    (document,) = kontur.books.documents()
    kontur.control("PATCH", f"/documents/{document['id']}", {"number": "B-7"})
    (square,) = nights.look_at([order.order_id])
    assert (square.state, square.code) == ("review", "mismatch")
    assert say("accept", "--order", order.number) == 0
    assert (nights.sync_row(order.order_id) or ())[1] == document["id"]
    assert nights.look_at([order.order_id]) == []
    assert (nights.sync_row(order.order_id) or ())[0] == "synced"
    assert (len(kontur.books.documents()), len(kontur.books.payments())) == (1, 1)


def test_what_was_never_applied_is_sent_by_the_next_run(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = unknown(shop, nights, kontur, "status_503_before_commit")
    assert say("settle", "--order", order.number, "--not-posted") == 0
    assert (nights.sync_row(order.order_id) or ())[0] == "pending"
    assert kontur.books.documents() == [], "nothing is posted by it"
    nights.look_at([order.order_id])
    assert len(kontur.books.documents()) == 1
    assert (nights.sync_row(order.order_id) or ())[0] == "synced"


def test_that_it_was_not_posted_is_not_believed_while_kontur_shows_it(
    shop: Connection, nights: Nights, kontur: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    order = unknown(shop, nights, kontur, "close_after_commit")
    (document,) = kontur.books.documents()
    assert say("settle", "--order", order.number, "--not-posted") == 1
    assert document["id"] in caplog.text
    assert actions(nights, order.order_id) == []
    assert nights.states(order.order_id)[f"sale:{order.order_id}"] == "unknown"


def test_what_stands_under_an_id_is_the_operation(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = unknown(shop, nights, kontur, "status_503_before_commit")
    other = make(shop)
    assert nights.look_at([other.order_id]) == []
    (theirs,) = kontur.books.documents()
    assert say("settle", "--order", order.number, "--id", theirs["id"]) == 1, "it is another order's"
    assert say("settle", "--order", order.number, "--id", "no-such") == 1
    kontur.control("PATCH", f"/documents/{theirs['id']}", {"comment": "by hand", "number": "17"})
    with nights.ledger.open() as session:
        session.execute("DELETE FROM local_kontur_bukh_operation WHERE order_id = %s", [other.order_id])
    assert say("settle", "--order", order.number, "--id", theirs["id"]) == 0
    with nights.ledger.open() as session:
        row = Operations(session).get(f"sale:{order.order_id}")
    assert row is not None
    assert (row.state, row.doc_id, row.code, row.plan) == ("done", theirs["id"], "settled", None)


def vanished(shop: Connection, nights: Nights, kontur: Sandbox) -> Made:
    """A posted order whose document was deleted in Kontur, and others that stand."""
    orders = [make(shop) for _ in range(3)]
    assert nights.look_at([order.order_id for order in orders]) == []
    long_ago(nights)
    order = orders[0]
    (gone,) = [d["id"] for d in kontur.books.documents() if f"-S{order.order_id}-" in d["comment"]]
    kontur.control("DELETE", f"/documents/{gone}")
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == [order.order_id]
    return order


def test_what_vanished_is_sent_again_with_its_payment(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = vanished(shop, nights, kontur)
    (square,) = nights.look_at([order.order_id])
    assert square.code == "vanished"
    old = (nights.sync_row(order.order_id) or ())[1]
    assert say("send-again", "--order", order.number) == 0
    assert (nights.sync_row(order.order_id) or ())[:2] == ("pending", None)
    assert [(row[0], row[2], *row[4:]) for row in actions(nights, order.order_id)] == [
        (f"sale:{order.order_id}", "sent_again", "done", "planned"),
        (next(key for key in nights.states(order.order_id) if "payment" in key), "sent_again", "done", "planned"),
    ]
    assert nights.look_at([order.order_id]) == []
    status, new, _ = nights.sync_row(order.order_id) or ()
    assert (status, new != old) == ("synced", True)
    assert (len(kontur.books.documents()), len(kontur.books.payments())) == (3, 3)
    keys = [row["idempotency_key"] for row in kontur.books.documents() if f"-S{order.order_id}-" in row["comment"]]
    sent = [row["idempotency_key"] for row in kontur.books.requests() if row["method"] == "POST"]
    assert [sent.count(key) for key in keys] == [1], "by a key of its own: a server that remembers keys makes it anew"
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == []


def test_what_vanished_and_is_to_stay_so_asks_nobody_until_the_order_changes(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order = vanished(shop, nights, kontur)
    assert [square.code for square in nights.look_at([order.order_id])] == ["vanished"]
    assert say("stays-gone", "--order", order.number) == 0
    assert nights.sync_row(order.order_id) == ("synced", None, None)
    key = f"sale:{order.order_id}"
    assert actions(nights, order.order_id) == [(key, "Анна", "stays_gone", "сверила с Контуром", "done", "done")]
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == []
    requests = len([row for row in kontur.books.requests() if row["method"] == "POST"])
    assert nights.look_at([order.order_id]) == []
    assert nights.sync_row(order.order_id) == ("synced", None, None)
    # Further money has no document to go to: somebody hears of it, by its day and sum.
    add_payment(shop, order.order_id)
    (square,) = nights.look_at([order.order_id])
    assert square.code == "gone_document_money"
    assert len([row for row in kontur.books.requests() if row["method"] == "POST"]) == requests
    assert len(kontur.books.documents()) == 2


def add_payment(shop: Connection, order_id: int) -> None:
    """The order's payment once more, as another row."""
    with shop.cursor() as cursor:
        cursor.execute("SELECT * FROM b_sale_order_payment WHERE ORDER_ID = %s", [order_id])
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
        cursor.execute("SELECT MAX(ID) + 1 FROM b_sale_order_payment")
        row |= {"ID": cursor.fetchone()[0], "ACCOUNT_NUMBER": None, "XML_ID": None}
        cursor.execute(
            f"INSERT INTO b_sale_order_payment ({', '.join(f'`{name}`' for name in names)})"
            f" VALUES ({', '.join(['%s'] * len(names))})",
            list(row.values()),
        )
    shop.commit()


def test_what_was_to_stay_gone_and_is_restored_stands_again(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = make(shop)
    assert nights.look_at([order.order_id]) == []
    with nights.ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_operation SET code = 'stays_gone' WHERE parent_key IS NULL")
        session.execute("UPDATE local_kontur_bukh_sync SET KB_DOC_ID = NULL")
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == [order.order_id]
    assert nights.look_at([order.order_id]) == []
    (document,) = kontur.books.documents()
    assert (nights.sync_row(order.order_id) or ())[:2] == ("synced", document["id"])


def test_what_stands_is_not_sent_again(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = make(shop)
    assert nights.look_at([order.order_id]) == []
    key = f"sale:{order.order_id}"
    assert say("send-again", "--order", order.number, "--operation", key) == 1, "it was posted a moment ago"
    long_ago(nights)
    assert say("send-again", "--order", order.number, "--operation", key) == 1
    assert nights.states(order.order_id)[key] == "done"
    assert actions(nights, order.order_id) == []


def test_a_document_that_was_deleted_as_a_review_asked_settles_the_order(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order = vanished(shop, nights, kontur)
    old = (nights.sync_row(order.order_id) or ())[1]
    change(shop, "order", order.order_id, CANCELED="Y", DATE_CANCELED=f"{DAY} 12:00:00")
    assert nights.look_at([order.order_id]) == [], "nobody is asked about it"
    assert nights.sync_row(order.order_id) is None
    states = nights.states(order.order_id)
    assert set(states.values()) == {"skipped"}
    assert {(row[1], row[2]) for row in actions(nights, order.order_id)} == {(nights.run_id, "deleted_as_asked")}
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == []
    # Not cancelled after all: it is a sale again, and Kontur has none.
    change(shop, "order", order.order_id, CANCELED="N", DATE_CANCELED=None)
    assert nights.look_at([order.order_id]) == []
    status, new, _ = nights.sync_row(order.order_id) or ()
    assert (status, new != old) == ("synced", True)
    assert (len(kontur.books.documents()), len(kontur.books.payments())) == (3, 3)


def test_what_only_a_list_does_not_show_is_not_taken_for_deleted(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = vanished(shop, nights, kontur)
    monkeypatch.setenv("KONTUR__CONTRACT__READ_DOCUMENTS", "false")
    nights.rules = settings.load()
    change(shop, "order", order.order_id, CANCELED="Y", DATE_CANCELED=f"{DAY} 12:00:00")
    assert [square.state for square in nights.look_at([order.order_id])] == ["review"]
    assert set(nights.states(order.order_id).values()) == {"done"}
    assert actions(nights, order.order_id) == []
    # A person knows; what is to be sent again is called for no longer, and is not sent.
    assert say("send-again", "--order", order.number) == 0
    assert nights.look_at([order.order_id]) == []
    assert set(nights.states(order.order_id).values()) == {"skipped"}
    assert len(kontur.books.documents()) == 2


def test_a_vanished_document_that_the_shop_calls_for_is_a_persons(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order = vanished(shop, nights, kontur)
    (square,) = nights.look_at([order.order_id])
    assert square.code == "vanished"
    assert actions(nights, order.order_id) == []


def asked(nights: Nights, order: Made, word: Word, who: str) -> Declaration:
    with nights.ledger.open() as session:
        operations = Operations(session)
        row, now = operations.get(f"sale:{order.order_id}"), operations.now()
    assert row is not None
    return Declaration(
        order_id=order.order_id, key=row.key, word=word, seen=Seen(row.epoch, now), who=who, why="проверено"
    )


def test_of_two_at_once_one_wins_and_the_other_is_told(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    order = unknown(shop, nights, kontur, "close_after_commit")
    both = [asked(nights, order, Word.ACCEPT, who) for who in ("Анна", "Борис")]

    def decide(one: Declaration) -> object:
        try:
            return command.decide(settings.load(), one).state
        except DecisionError as error:
            return error.said

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(decide, both))
    (written,) = actions(nights, order.order_id)
    winner = written[1]
    assert outcomes.count("done") == 1
    assert said("decide_overtaken_by", who=winner) in outcomes
    with nights.ledger.open() as session:
        last = Actions(session).last(f"sale:{order.order_id}")
    assert last is not None
    assert (last.who, last.why) == (winner, "проверено")


@pytest.mark.parametrize(("who", "why"), [("Анна", "  "), ("", "проверено")])
def test_nobody_decides_without_a_name_and_a_reason(
    shop: Connection, nights: Nights, kontur: Sandbox, who: str, why: str
) -> None:
    order = unknown(shop, nights, kontur, "close_after_commit")
    assert command.main(["accept", "--order", order.number, "--who", who, "--why", why]) == 1
    assert actions(nights, order.order_id) == []


def test_an_operation_is_named_where_it_is_not_clear_which(
    shop: Connection, nights: Nights, caplog: pytest.LogCaptureFixture
) -> None:
    order = make(shop)
    assert nights.look_at([order.order_id]) == []
    assert say("accept", "--order", "no-such-number") == 1
    assert say("accept", "--order", order.number) == 1
    assert all(key in caplog.text for key in nights.states(order.order_id))


RIGHT_INN, WRONG_INN = "7707083893", "7707083894"
"""The check digit of 770708389 is 3."""


def refused(shop: Connection, nights: Nights) -> Made:
    """An order whose buyer has an INN that is none, and that a person was shown."""
    order = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    assert [square.code for square in nights.look_at([order.order_id])] == ["inn_checksum"]
    return order


def set_inn(shop: Connection, order: Made, inn: str) -> None:
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'", [inn, order.order_id]
        )
    shop.commit()


def test_a_finding_that_is_closed_asks_nobody(shop: Connection, nights: Nights) -> None:
    order = refused(shop, nights)
    assert say("close", "--order", order.number, "--finding", "inn_zero") == 1, "it has no such finding"
    assert say("close", "--order", order.number) == 0
    (action,) = actions(nights, order.order_id)
    assert list(action) == [None, "Анна", "finding_closed", "сверила с Контуром", "rejected", "closed"]
    assert nights.sync_row(order.order_id) is None, "the exchange has posted nothing of it"
    assert say("close", "--order", order.number) == 1, "nothing is left to close"
    assert order.order_id in look_at_by_the_next(nights)
    assert nights.look_at([order.order_id]) == []
    assert order.order_id not in look_at_by_the_next(nights)
    set_inn(shop, order, WRONG_INN)
    assert [square.code for square in nights.look_at([order.order_id])] == ["inn_checksum"], (
        "another INN: it asks again"
    )


def test_of_two_findings_of_one_code_the_command_sends_to_the_page(
    shop: Connection, nights: Nights, caplog: pytest.LogCaptureFixture
) -> None:
    order = make(shop)
    add_payment(shop, order.order_id)
    change(shop, "order_payment", order.order_id, PAID="Y", DATE_PAID=None)
    (square,) = nights.look_at([order.order_id])
    assert [problem.code for problem in square.problems] == ["payment_date", "payment_date"]
    assert say("close", "--order", order.number) == 1
    assert "--finding" in caplog.messages[-1]
    assert say("close", "--order", order.number, "--finding", "payment_date") == 1
    assert "--finding" not in caplog.messages[-1], "it was given, and there is no other way to say it"


def test_the_comparison_knows_what_a_person_closed(shop: Connection, nights: Nights, kontur: Sandbox) -> None:
    """Closed, it is for information; once it could be posted, it waits for a person and does not come by itself."""
    order = refused(shop, nights)
    compared = Reconciliations(nights.ledger, nights.rules)

    def told() -> set[tuple[str, str, bool]]:
        compared.run(Depth.HEADERS, Window(DAY, DAY))
        why = [(row, dict(row.said.facts)["why"]) for row in compared.standing()]
        return {(row.code, reason.code, row.noted) for row, reason in why if isinstance(reason, Said)}

    assert told() == {("not_posted", "unposted_refused", False)}
    assert say("close", "--order", order.number) == 0
    assert told() == {("not_posted", "unposted_closed", True)}
    set_inn(shop, order, RIGHT_INN)
    assert len(nights.look_at([order.order_id])) == 1
    assert told() == {("not_posted", "unposted_refused", False)}


def test_what_was_closed_and_can_be_posted_by_now_is_asked_about_first(
    shop: Connection, nights: Nights, kontur: Sandbox
) -> None:
    order = refused(shop, nights)
    assert say("close", "--order", order.number) == 0
    set_inn(shop, order, RIGHT_INN)
    (square,) = nights.look_at([order.order_id])
    assert square.code == "due_after_closing"
    assert kontur.books.documents() == [], "whoever closed it may have entered it in Kontur"
    assert say("reopen", "--order", order.number) == 0
    assert nights.look_at([order.order_id]) == []
    assert (nights.sync_row(order.order_id) or ())[0] == "synced"
    assert len(kontur.books.documents()) == 1
