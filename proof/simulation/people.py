"""What people do: they look into Kontur, think, and decide what runs cannot know; they delete what they regret.

They tell the truth as Kontur shows it, or are mistaken where Kontur can be asked; they are believed only where the
driver may believe them.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping

from kontur_hook.errors import KonturError

from include.ledger.actions import Deed
from include.ledger.errors import LedgerTransientError
from include.ledger.operation import STAYS_GONE, Kind, OperationRow, State
from include.posting.deciding import Declaration, Word
from include.posting.decision import Seen
from include.posting.run import Run
from proof.simulation.database import Database
from proof.simulation.drivers import Driver
from proof.simulation.kontur import Entry, Kontur
from proof.simulation.ports import VirtualPorts

_LONGEST_THOUGHT_S = 60.0
_MONEY = {Kind.PAYMENT, Kind.REFUND}
_DOCUMENT = {Kind.SALE_INVOICE, Kind.ACT}


@dataclasses.dataclass(slots=True)
class Told:
    """Who was told that his word was written down."""

    who: str
    key: str


class People:
    """All persons of a schedule."""

    def __init__(self, rng: random.Random, database: Database, kontur: Kontur, driver: Driver) -> None:
        self._rng = rng
        self._database = database
        self._kontur = kontur
        self._deciding = driver.deciding
        self.told: list[Told] = []

    # --- a person who settles what is not known

    def undecided(self) -> list[OperationRow]:
        """Operations that a person may know more of than a run."""
        return [
            row
            for _, row in sorted(self._database.rows.items())
            if row.order_id is not None and row.uncertain and row.state in {State.UNKNOWN, State.REVIEW}
        ]

    def word_about(self, row: OperationRow) -> tuple[Word, str | None]:
        """What an honest person says after a look into Kontur."""
        shown = list(self._shown(row))
        if not shown:
            like = self._like(row)
            accepts = like is not None and row.code == "mismatch" and self._rng.random() < 0.5
            return (Word.ACCEPT, None) if accepts else (Word.NOT_POSTED, None)
        return (Word.ACCEPT, shown[0].id) if self._rng.random() < 0.6 else (Word.STANDS, shown[0].id)

    def _shown(self, row: OperationRow) -> Iterator[Entry]:
        now, rows = self._database.now, self._database.rows
        owned = {(other.parent_key, other.doc_id) for other in rows.values() if other.state is State.DONE}
        document = rows.get(row.parent_key or "")
        for entry in self._kontur.entries:
            if entry.kind != row.kind or entry.gone or entry.shown_at > now:
                continue
            if row.kind in _DOCUMENT and entry.marker == (row.order_id, None):
                yield entry
            is_of_it = document is not None and entry.parent == document.doc_id and entry.body == row.payload
            if row.kind in _MONEY and is_of_it and (row.parent_key, entry.id) not in owned:
                yield entry

    def _like(self, row: OperationRow) -> Entry | None:
        told = [dict(said.facts).get("id") for said in row.said]
        return next((e for e in self._kontur.entries if e.id in told and not e.marker and not e.gone), None)

    # --- a person who deletes

    def posted(self) -> OperationRow | None:
        """Some document that stands in Kontur as posted."""
        done = [
            row
            for _, row in sorted(self._database.rows.items())
            if row.state is State.DONE and row.kind in _DOCUMENT and not self._is_gone(row)
        ]
        return self._rng.choice(done) if done else None

    def delete(self) -> str | None:
        """Delete a document that is posted, with its money; the operation's key."""
        if (row := self.posted()) is None:
            return None
        for entry in self._kontur.entries:
            if row.doc_id in {entry.id, entry.parent}:
                entry.gone = True
        return row.key

    def lacking(self) -> set[str]:
        """Documents that count as posted and are gone, of which nobody has said what is to be; and such money."""
        rows = self._database.rows
        done = {key: row for key, row in rows.items() if row.state is State.DONE and not stays_gone(row, rows)}
        return {key for key, row in done.items() if self._is_gone(row)}

    def _is_gone(self, row: OperationRow) -> bool:
        entry = self._kontur.find(row.doc_id)
        return entry is None or entry.gone

    # --- deciding

    def look(self, key: str) -> tuple[OperationRow, Seen]:
        """What a person has before him."""
        row = self._database.rows[key]
        return row, Seen(row.epoch, self._database.clock())

    async def decide(self, ports: VirtualPorts, run: Run, asked: Declaration) -> str:
        """Think, and decide; what came of it."""
        await ports.sleep(0.0, _LONGEST_THOUGHT_S)
        try:
            await self._deciding.decide(run, asked)
        except self._deciding.DecisionError as error:
            return f"refused, {error.said.code}"
        except (KonturError, LedgerTransientError) as error:
            return f"failed, {type(error).__name__}"
        self.told.append(Told(asked.who, asked.key))
        return "written down"

    def problems(self) -> Iterator[str]:
        """I15: what people were told stands in the action table."""
        written = {(action.who, action.op_key) for action in self._database.actions}
        for told in self.told:
            if (told.who, told.key) not in written:
                yield f"I15 {told.who} was told that his word about {told.key} is written down, and it is not"


def stays_gone(row: OperationRow, rows: Mapping[str, OperationRow]) -> bool:
    """Whether a person said so of it, or of the document that it belongs to."""
    document = rows.get(row.parent_key or "", row)
    return document.state is State.DONE and document.code == STAYS_GONE


def declared(database: Database) -> set[str]:
    """Operations that a person took what stands in Kontur for."""
    deeds = {Deed.ACCEPTED, Deed.SETTLED}
    return {action.op_key or "" for action in database.actions if action.kind in deeds}
