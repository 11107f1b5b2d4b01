"""What a search finds."""

from __future__ import annotations

import dataclasses

from include.facts import Said, Several


@dataclasses.dataclass(frozen=True, slots=True)
class Match:
    """Something in Kontur that carries our marker, or equals our payment."""

    id: str
    same: bool
    """Whether its content is what we sent."""
    difference: Said | Several | str = ""
    """What of its content is not; empty where it is."""
    marked: bool = True
    """Whether it carries our marker, where its kind has one; else it only looks like ours."""
