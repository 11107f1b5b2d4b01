"""What waits for a person or for Kontur, a sentence for each kind: for the morning's notice and for a monitor."""

from __future__ import annotations

from collections.abc import Iterator

from include.facts import Count, Said, said
from include.steps.standing import Standing


def lines(found: Standing) -> Iterator[Said]:
    """Nothing where nothing waits."""
    if orders := found.needs_person:
        yield said("waits_for_person", orders=Count(len(orders), "order"), new=found.new)
    if orders := found.unconfirmed:
        yield said("waits_for_kontur", orders=Count(len(orders), "order"))
    if found.differences:
        yield said("waits_differences", differences=Count(len(found.differences), "difference"))
    if days := found.uncovered:
        yield said("waits_days", days=Count(len(days), "day"), first=days[0], last=days[-1])
