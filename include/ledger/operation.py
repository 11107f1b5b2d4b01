"""The row of an operation, as the protocol sees it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from decimal import Decimal


class State(enum.StrEnum):
    """States of an operation (DESIGN §5). There is no «failed»: what is not known is ``unknown``."""

    PLANNED = "planned"
    """To be sent."""
    HELD = "held"
    """A payment whose document does not exist yet."""
    SENDING = "sending"
    """Intent committed; perhaps on its way."""
    UNKNOWN = "unknown"
    """Sent, and nobody knows whether it was applied."""
    DONE = "done"
    """Confirmed by Kontur, with its id. Never left."""
    REJECTED = "rejected"
    """Refused by Kontur; sent again when its plan changes, or on request."""
    REVIEW = "review"
    """Stopped for a person."""
    SKIPPED = "skipped"
    """Planned once, called for no longer, never sent."""


VANISHED = "vanished"
"""Code of a document that was posted, and that Kontur has no longer."""

OPEN = (State.PLANNED, State.HELD, State.SENDING, State.UNKNOWN)
"""States of operations that a later run has to look at again."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """A row of ``local_kontur_bukh_operation``. Times are UTC, by the database's clock."""

    key: str
    order_id: int | None
    """``None`` for a counterparty, which belongs to all its orders."""
    connection: str
    kind: str
    """saleinvoice, act, payment, refund, counterparty."""
    parent_key: str | None
    """The document of a payment or refund."""
    state: State
    epoch: int = 0
    """Grows with every change; a change names the epoch it started from, or does not happen."""
    attempts: int = 0
    uncertain: bool = False
    """An earlier attempt may have been applied, or may yet be: its payload is frozen for good."""
    plan: str | None = None
    """``None`` for a document that another program posted before us."""
    payload: str | None = None
    """The body as sent; set with the intent."""
    marker: str | None = None
    document_date: dt.date | None = None
    amount: Decimal | None = None
    doc_id: str | None = None
    unknown_since: dt.datetime | None = None
    """When its sender was proved to have ended."""
    absent_since: dt.datetime | None = None
    """When a search first did not find it, after ``unknown_since`` + settle."""
    code: str | None = None
    message: str | None = None
    run_id: str | None = None
    """The run that changed it last."""
    updated_at: dt.datetime | None = None
    done_at: dt.datetime | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether it stands in Kontur not as it should, or no longer."""
        return self.state is State.DONE and self.code in {"doubled", "wrong_id", VANISHED}

    @property
    def begun(self) -> bool:
        """Whether it is frozen: sent, or perhaps sent."""
        return self.payload is not None or self.state in {State.SENDING, State.UNKNOWN, State.DONE}
