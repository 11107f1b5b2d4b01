"""Which documents the shop's managers have been told of, in the comments of their orders."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.operation import STAYS_GONE, VANISHED, of_orders

_STANDS = (
    "kind IN ('saleinvoice', 'act') AND state = 'done' AND doc_id <> '' AND document_date IS NOT NULL"
    f" AND COALESCE(code, '') NOT IN ('{VANISHED}', '{STAYS_GONE}')"
)
"""A document that is in Kontur, as far as the ledger knows."""


@dataclasses.dataclass(frozen=True, slots=True)
class WriteBack:
    """A document whose id is to be added to its order's comment."""

    key: str
    order_id: int
    doc_id: str
    date: dt.date
    """The document's, local."""


class WriteBacks:
    """What one session reads and writes of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask_for(self, order_ids: Sequence[int]) -> None:
        """The confirmed documents of these orders are to be written back, each once; not those of other programs.

        One that was confirmed after it was written is another document: the first one is gone from Kontur.
        """
        for ids in parts(order_ids):
            self._session.execute(
                "INSERT INTO local_kontur_bukh_write_back (op_key)"
                f" SELECT op_key FROM {of_orders(ids)} AND {_STANDS}"
                " ON DUPLICATE KEY UPDATE written_at = IF(done_at > written_at, NULL, written_at)",
                ids,
            )

    def waiting(self) -> list[WriteBack]:
        """Those that are not written yet, also from earlier runs, and that stand in Kontur still."""
        rows = self._session.rows(
            "SELECT w.op_key, o.order_id, o.doc_id, o.document_date FROM local_kontur_bukh_write_back w"
            " JOIN local_kontur_bukh_operation o ON o.op_key = w.op_key"
            f" WHERE w.written_at IS NULL AND {_STANDS} ORDER BY o.order_id"
        )
        return [WriteBack(*row) for row in rows]

    def mark_written(self, key: str) -> None:
        """It stands in the shop: never written again, also where a manager takes it out."""
        self._session.execute(
            "UPDATE local_kontur_bukh_write_back SET written_at = UTC_TIMESTAMP(6) WHERE op_key = %s", [key]
        )

    def forget(self, key: str) -> None:
        """What was written of it is another document's."""
        self._session.execute("DELETE FROM local_kontur_bukh_write_back WHERE op_key = %s", [key])
