"""Shop, ledger and Kontur's sandbox compared by the reconciliation's steps."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include.ledger.compared import ComparedDays
from include.ledger.days import Days, selecting
from include.reconciliation.sides import Depth
from include.steps.reconciliation.attention import again, unsettled
from include.steps.reconciliation.days import each_day
from include.steps.reconciliation.deciding import (
    DecisionRefusedError,
    against,
    agree,
    decide,
    open_differences,
    reopen,
    since_agreed,
)
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change
from tests.steps.reconciling import MARCH, Reconciliations

DAY = dt.date(2026, 3, 17)


@pytest.fixture
def reconciliations(nights: Nights) -> Reconciliations:
    return Reconciliations(nights.ledger, nights.rules)


def posted(shop: Connection, nights: Nights, count: int, day: dt.date = DAY) -> list[int]:
    """Orders paid and shipped on a day, in the books since an hour."""
    ids = [make_case(shop, "paid_and_shipped_in_a_day", at=day).order_id for _ in range(count)]
    assert nights.look_at(ids) == []
    with nights.ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_operation SET done_at = done_at - INTERVAL 1 HOUR")
    return ids


def document(kontur: Sandbox, order_id: int) -> dict[str, Any]:
    (found,) = [d for d in kontur.books.documents() if f"-S{order_id}-" in (d["comment"] or "")]
    return found


def path(kontur: Sandbox, order_id: int) -> str:
    return f"/documents/{document(kontur, order_id)['id']}"


def asked(kontur: Sandbox, before: int) -> dict[str, int]:
    """Requests since then: of lists, and of single documents; there are no others."""
    requests = kontur.books.requests()[before:]
    assert {request["method"] for request in requests} <= {"GET"}
    single = sum(request["template"].endswith("{id}") for request in requests)
    return {"list": len(requests) - single, "document": single}


def test_what_was_posted_agrees_and_each_document_is_read_once(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    posted(shop, nights, 3)
    for depth, read in ((Depth.HEADERS, 0), (Depth.FULL, 3)):
        before = len(kontur.books.requests())
        found = reconciliations.run(depth)
        assert reconciliations.standing() == []
        assert found.squares == []
        assert found.summary["holds"]
        account = found.summary["accounts"]["kontur_default"]
        total = sum(d["total"] for d in kontur.books.documents())
        assert Decimal(account["documents"]["shop"]) == Decimal(account["documents"]["books"]) == total > 0
        assert (account["orders"], account["listed"], account["read"]) == (3, 3, read)
        # ⌈3 / 500⌉ + 1 of invoices, ⌈0 / 500⌉ + 1 of acts.
        assert asked(kontur, before) == {"list": 3, "document": read}


def test_what_a_run_that_was_not_finished_found_is_asked_by_the_next(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    (gone,) = posted(shop, nights, 1)
    kontur.control("DELETE", path(kontur, gone))
    found = reconciliations.parts(MARCH, depth=Depth.HEADERS, complete=False)
    assert found.summary["new"] == 1
    again_found = reconciliations.run(Depth.HEADERS)
    assert again_found.squares == found.squares != [], "nobody has seen the squares of the first"
    assert reconciliations.run(Depth.HEADERS).squares == []


def test_each_damage_is_told_as_what_it_is_and_is_gone_when_it_is_undone(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    ids = posted(shop, nights, 7)
    gone, copied, moved, edited, changed, paid, fine = ids
    old = {order_id: document(kontur, order_id) for order_id in ids}
    kontur.control("DELETE", path(kontur, gone))
    copy = kontur.control("POST", path(kontur, copied) + "/copy", {})["id"]
    kontur.control("PATCH", path(kontur, moved), {"date": "2026-04-02"})
    kontur.control("PATCH", path(kontur, edited), {"number": "X"})
    change(shop, "order", changed, CANCELED="Y", DATE_CANCELED=dt.datetime(2026, 3, 20))
    money = kontur.control(
        "POST", path(kontur, paid) + "/payments", {"date": "2026-03-20", "amount": 5, "paymentMethod": "Cash"}
    )

    lists = reconciliations.run(Depth.HEADERS)
    expected = [
        ("changed_in_shop", changed),
        ("doubled", copied),
        ("edited", edited),
        ("moved", moved),
        ("vanished", gone),
    ]
    assert [row for row in reconciliations.told() if row[0] in dict(expected)] == sorted(expected)
    full = reconciliations.run(Depth.FULL)
    assert ("payment_extra", paid) in reconciliations.told()
    assert fine not in {order for _, order in reconciliations.told()}
    assert lists.summary["holds"]
    assert full.summary["holds"]
    asked_about = {one["number"] for one in lists.squares}
    assert {str(order) for _, order in expected} == asked_about
    assert {one["number"] for one in full.squares} & asked_about <= {str(gone), str(copied)}, "their payments are news"

    kontur.control("DELETE", f"/documents/{copy}")
    kontur.control("PATCH", path(kontur, moved), {"date": old[moved]["date"]})
    kontur.control("PATCH", path(kontur, edited), {"number": old[edited]["number"]})
    change(shop, "order", changed, CANCELED="N", DATE_CANCELED=None)
    reconciliations.run(Depth.HEADERS)
    assert {order for _, order in reconciliations.told()} == {gone, paid}, "what only documents show stays"
    kontur.control("DELETE", f"/payments/{money['id']}")
    reconciliations.run(Depth.HEADERS)
    assert {order for _, order in reconciliations.told()} == {gone, paid}
    reconciliations.run(Depth.FULL)
    assert {order for _, order in reconciliations.told()} == {gone}


def test_a_person_types_what_we_posted_two_weeks_before(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    """The day of what was typed is compared alone."""
    (order_id,) = posted(shop, nights, 1)
    ours = document(kontur, order_id)
    line = {"name": "Чайник", "quantity": 1, "price": 1, "vatRate": "none", "unit": "шт"}
    typed = {"date": "2026-03-30", "number": f"№ {order_id}", "items": [line], "totalAmount": 1, "comment": ""}
    kontur.control("POST", "/accounts/demo/documents/saleinvoices", typed | {"counterpartyId": ours["counterparty_id"]})
    day = Window(dt.date(2026, 3, 30), dt.date(2026, 3, 30))
    for run in (reconciliations.run(Depth.HEADERS, day), reconciliations.run(Depth.HEADERS)):
        assert reconciliations.told() == [("typed_by_hand", order_id)]
        assert run.summary["holds"]
    with nights.ledger.open() as session:
        (on_day,) = [row for row in ComparedDays(session).of_window("kontur_default", day) if row.others]
    assert (on_day.books, on_day.others, on_day.others_amount) == (Decimal(0), 1, Decimal(1))


def test_a_square_is_made_once_and_clearing_it_looks_at_its_days_again(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    order_id, _ = posted(shop, nights, 2)
    kontur.control("PATCH", path(kontur, order_id), {"totalAmount": 1})
    ((square,), (*later,)) = (reconciliations.run(Depth.HEADERS).squares, reconciliations.run(Depth.HEADERS).squares)
    assert (square["number"], later) == (str(order_id), [])
    (left,) = unsettled(square["ids"])
    assert (left.code, left.books_amount) == ("edited", Decimal("1.00"))
    assert [row.id for row in again(square["ids"], nights.rules, "run")] == square["ids"]
    total = sum(
        item["quantity"] * item["price"]
        for item in kontur.books.items()
        if item["document_id"] == document(kontur, order_id)["id"]
    )
    kontur.control("PATCH", path(kontur, order_id), {"totalAmount": float(total)})
    assert again(square["ids"], nights.rules, "run") == []


def test_that_a_document_posted_a_moment_ago_is_not_shown_proves_nothing(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    ids = posted(shop, nights, 2)
    kontur.control("DELETE", path(kontur, ids[0]))
    with nights.ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_operation SET done_at = UTC_TIMESTAMP(6)")
    young = reconciliations.run(Depth.HEADERS)
    assert ("unexplained", ids[0]) in reconciliations.told(), "confirmed a moment ago: Kontur may not show it yet"
    assert not young.summary["holds"]


def test_an_account_that_cannot_be_searched(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    """Only shop and ledger are compared, nothing is asked for, and it says so."""
    ids = posted(shop, nights, 2)
    change(shop, "order", ids[0], CANCELED="Y", DATE_CANCELED=dt.datetime(2026, 3, 20))
    contract = nights.rules.contract.model_copy(update={"search_documents": False})
    reconciliations.rules = nights.rules.model_copy(update={"contract": contract})
    before = len(kontur.books.requests())
    found = reconciliations.run(Depth.FULL)
    assert asked(kontur, before) == {"list": 0, "document": 0}
    assert found.summary["depths"] == ["ledger"]
    assert "contract.search_documents" in found.summary["text"]
    assert ("changed_in_shop", ids[0]) in reconciliations.told()
    assert {order for _, order in reconciliations.told()} == {ids[0]}


def test_a_sale_dated_back_is_found_and_posted_by_the_next_night(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    """A warehouse program ships on 17 March, and says so months later without touching DATE_UPDATE."""
    posted(shop, nights, 1)
    late = make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id
    found = reconciliations.run(Depth.HEADERS)
    assert set(reconciliations.told()) == {("unseen", late)}
    assert {one["number"] for one in found.squares} == {str(late)}
    today = dt.date(2026, 6, 1)
    with nights.ledger.open() as session:
        Days(session).cover(list(each_day(Window(DAY, today))), selecting(nights.rules), dt.datetime(2026, 6, 2), "run")
    assert late in nights.night(today)["order_ids"]
    with nights.ledger.open() as session:
        codes = {one.code for one in against(session, "kontur_default", MARCH, nights.rules)}
    assert "agree_posted_since" in codes
    assert "agree_undecided" not in codes
    reconciliations.run(Depth.HEADERS)
    assert reconciliations.told() == []


def test_money_of_another_range_than_its_document_is_counted_on_its_day(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    """Somebody types a payment of 3 March in at a document of 17 March, and gives that one's own payment the 4th."""
    order_id, other = posted(shop, nights, 2)
    early, late = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 10)), Window(dt.date(2026, 3, 11), dt.date(2026, 3, 31))
    typed = {"date": "2026-03-03", "amount": 7.77, "paymentMethod": "Cash"}
    extra = kontur.control("POST", f"{path(kontur, order_id)}/payments", typed)["id"]
    (own,) = (one for one in kontur.books.payments() if one["document_id"] == document(kontur, other)["id"])
    kontur.control("PATCH", f"/payments/{own['id']}", {"date": "2026-03-04"})

    def books() -> dict[int, Decimal]:
        with nights.ledger.open() as session:
            rows = ComparedDays(session).of_window("kontur_default", MARCH)
        return {row.day.day: row.books for row in rows if row.measure == "payments" and row.books}

    for windows in ((early, late), (late, early), (early, late)):
        reconciliations.parts(*windows)
        assert reconciliations.told() == [("payment_differs", other), ("payment_extra", order_id)]
        assert books() == {3: Decimal("7.77"), 4: own["amount"], DAY.day: own["amount"]}
    reconciliations.parts(early)
    assert len(reconciliations.told()) == 2, "its own day knows of it by now"
    kontur.control("DELETE", f"/payments/{extra}")
    reconciliations.parts(early)
    assert reconciliations.told() == [("payment_differs", other)]
    assert books() == {4: own["amount"], DAY.day: own["amount"]}


