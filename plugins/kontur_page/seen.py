"""What of a difference stood on the screen, so that nobody decides about another one than he saw."""

from __future__ import annotations

from collections.abc import Sequence

SEEN = r"^\d{1,18}:[0-9a-f]{64}$"
"""Its id, and the hash of all that was told of it."""


def told_as(seen: Sequence[str] | None) -> dict[int, str]:
    """Id -> hash."""
    return {int(id_): telling for id_, _, telling in (one.partition(":") for one in seen or ())}
