"""Payments with fractions of a kopeck: whole kopecks each, and together their exact sum, rounded once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from include.accounting.arithmetic import KOPECK, kopecks


def whole_kopecks(exact: Mapping[int, Decimal], posted: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """What each payment of an order comes to, by its id.

    Rounded cumulatively in the order of the ids. What is posted keeps its amount; what comes later takes the rest, so
    an amount that was posted never changes because of its neighbours.

    Args:
        exact: payment -> roubles as the shop has them.
        posted: payment -> roubles in the books, of those that are.

    >>> third = Decimal("333.3333")
    >>> [str(x) for x in whole_kopecks({1: third, 2: third, 3: Decimal("333.3334")}, {}).values()]
    ['333.33', '333.34', '333.33']
    """
    found = {id_: posted[id_] for id_ in sorted(exact) if id_ in posted and is_rounded(posted[id_], exact[id_])}
    due = sum((exact[id_] for id_ in found), start=Decimal(0))
    given = sum(found.values(), start=Decimal(0))
    for id_ in sorted(exact.keys() - found.keys()):
        due += exact[id_]
        found[id_] = max(kopecks(due) - given, Decimal(0))
        given += found[id_]
    return found


def is_rounded(amount: Decimal, exact: Decimal) -> bool:
    """Whether ``amount`` can be what ``exact`` was rounded to, cumulatively or by itself."""
    return abs(amount - exact) < KOPECK