def test_money_of_another_month_is_counted_when_its_document_is_read(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    """February was compared before; of March, one document has a payment of 3 February by now."""
    (order_id,) = posted(shop, nights, 1)
    february = Window(dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    reconciliations.parts(february)
    typed = {"date": "2026-02-03", "amount": 7.77, "paymentMethod": "Cash"}
    kontur.control("POST", f"{path(kontur, order_id)}/payments", typed)
    found = reconciliations.run(Depth.FULL)
    assert reconciliations.told() == [("payment_extra", order_id)]
    assert len(found.squares) == 1
    with nights.ledger.open() as session:
        rows = ComparedDays(session).of_window("kontur_default", february)
    assert [(row.day.day, row.books) for row in rows if row.measure == "payments" and row.books] == [
        (3, Decimal("7.77"))
    ]


def test_a_cleared_square_counts_money_of_another_day_too(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    """A payment is gone, so its day is compared again; by then one of 3 March stands at the same document."""
    (order_id,) = posted(shop, nights, 1)
    (own,) = kontur.books.payments()
    kontur.control("DELETE", f"/payments/{own['id']}")
    (square,) = reconciliations.run(Depth.FULL).squares
    typed = {"date": "2026-03-03", "amount": 7.77, "paymentMethod": "Cash"}
    kontur.control("POST", f"{path(kontur, order_id)}/payments", typed)
    assert [row.code for row in again(square["ids"], nights.rules, "reconciliation-1")] == ["payment_missing"]
    assert reconciliations.told() == [("payment_extra", order_id), ("payment_missing", order_id)]
    with nights.ledger.open() as session:
        rows = ComparedDays(session).of_window("kontur_default", MARCH)
    assert {row.day.day: row.books for row in rows if row.measure == "payments" and row.books} == {3: Decimal("7.77")}


def test_money_of_a_day_that_was_never_read_asks_a_person_all_the_same(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    (order_id,) = posted(shop, nights, 1)
    typed = {"date": "2026-02-03", "amount": 7.77, "paymentMethod": "Cash"}
    kontur.control("POST", f"{path(kontur, order_id)}/payments", typed)
    found = reconciliations.run(Depth.FULL)
    assert [one["number"] for one in found.squares] == [str(order_id)]
    assert found.summary["differences"] == {"payment_extra": 1}
    assert reconciliations.run(Depth.FULL).squares == [], "nobody is asked twice"


def test_a_month_is_agreed_once_everything_is_settled_and_later_changes_are_shown(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    order_id, _ = posted(shop, nights, 2)
    total = document(kontur, order_id)["total"]
    kontur.control("PATCH", path(kontur, order_id), {"totalAmount": float(total + 1)})
    reconciliations.run(Depth.HEADERS)
    (row,) = open_differences("kontur_default", MARCH)
    with pytest.raises(DecisionRefusedError) as refused:
        agree("kontur_default", MARCH, "Anna", nights.rules)
    assert {reason.code for reason in refused.value.args} == {"agree_uncovered", "agree_unread", "agree_undecided"}

    with nights.ledger.open() as session:
        Days(session).cover(list(each_day(MARCH)), selecting(nights.rules), dt.datetime(2026, 4, 1), "run")
    reconciliations.run(Depth.FULL)
    with pytest.raises(DecisionRefusedError) as refused:
        agree("kontur_default", MARCH, "Anna", nights.rules)
    assert [reason.code for reason in refused.value.args] == ["agree_undecided"]
    assert row.id is not None
    decide([row.id], "Anna", "a rouble for the bag")
    with pytest.raises(DecisionRefusedError) as refused:
        decide([row.id], "Boris", "me too")
    assert refused.value.args[0].code == "difference_decided_already"
    reopen([row.id], "Boris", "ask the buyer first")
    assert [one.id for one in open_differences("kontur_default", MARCH)] == [row.id]
    with pytest.raises(DecisionRefusedError) as refused:
        reopen([row.id], "Boris", "ask the buyer first")
    assert refused.value.args[0].code == "difference_not_decided"
    decide([row.id], "Anna", "a rouble for the bag")
    agree("kontur_default", MARCH, "Anna", nights.rules)
    with pytest.raises(DecisionRefusedError) as refused:
        agree("kontur_default", MARCH, "Anna", nights.rules)
    assert [reason.code for reason in refused.value.args] == ["month_agreed_already"]
    assert reconciliations.run(Depth.FULL).squares == []

    kontur.control("PATCH", path(kontur, order_id), {"totalAmount": float(total + 3)})
    assert len(reconciliations.run(Depth.HEADERS).squares) == 1, "nobody has decided about this"
    with nights.ledger.open() as session:
        since = since_agreed(session, "kontur_default", MARCH)
        deeds = session.rows("SELECT kind, who, connection FROM local_kontur_bukh_action ORDER BY id")
    assert since is not None
    (changed,) = since.days
    assert changed.before is not None
    assert (changed.now.measure, changed.now.day) == ("documents", DAY)
    assert (changed.now.shop, changed.now.books - changed.before.books) == (changed.before.shop, Decimal(2))
    assert ([one.id for one in since.appeared], since.gone) == ([row.id], ())
    assert deeds == [
        ("difference_decided", "Anna", "kontur_default"),
        ("difference_reopened", "Boris", "kontur_default"),
        ("difference_decided", "Anna", "kontur_default"),
        ("month_agreed", "Anna", "kontur_default"),
    ]


def test_a_month_of_an_account_that_shows_lists_only_can_be_agreed(
    shop: Connection, nights: Nights, kontur: Sandbox, reconciliations: Reconciliations
) -> None:
    posted(shop, nights, 1)
    with nights.ledger.open() as session:
        Days(session).cover(list(each_day(MARCH)), selecting(nights.rules), dt.datetime(2026, 4, 1), "run")
    contract = nights.rules.contract.model_copy(update={"read_documents": False})
    reconciliations.rules = nights.rules.model_copy(update={"contract": contract})
    found = reconciliations.run(Depth.FULL)
    assert found.summary["depths"] == ["headers"]
    with pytest.raises(DecisionRefusedError) as refused:
        agree("kontur_default", MARCH, "Anna", nights.rules)
    assert [reason.code for reason in refused.value.args] == ["agree_unread"]
    agree("kontur_default", MARCH, "Anna", reconciliations.rules)


@pytest.mark.parametrize(("who", "why"), [("", "a rouble for the bag"), ("Anna", " ")])
def test_nothing_is_decided_by_nobody_or_without_a_reason(who: str, why: str) -> None:
    with pytest.raises(DecisionRefusedError) as refused:
        decide([1], who, why)
    assert [reason.code for reason in refused.value.args] == ["decide_who_and_why"]
