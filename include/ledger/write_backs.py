"""Which documents the shop's managers have been told of, in the comments of their orders."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.operation import of_orders


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
        """The confirmed documents of these orders are to be written back, each once; not those of other programs."""
        for ids in parts(order_ids):
            self._session.execute(
                "INSERT IGNORE INTO local_kontur_bukh_write_back (op_key)"
                f" SELECT op_key FROM {of_orders(ids)}"
                " AND kind IN ('saleinvoice', 'act') AND state = 'done' AND document_date IS NOT NULL",
                ids,
            )

    def waiting(self) -> list[WriteBack]:
        """Those that are not written yet, also from earlier runs."""
        rows = self._session.rows(
            "SELECT w.op_key, o.order_id, o.doc_id, o.document_date FROM local_kontur_bukh_write_back w"
            " JOIN local_kontur_bukh_operation o ON o.op_key = w.op_key WHERE w.written_at IS NULL ORDER BY o.order_id"
        )
        return [WriteBack(*row) for row in rows]

    def mark_written(self, key: str) -> None:
        """It stands in the shop: never written again, also where a manager takes it out."""
        self._session.execute(
            "UPDATE local_kontur_bukh_write_back SET written_at = UTC_TIMESTAMP(6) WHERE op_key = %s", [key]
        )
