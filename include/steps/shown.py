"""What squares, mapped instances and orders are called where people see them: texts from codes, facts and counts."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from include.facts import Count, Said, said, several
from include.ledger.orders import OrderRow
from include.steps.outcomes import Outcome, sentences
from include.words import text

_LABEL_LENGTH = 250
"""As much as Airflow's database keeps; a longer label fails the task where the database is strict."""
_BETWEEN = " · "
_POSTED = ("document", "payment", "refund")


def problems(order: OrderRow) -> str:
    """All that a person is to settle of an order."""
    return sentences(order.problems)


def failed(order: OrderRow) -> dict[str, Any]:
    """An order that needs a person, for the report's XCom."""
    return {"order_id": order.order_id, "number": order.number, "code": order.code, "message": problems(order)}


def unconfirmed(outcome: Outcome) -> dict[str, Any]:
    """An order that is not confirmed, for the report's XCom."""
    order = outcome.order
    return {"order_id": order.order_id, "number": order.number, "message": sentences(outcome.unconfirmed)}


def batch(order_ids: Sequence[int]) -> str:
    """The label of a batch that is not planned yet."""
    return text(_orders(order_ids))


def planned(order_ids: Sequence[int], operations: int) -> str:
    """The label of a batch with so many operations to post."""
    return _BETWEEN.join([batch(order_ids), text(said("label_planned", operations=Count(operations, "operation")))])


def loaded(order_ids: Sequence[int], counts: Mapping[str, int] | None, again_at: dt.datetime | None = None) -> str:
    """The label of a batch that was posted.

    Args:
        order_ids: its orders.
        counts: of :class:`include.steps.load.Loaded`; ``None``: a dry run, nothing was posted.
        again_at: when the batch is looked at again, if the run waits for it; the shop's time.
    """
    if counts is None:
        return _BETWEEN.join([batch(order_ids), text(said("label_dry_run"))])
    posted = [Count(counts[f"{noun}s"], noun) for noun in _POSTED if counts[f"{noun}s"]]
    told = [text(said("label_posted", posted=several(*posted)))] if posted else []
    if count := counts["needs_person"]:
        told.append(text(said("label_needs_person", count=count)))
    if count := counts["unconfirmed"]:
        told.append(text(said("label_again", count=count)))
    if again_at is not None:
        told.append(text(said("label_waits", at=again_at)))
    return _BETWEEN.join([batch(order_ids), *(told or [text(said("label_nothing_to_post"))])])


def square(asked: Mapping[str, Any], left: Sequence[Outcome]) -> str:
    """The label of a square.

    Args:
        asked: ``order_ids`` and ``number`` (``None`` for several orders), as ``record`` made it; a square of an older
            version of this package has no number.
        left: its orders that need a person still, or are not confirmed.
    """
    if not left:
        return _BETWEEN.join([text(_named(asked)), text(said("square_settled"))])
    if len(asked["order_ids"]) > 1:
        return text(_named(asked))
    only = left[0]
    kind = [] if only.needs_person else [text(said("square_unconfirmed"))]
    first, *more = only.problems
    behind = text(said("square_more", count=len(more))) if more else ""
    # The square's log and the order table have all of it.
    return label(text(_named(asked)), *kind, text(first), behind=behind)


def label(*parts: str, behind: str = "") -> str:
    """Parts of a label, cut at a word where they are longer than Airflow keeps; ``behind`` stands in any case."""
    whole = _BETWEEN.join(parts)
    return textwrap.shorten(whole, _LABEL_LENGTH - len(behind), placeholder="…", break_on_hyphens=False) + behind


def square_at_work(asked: Mapping[str, Any]) -> str:
    """The label of a square whose orders are not read yet."""
    return text(_named(asked))


def lines(left: Sequence[Outcome]) -> list[str]:
    """What is still wrong with these orders, each with its number."""
    return [
        _BETWEEN.join([text(said("square_order", number=outcome.order.number)), sentences(outcome.problems)])
        for outcome in left
    ]


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
