"""What a proof found, and how often each thing happened in it."""

from __future__ import annotations

import collections
import dataclasses


@dataclasses.dataclass(slots=True)
class Report:
    """Without problems, and with nothing idle, all is as promised."""

    problems: list[str] = dataclasses.field(default_factory=list)
    fired: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
