"""What became of one POST, as a type and not as an exception: an unknown outcome is a first-class result.

By allow-list: only what is *proved not sent* and what the contract itself refuses counts as not applied; everything
else is ``Unknown``, and an unknown is never simply sent again (docs/reliability.md, «What a client can tell»).
"""

from __future__ import annotations

import dataclasses

from kontur_hook.errors import KonturError, KonturTooLateError


@dataclasses.dataclass(frozen=True, slots=True)
class Created:
    """Applied: a documented 2xx, JSON, with an id of the right type."""

    id: str
    status: int
    trace_id: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Rejected:
    """Refused by the contract for what it says (400, 404, 422, …): nothing was written, the same body is not resent."""

    reason: str
    """In Kontur's words, masked and cut; no body, no buyer's data."""
    status: int
    trace_id: str | None = None
    of_counterparty: bool = False
    """Whether it speaks of the counterparty that a document names, which Kontur may have no longer."""


@dataclasses.dataclass(frozen=True, slots=True)
class NotApplied:
    """Nothing was written, for a reason that is not this request's: proved not sent, refused as busy, no access."""

    error: KonturError
    """What to do next: transient -> later, anything else -> stop the run."""

    @property
    def came_too_late(self) -> bool:
        """Whether it was not sent for that: it had to leave by a moment."""
        return isinstance(self.error, KonturTooLateError)


@dataclasses.dataclass(frozen=True, slots=True)
class Unknown:
    """Perhaps written, perhaps not."""

    reason: str
    status: int | None = None
    trace_id: str | None = None
    conflict: bool = False
    """Whether Kontur says that there is one like it already."""


Outcome = Created | Rejected | NotApplied | Unknown
