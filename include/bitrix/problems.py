"""What the preflight says of a shop."""

from __future__ import annotations

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True)
class ShopProblem:
    """One thing wrong with the shop or its settings."""

    severity: Literal["error", "warning"]
    """An error would post wrong documents, or none: the run must stop."""
    code: str
    """Stable, for machines."""
    message: str
    """What is wrong and what to do."""


def error(code: str, message: str) -> ShopProblem:
    """A problem that stops the run."""
    return ShopProblem("error", code, message)


def warning(code: str, message: str) -> ShopProblem:
    """A problem that is only said."""
    return ShopProblem("warning", code, message)
