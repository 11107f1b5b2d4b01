"""What the shop tells otherwise after posting is for a person, field by field."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from include import words
from include.accounting.changes import differences
from include.accounting.operations import KnownOperation, Plan, Progress, SaleDocument
from include.bitrix.rows import Order
from include.words import Language
from tests.accounting.orders import (
    MONEY_STAYS,
    codes,
    company,
    document,
    documents,
    finding,
    line,
    order,
    payment,
    payments,
    plan,
    posted,
    returned,
    rules,
)
from tests.accounting.plain import change, facts

SOLD = order(line("1000.00"), line("500.00", 2, name="Чашка"), **company(), payments=[payment(7, "2000.00")])
POSTED = plan(SOLD)


def now(**changes: Any) -> Plan:
    """The plan of the sold order with these fields changed; what is posted never changes."""
    found = plan(dataclasses.replace(SOLD, **changes), known=posted(POSTED))
    assert found.due == POSTED.due
    return found


def what(found: Plan) -> Any:
    """What is said to be different."""
    assert codes(found) == [("review", "changed_after_posting")]
    told = facts(finding(found))
    assert (told["number"], told["day"]) == ("1045", "2026-03-05")
    return told["what"]


def told(**changes: Any) -> list[Any]:
    """The differences of the sold order's document once these fields have changed."""
    code, said = what(now(**changes))
    assert code == "changed_fields"
    return said["differences"]  # type: ignore[no-any-return]


def item(name: str, quantity: str, price: str, percent: str = "22") -> tuple[str, dict[str, Any]]:
    vat = ("vat_percent", {"rate": percent})
    return "document_line", {"name": name, "quantity": quantity, "unit": "шт", "price": price, "vat": vat}


def of_inn(inn: str, kpp: str) -> tuple[str, dict[str, str]]:
    return "buyer_inn_kpp", {"inn": inn, "kpp": kpp}


def in_russian(one: SaleDocument, other: SaleDocument) -> list[str]:
    return [words.text(found.said, Language.RU).replace("\u00a0", " ") for found in differences(one, other)]


OURS = of_inn("7707083893", "773601001")


def test_unchanged_nothing_is_said() -> None:
    assert now() == POSTED


def test_a_line_added() -> None:
    rows = (*SOLD.items, line("100.00", id=9, name="Ложка"))
    assert told(items=rows, price=SOLD.price + 100) == [
        change("change_sum", "2000.00", "2100.00"),
        ("change_line_new", {"line": item("Ложка", "1", "100.00")}),
    ]


def test_a_price_changed() -> None:
    rows = (line("900.00", id=1), SOLD.items[1])
    assert told(items=rows, price=SOLD.price - 100) == [
        change("change_sum", "2000.00", "1900.00"),
        change("change_line", item("Чайник", "1", "1000.00"), item("Чайник", "1", "900.00")),
    ]


def test_a_line_taken_out() -> None:
    assert told(items=SOLD.items[:1], price=SOLD.price - 1000) == [
        change("change_sum", "2000.00", "1000.00"),
        ("change_line_gone", {"line": item("Чашка", "2", "500.00")}),
    ]


def test_lines_in_another_order_are_the_same() -> None:
    assert now(items=SOLD.items[::-1]) == POSTED


def test_the_buyers_inn() -> None:
    assert told(**company("7736207543")) == [change("change_buyer", OURS, of_inn("7736207543", "773601001"))]


def test_the_buyers_kpp() -> None:
    assert told(**company(kpp=None)) == [change("change_buyer", OURS, ("buyer_inn", {"inn": "7707083893"}))]


def test_a_buyer_named_by_its_id() -> None:
    one = document(plan(order()))
    foreign = dataclasses.replace(one, counterparty=dataclasses.replace(one.counterparty, id="cp-42"))
    other = dataclasses.replace(foreign, counterparty=dataclasses.replace(foreign.counterparty, id="cp-43"))
    assert in_russian(foreign, other) == ["покупатель: контрагент с id cp-42 → контрагент с id cp-43"]
    assert in_russian(one, foreign) == ["покупатель: розничный покупатель → контрагент с id cp-42"]


