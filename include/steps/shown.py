"""What squares, mapped instances and orders are called where people see them: texts from codes, facts and counts."""

from __future__ import annotations

import collections
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from include.facts import Count, Said, said
from include.ledger.orders import OrderRow
from include.posting.core import Result
from include.words import text

_LABEL_LENGTH = 250
"""As much as Airflow's database keeps; a longer label fails the task where the database is strict."""
_BETWEEN = " · "
_OUTCOMES = {
    Result.DONE: "posted",
    Result.REJECTED: "person",
    Result.REVIEW: "person",
    Result.DOUBLED: "person",
    Result.NOT_APPLIED: "again",
    Result.NO_BUYER: "again",
    Result.WAITING: "later",
    Result.UNKNOWN: "later",
    Result.LOST: "later",
    Result.BUDGET: "later",
}
"""What a person has to know of them."""


def problems(order: OrderRow) -> str:
    """All that a person is to settle of an order."""
    return " ".join(text(problem) for problem in order.problems)


def failed(order: OrderRow) -> dict[str, Any]:
    """An order that needs a person, for the report's XCom."""
    return {"order_id": order.order_id, "number": order.number, "code": order.code, "message": problems(order)}


def batch(order_ids: Sequence[int]) -> str:
    """The label of a batch that is not planned yet."""
    return text(_orders(order_ids))


def planned(order_ids: Sequence[int], operations: int) -> str:
    """The label of a batch with so many operations to post."""
    return _BETWEEN.join([batch(order_ids), text(said("label_planned", operations=Count(operations, "operation")))])


def loaded(order_ids: Sequence[int], results: Mapping[str, int] | None) -> str:
    """The label of a batch that was posted.

    Args:
        order_ids: its orders.
        results: result -> number of operations; ``None``: a dry run, nothing was posted.
    """
    if results is None:
        return _BETWEEN.join([batch(order_ids), text(said("label_dry_run"))])
    counts = collections.Counter[str]()
    for result, count in results.items():
        counts[_OUTCOMES[Result(result)]] += count
    parts = {
        "posted": said("label_posted", operations=Count(counts["posted"], "operation")),
        "person": said("label_needs_person", count=counts["person"]),
        "again": said("label_again", count=counts["again"]),
        "later": said("label_later", count=counts["later"]),
    }
    told = [text(part) for outcome, part in parts.items() if counts[outcome]]
    return _BETWEEN.join([batch(order_ids), *(told or [text(said("label_nothing_to_post"))])])


def square(asked: Mapping[str, Any], left: Sequence[OrderRow]) -> str:
    """The label of a square.

    Args:
        asked: ``order_ids`` and ``number`` (``None`` for several orders), as ``record`` made it; a square of an older
            version of this package has no number.
        left: its orders that need a person still.
    """
    if not left:
        return _BETWEEN.join([text(_named(asked)), text(said("square_settled"))])
    if len(asked["order_ids"]) > 1:
        return text(_named(asked))
    first, *more = left[0].problems
    behind = text(said("square_more", count=len(more))) if more else ""
    # The square's log and the order table have all of it.
    return label(text(_named(asked)), text(first), behind=behind)


def label(*parts: str, behind: str = "") -> str:
    """Parts of a label, cut at a word where they are longer than Airflow keeps; ``behind`` stands in any case."""
    whole = _BETWEEN.join(parts)
    return textwrap.shorten(whole, _LABEL_LENGTH - len(behind), placeholder="…", break_on_hyphens=False) + behind


def square_at_work(asked: Mapping[str, Any]) -> str:
    """The label of a square whose orders are not read yet."""
    return text(_named(asked))


def lines(left: Sequence[OrderRow]) -> list[str]:
    """What is still wrong with these orders, each with its number."""
    return [_BETWEEN.join([text(said("square_order", number=order.number)), problems(order)]) for order in left]


def _named(asked: Mapping[str, Any]) -> Said:
    if (number := asked.get("number")) is not None:
        return said("square_order", number=number)
    ids = asked["order_ids"]
    return _orders(ids) if len(ids) == 1 else said("square_rest", orders=Count(len(ids), "order"))


def _orders(order_ids: Sequence[int]) -> Said:
    match order_ids:
        case []:
            return said("label_no_orders")
        case [only]:
            return said("label_order", id=only)
        case [first, *_, last]:
            return said("label_orders", first=first, last=last)
    raise AssertionError(order_ids)
