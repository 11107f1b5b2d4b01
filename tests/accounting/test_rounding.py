"""Sums with fractions of a kopeck."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from include.accounting.money.rounding import whole_kopecks
from tests.accounting.orders import codes, order, payment, payments, plan, posted
from tests.accounting.plain import change, facts

THIRDS = {7: "333.3333", 8: "333.3333", 9: "333.3334"}


def rows(*paid: int) -> list[object]:
    return [payment(id_, amount, "2026-03-03" if id_ in paid else None) for id_, amount in THIRDS.items()]


def amounts(found: object) -> list[tuple[str, str]]:
    return [(key, amount) for key, _, amount in payments(found)]  # type: ignore[arg-type]


def test_three_thirds_of_a_thousand_make_a_thousand() -> None:
    found = plan(order(payments=rows(7, 8, 9)))  # type: ignore[arg-type]
    assert amounts(found) == [("payment:7", "333.33"), ("payment:8", "333.34"), ("payment:9", "333.33")]
    assert found.findings == ()


def test_what_is_posted_keeps_its_amount_whichever_comes_later() -> None:
    """The third was paid before the second: 333.33 + 333.34, and the second takes the rest."""
    known = posted(plan(order(payments=rows(7))))  # type: ignore[arg-type]
    second = plan(order(payments=rows(7, 9)), known=known)  # type: ignore[arg-type]
    assert amounts(second) == [("payment:7", "333.33"), ("payment:9", "333.34")]
    third = plan(order(payments=rows(7, 8, 9)), known=posted(second))  # type: ignore[arg-type]
    assert sorted(amounts(third)) == [("payment:7", "333.33"), ("payment:8", "333.33"), ("payment:9", "333.34")]
    assert third.findings == ()


def test_one_by_one_in_the_order_of_the_ids_is_the_same_as_all_at_once() -> None:
    known = posted(plan(order(payments=rows(7))))  # type: ignore[arg-type]
    known = posted(plan(order(payments=rows(7, 8)), known=known))  # type: ignore[arg-type]
    found = plan(order(payments=rows(7, 8, 9)), known=known)  # type: ignore[arg-type]
    assert found == plan(order(payments=rows(7, 8, 9)))  # type: ignore[arg-type]


def test_a_real_change_of_the_sum_is_still_for_review() -> None:
    known = posted(plan(order(payments=[payment(7, "333.3333")])))
    found = plan(order(payments=[payment(7, "333.3433")]), known=known)
    assert codes(found) == [("review", "payment_changed")]
    assert facts(found.findings[0])["changes"] == [change("change_sum", "333.33", "333.34")]


def test_the_refund_has_the_payments_amount() -> None:
    back = [payment(id_, amount, "2026-03-03", paid=False, is_return="P") for id_, amount in THIRDS.items()]
    found = plan(order(payments=back))
    assert [str(o.amount) for o in found.due[1:]] == ["333.33", "333.34", "333.33"] * 2  # type: ignore[union-attr]


sums = st.dictionaries(st.integers(1, 30), st.decimals("0", "900", places=8), min_size=1, max_size=8)


@given(sums, st.permutations(range(1, 31)), st.sets(st.integers(1, 30)))
def test_the_books_are_the_exact_sum_rounded_once_whatever_is_posted_when(
    exact: dict[int, Decimal], arrival: list[int], nights: set[int]
) -> None:
    posted_: dict[int, Decimal] = {}
    seen: dict[int, Decimal] = {}
    for number, id_ in enumerate(id_ for id_ in arrival if id_ in exact):
        seen[id_] = exact[id_]
        if number in nights:
            posted_ = whole_kopecks(seen, posted_)
    found = whole_kopecks(seen, posted_)
    assert {id_: found[id_] for id_ in posted_} == posted_
    assert sum(found.values()) == sum(exact.values()).quantize(Decimal("0.01"), ROUND_HALF_UP)  # type: ignore[union-attr]
    assert all(abs(found[id_] - exact[id_]) < Decimal("0.01") for id_ in exact)