def test_the_buyers_name_alone_is_no_change() -> None:
    assert now(**company(name="ООО «Пример» (новое имя)")) == POSTED


def test_a_buyer_who_is_broken_now() -> None:
    code, said = what(now(**company("7701234567")))
    assert (code, said["problem"][0]) == ("changed_to_unfit", "inn_checksum")


def test_the_date_of_shipment() -> None:
    moved = dataclasses.replace(order(shipped="2026-03-09")).date_deducted
    assert told(date_deducted=moved) == [change("change_date", "2026-03-05", "2026-03-09")]


def test_the_number() -> None:
    assert told(account_number="1045-1") == [change("change_number", "1045", "1045-1")]


def test_the_total_alone() -> None:
    code, said = what(now(price=SOLD.price + 50))
    assert (code, said["problem"][0]) == ("changed_to_unfit", "total_mismatch")


@pytest.mark.parametrize(("vat", "rate"), [("0.10", ("vat_percent", {"rate": "10"})), (None, "vat_none")])
def test_the_rate(vat: str | None, rate: Any) -> None:
    rows = (line("1000.00", vat=vat, id=1), SOLD.items[1])
    code, before = item("Чайник", "1", "1000.00")
    assert told(items=rows) == [change("change_line", (code, before), (code, before | {"vat": rate}))]


def test_a_line_reads_like_one() -> None:
    rows = (line("900.00", 3, vat=None, id=1), SOLD.items[1])
    (_, changed) = in_russian(
        document(POSTED), document(plan(dataclasses.replace(SOLD, items=rows, price=Decimal(3700))))
    )
    assert changed == "строка: «Чайник» 1 шт × 1 000,00 ₽ (НДС 22 %) → «Чайник» 3 шт × 900,00 ₽ (без НДС)"


def test_many_changes_are_cut() -> None:
    rows = tuple(line(str(n), id=n) for n in range(1, 21))
    assert len(told(items=rows, price=Decimal(210))) == 6


def test_changed_back_the_review_clears_by_itself() -> None:
    assert codes(now(price=SOLD.price + 50))
    assert now().findings == ()


def test_what_is_on_its_way_is_compared_as_well() -> None:
    begun = [KnownOperation(key=o.key, operation=o, progress=Progress.BEGUN) for o in POSTED.due]
    found = plan(dataclasses.replace(SOLD, account_number="X"), known=begun)
    assert found.due == POSTED.due
    assert codes(found) == [("review", "changed_after_posting")]


def test_what_was_never_sent_is_simply_planned_anew() -> None:
    waiting = [KnownOperation(key=o.key, operation=o, progress=Progress.PLANNED) for o in POSTED.due]
    found = plan(dataclasses.replace(SOLD, account_number="X"), known=waiting)
    assert (document(found).number, found.findings) == ("X", ())


def test_a_new_payment_is_posted_though_the_document_is_under_review() -> None:
    rows = (*SOLD.payments, payment(8, "50.00", "2026-03-20"))
    found = plan(dataclasses.replace(SOLD, price=SOLD.price + 50, payments=rows), known=posted(POSTED))
    assert payments(found)[-1] == ("payment:8", "2026-03-20", "50.00")
    assert codes(found) == [("review", "changed_after_posting")]


