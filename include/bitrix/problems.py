"""What the preflight says of a shop."""

from __future__ import annotations

import dataclasses
from typing import Literal

from include.facts import Said


@dataclasses.dataclass(frozen=True, slots=True)
class ShopProblem:
    """One thing wrong with the shop or its settings."""

    severity: Literal["error", "warning"]
    """An error would post wrong documents, or none: the run must stop."""
    said: Said
    """What is wrong."""

    @property
    def code(self) -> str:
        """Stable, for machines."""
        return self.said.code


def error(said: Said) -> ShopProblem:
    """A problem that stops the run."""
    return ShopProblem("error", said)


def warning(said: Said) -> ShopProblem:
    """A problem that is only said."""
    return ShopProblem("warning", said)
