"""Between transform and load: is what the whole run refuses one slip of the settings, and not many orders' faults?"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping
from typing import Any

from include.accounting.flood import flood
from include.errors import ForAPerson, HouseError
from include.facts import from_json, said
from include.settings import Settings


class FloodError(ForAPerson, HouseError):
    """Many orders that were fine before are refused at once for one reason."""


def refusals(planned: Mapping[str, Any]) -> dict[str, Any]:
    """What one ``transform`` held back, as counts: all that the other batches' ``load`` need to know of it."""
    return {
        "fine": planned["fine"],
        "refused": {code: len(ids) for code, ids in planned["refused"].items()},
        "first": planned["first"],
    }


def nothing_refused(fine: int) -> dict[str, Any]:
    """Of so many orders that ``extract`` left out: they were fine before and still are."""
    return {"fine": fine, "refused": {}, "first": {}}


def check_flood(settings: Settings, batches: Iterable[Mapping[str, Any]]) -> None:
    """Asked before anything of a run is posted.

    Args:
        settings: the settings in force.
        batches: :func:`refusals` of all batches of the run, and :func:`nothing_refused` of what was left out.

    Raises:
        FloodError: the run must stop.
    """
    fine, refused, first = 0, collections.Counter[str](), dict[str, str]()
    for batch in batches:
        fine += batch["fine"]
        refused.update(batch["refused"])
        first = {**batch["first"], **first}
    found = flood(fine, refused, settings.run.flood_percent)
    if found is not None:
        (example,) = from_json(first[found.code], code=found.code)
        raise FloodError(said("flood", refused=found.refused, fine=found.fine, reason=found.code, first=example))


def held_back(planned: Mapping[str, Any]) -> list[int]:
    """Orders of a batch that ``transform`` did not put down: they are once they are known to be no flood."""
    return sorted({id_ for ids in planned["refused"].values() for id_ in ids})
