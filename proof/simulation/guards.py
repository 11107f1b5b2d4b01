"""What keeps an operation from being lost or doubled, one method each, as the real driver does it.

A mutant is a subclass that takes one of them away (``mutants.py``).
"""

from __future__ import annotations

import datetime as dt
import functools

from kontur_hook.contract import Contract
from kontur_hook.errors import KonturAccessError, KonturTransientError
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected, Unknown

from include.accounting.marker import find_marker
from include.ledger.operation import OperationRow, State
from include.posting import core
from proof.simulation.database import Database, Session
from proof.simulation.kontur import Entry, Reply
from proof.simulation.shop import SHOP_CODE
from proof.simulation.weather import SETTLE_S

_CONTRACT = Contract()
_YOUNG_S = 2.0


@functools.cache
def _ids(marker: str | None) -> tuple[int, int | None] | None:
    return find_marker(marker, SHOP_CODE)


class Guards:
    """All guards in place."""

    settle = dt.timedelta(seconds=SETTLE_S)

    def step(self, row: OperationRow, event: core.Event, *, look_first: bool) -> tuple[OperationRow, core.Action]:
        return core.step(row, event, core.Terms(self.settle, can_search=True, look_first=look_first))

    def judge(self, reply: Reply) -> Outcome:
        """As the hook judges an answer: by allow-list."""
        if reply.failure is not None:
            refused = reply.failure == "refused"
            return NotApplied(KonturTransientError("refused")) if refused else Unknown(reply.failure)
        if reply.status in {200, 201}:
            return Created(reply.id, reply.status) if reply.id else Unknown("no id", reply.status)
        if reply.status in _CONTRACT.stop_statuses:
            return NotApplied(KonturAccessError("no access", status=reply.status))
        if reply.status in _CONTRACT.busy_statuses:
            return NotApplied(KonturTransientError("busy", status=reply.status))
        if reply.status in _CONTRACT.not_applied_statuses:
            return Rejected("refused", reply.status)
        return Unknown("unexpected status", reply.status)

    def take(self, database: Database, session: Session, lock: str) -> bool:
        return database.take(session, lock)

    def is_clear(self, database: Database, session: Session, row: OperationRow, *, held: bool, age_s: float) -> bool:
        """The last look before the POST."""
        now = database.get(session, row.key)
        return held and now is not None and now.epoch == row.epoch and age_s < _YOUNG_S

    def save(self, database: Database, session: Session, row: OperationRow, *, begin: bool) -> OperationRow | None:
        return database.save(session, row, begin=begin)

    def record(self, database: Database, session: Session, row: OperationRow, outcome: str) -> OperationRow | None:
        return database.save(session, row, outcome=outcome)

    def payload(self, row: OperationRow, built: str) -> str:
        """What was once sent, and may have been applied, is frozen."""
        return row.payload if row.payload is not None else built

    def is_ours(self, row: OperationRow, document: Entry) -> bool:
        return _ids(document.marker) == _ids(row.marker)

    def is_customer(self, inn: str, entry: Entry) -> bool:
        return entry.body == inn

    def search_broke_off(self, database: Database) -> core.Event:
        return core.SearchFailed(KonturTransientError("busy", status=503))

    def fresh_since(self, row: OperationRow, action: core.Action) -> dt.datetime:
        """What was posted after this, the search must show."""
        assert action.fresh_since is not None
        return action.fresh_since

    def is_fresh(self, canary: OperationRow | None, shown: set[str]) -> bool:
        return canary is not None and canary.doc_id in shown

    def settled(self, row: OperationRow, siblings: list[OperationRow]) -> set[str | None]:
        """Ids of payments or refunds that other operations of the order already own."""
        return {other.doc_id for other in siblings if other.kind == row.kind and other.state is State.DONE}

    def grant(self, database: Database, session: Session, run: str, key: str) -> bool:
        return database.grant(session, run, key)

    def waits_for(self, row: OperationRow, rows: dict[str, OperationRow]) -> bool:
        """Whether a document, or the payment of a refund, has to come first."""
        before = [row.parent_key] if row.parent_key else []
        if row.kind == "refund":
            before.append(row.key.replace("refund:", "payment:", 1))
        return any(key not in rows or rows[key].state is not State.DONE for key in before)