class TestStatusesMoveOn:
    """Status-only shops: DATE_STATUS moves with each status, the history is purged."""

    @staticmethod
    def moved(status: str, date_status: str, *statuses: tuple[str, str], **fields: Any) -> Order:
        given = {"shipments": (), **fields}
        return order(shipped=None, status_id=status, date_status=date_status, statuses=statuses, **given)

    @staticmethod
    def planned(found: Order, known: Plan | None = None) -> Plan:
        return plan(found, known=posted(known) if known else (), by=rules(of_shop={"shipped_by": "status"}))

    def test_from_d_to_f_with_history(self) -> None:
        first = self.planned(self.moved("D", "2026-03-05", ("D", "2026-03-05")))
        later = self.moved("F", "2026-03-10", ("D", "2026-03-05"), ("F", "2026-03-10"))
        assert self.planned(later, first) == first

    @pytest.mark.parametrize("history", [(), (("F", "2026-03-10"),)])
    def test_with_the_history_purged_the_posted_day_stands(self, history: tuple[tuple[str, str], ...]) -> None:
        first = self.planned(self.moved("D", "2026-03-05", ("D", "2026-03-05")))
        assert self.planned(self.moved("F", "2026-03-10", *history), first) == first

    def test_over_the_turn_of_the_year_the_rate_stays_right(self) -> None:
        first = self.planned(self.moved("D", "2025-12-30", items=(line("1200.00", id=1, vat="0.20"),), price="1200.00"))
        later = self.moved("F", "2026-01-10", items=(line("1200.00", id=1, vat="0.20"),), price="1200.00")
        assert self.planned(later, first) == first

    def test_an_earlier_day_is_a_change(self) -> None:
        first = self.planned(self.moved("F", "2026-03-10"))
        found = self.planned(self.moved("F", "2026-03-10", ("D", "2026-03-05")), first)
        (changed,) = facts(finding(found))["what"][1]["differences"]
        assert changed == change("change_date", "2026-03-10", "2026-03-05")


class TestCancelledAfterPosting:
    def test_the_new_way(self) -> None:
        found = now(canceled=True, deducted=False)
        assert codes(found) == [("review", "cancelled_after_posting"), MONEY_STAYS]
        assert facts(found.findings[0])["document"][1] == {"number": "1045", "day": "2026-03-05"}

    def test_the_legacy_way(self) -> None:
        """Money to the inner account, un-shipped, cancelled: the payment stands, the document is for review."""
        moved = returned(7, "2000.00", "2026-03-05", None, to="Y", unpaid_at="2026-03-20")
        found = now(canceled=True, deducted=False, payments=(moved,))
        assert codes(found) == [("review", "cancelled_after_posting"), ("noted", "returned_to_store_credit")]

    def test_its_refund_is_posted(self) -> None:
        moved = returned(7, "2000.00", "2026-03-05", "2026-03-20")
        cancelled = dataclasses.replace(SOLD, canceled=True, deducted=False, payments=(moved,))
        found = plan(cancelled, known=posted(POSTED))
        assert [o.key for o in found.due] == ["sale:1045", "payment:7", "refund:7"]

    def test_taken_back_the_review_clears(self) -> None:
        assert now(canceled=False).findings == ()


def test_un_shipped_after_posting() -> None:
    found = now(deducted=False)
    assert codes(found) == [("review", "unshipped_after_posting"), MONEY_STAYS]
    assert len(documents(found)) == 1


def test_a_total_of_zero_after_posting() -> None:
    assert codes(now(items=(line("0.00", id=1),), price=Decimal(0))) == [("review", "changed_after_posting")]


def test_currency_after_posting() -> None:
    assert ("review", "changed_after_posting") in codes(now(currency="USD"))


def test_a_setting_that_closes_the_period_or_goes_live_later_changes_nothing() -> None:
    by = rules(closed_until="2026-03-31", go_live="2026-04-01")
    assert plan(SOLD, known=posted(POSTED), by=by) == POSTED


def test_no_buyers_name_is_in_a_difference() -> None:
    one, other = document(POSTED), document(plan(dataclasses.replace(SOLD, properties=(), person_type_id=1)))
    assert in_russian(one, other) == ["покупатель: ИНН …3893, КПП 773601001 → розничный покупатель"]
    assert in_russian(other, one) == ["покупатель: розничный покупатель → ИНН …3893, КПП 773601001"]
