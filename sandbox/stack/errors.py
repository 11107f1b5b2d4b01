"""What the commands of the stack say when they cannot go on."""

from __future__ import annotations

from include.errors import HouseError


class StackError(HouseError):
    """A part is missing or does not do what it should."""
