"""The one root of what is raised here, and the groups by which one decides what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kontur_hook.errors import ForAPerson, NotThere, TryAgain, TryAgainAt

if TYPE_CHECKING:
    from include.facts import Said

__all__ = ["ForAPerson", "HouseError", "NotThere", "TryAgain", "TryAgainAt"]


class HouseError(Exception):
    """Base of all that ``include/`` raises: what is said of it, in codes and facts.

    The groups are mixed in. An error of none of them says nothing about another try. ``str()`` makes its text, in the
    language that is spoken: a line for each thing that is said.
    """

    said: Said | None = None

    def __init__(self, said: Said | str = "", *more: object) -> None:
        if not isinstance(said, str):
            self.said = said
        super().__init__(said, *more)

    def __str__(self) -> str:
        if self.said is None:
            return str(self.args[0])
        from include.facts import Said
        from include.words import text

        return "\n".join(text(part) for part in self.args if isinstance(part, Said))
