"""A slip is not a flood: many orders that were fine before and are refused at once, for one reason, are one mistake."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

BY_THE_CALENDAR = frozenset(
    {
        *("vat_of_other_years", "vat_of_other_regime", "closed_period"),
        *("partly_shipped_for_long", "came_back_in_another_month"),
    }
)
"""Codes that a day brings about by passing: many orders may come to them at once, and rightly."""
LEAST = 10
"""Fewer orders than this are no flood, whatever their share."""


@dataclasses.dataclass(frozen=True, slots=True)
class Flood:
    """What a whole run came to."""

    code: str
    """The reason."""
    refused: int
    """Orders that are refused for it now."""
    fine: int
    """Orders of the run that were fine before, the refused ones among them."""


def flood(fine: int, refused: Mapping[str, int], percent: int) -> Flood | None:
    """The reason for which the most orders are refused, if they are too many.

    Args:
        fine: orders of the whole run that were posted, or planned without a refusal, before.
        refused: code of the refusal or review -> how many of them have it now.
        percent: ``run.flood_percent``; 0: never.
    """
    judged = {code: count for code, count in refused.items() if code not in BY_THE_CALENDAR}
    if not percent or not judged:
        return None
    code = max(sorted(judged), key=lambda name: judged[name])
    count = judged[code]
    return Flood(code, count, fine) if count >= LEAST and count * 100 >= percent * fine else None
