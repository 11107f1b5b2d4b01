"""What the mapped tasks of a run returned, of those parts alone that the run was cut into last.

Airflow 3.3.2 deletes an instance's XComs when the instance begins again. One that is mapped no longer, since the run
was done again with fewer parts, or that failed before it began, keeps what it returned the time before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_CUT = "cut"
"""Key of a part, and of all that is returned of it: which try of the task that cuts the run made it."""


def cut(parts: Iterable[Mapping[str, Any]], by_try: int) -> list[dict[str, Any]]:
    """The parts of a run, as try ``by_try`` of the task that cuts it made them."""
    return [{**part, _CUT: by_try} for part in parts]


def of_part(told: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a part, so that :func:`is_of` knows it again."""
    return {**told, _CUT: part.get(_CUT)}


def is_of(told: Mapping[str, Any] | None, part: Mapping[str, Any]) -> bool:
    """Whether this was told of a part of the same cut, and not of one before."""
    return told is not None and told.get(_CUT) == part.get(_CUT)


def of_all(told: Iterable[Mapping[str, Any] | None], parts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What was told of ``parts``, and not of those before."""
    return [one for one in told if one is not None and parts and is_of(one, parts[0])]
