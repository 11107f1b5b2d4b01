"""The one root of what is raised here, and the groups by which one decides what to do next."""

from __future__ import annotations

from kontur_hook.errors import ForAPerson, NotThere, TryAgain, TryAgainAt

__all__ = ["ForAPerson", "HouseError", "NotThere", "TryAgain", "TryAgainAt"]


class HouseError(Exception):
    """Base of all that ``include/`` raises; ``str()`` is a sentence for a person.

    The groups are mixed in. An error of none of them says nothing about another try.
    """
