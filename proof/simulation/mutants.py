"""The mutants of ``mutants.md``: each an edit of the driver's own text, which must stand in it exactly once."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import re

from proof.simulation.drivers import Edits

_MUTANT = re.compile(r"^## (?P<name>\w+)\n\n(?P<does>[^\n]+)\n\n(?P<edits>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_EDIT = re.compile(r"^`(?P<module>[\w.]+)`\n\n```diff\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """What the driver does instead, and how its text becomes so."""

    does: str
    edits: Edits


def _read(text: str) -> dict[str, Mutant]:
    return {found["name"]: Mutant(found["does"], _edits(found["edits"])) for found in _MUTANT.finditer(text)}


def _edits(text: str) -> Edits:
    edits: dict[str, list[tuple[str, str]]] = collections.defaultdict(list)
    for found in _EDIT.finditer(text):
        lines = found["lines"].splitlines(keepends=True)
        old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
        edits[found["module"]].append((old, new))
    return edits


_text = (pathlib.Path(__file__).parent / "mutants.md").read_text("utf-8")
_of_the_driver, _, _rest = _text.partition("# Of milder weather")
_of_mild_weather, _, _rest = _rest.partition("# Of nights with an outage")
_of_outages, _, _rest = _rest.partition("# Of the core alone")
_of_the_core, _, _of_people = _rest.partition("# Of what people decide")
IN_OUTAGES = _read(_of_outages)
"""Those that nights with an outage catch."""
IN_MILD_WEATHER = _read(_of_mild_weather)
"""Those that schedules catch in which less goes wrong."""
MUTANTS = {**_read(_of_the_driver), **IN_MILD_WEATHER, **IN_OUTAGES}
IN_SMALL_WORLDS = {
    **{name: MUTANTS[name] for name in ("FreshSinceUnknown", "ResendWhatWasSending")},
    **_read(_of_the_core),
}
"""Those that the small worlds catch."""
IN_A_SCENE = _read(_of_people)
"""Those that a scene catches (tests/proof/simulation/test_decisions.py)."""
