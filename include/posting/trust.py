"""How often a run may send again what got no trustworthy answer: a few first, and more as those prove right."""

from __future__ import annotations

from include.ledger.budget import Reposts


def most(first: int, reposts: Reposts) -> int:
    """The number of reposts that a run may come to for now.

    ``first`` of them; when all of those, a settle time later, were seen in Kontur exactly once, twice as many more;
    then twice as many as these, and so on: 3, 9, 21, 45 in all. One that is doubled ends it, for this run and for
    those after it, until somebody has settled it: the settle time was too short, or something sends twice.

    Each run begins anew: what was true last night need not be true now.

    Args:
        first: ``posting.repost_budget``.
        reposts: what became of those so far.
    """
    if reposts.doubled:
        return 0
    total = first
    while first and (total < reposts.made or (total == reposts.made and not reposts.open)):
        total = first + 2 * total
    return total


def grows(first: int, reposts: Reposts) -> bool:
    """Whether there may be more when those so far have settled."""
    return first > 0 and not reposts.doubled
