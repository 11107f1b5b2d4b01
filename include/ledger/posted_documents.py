"""The documents that stand in Kontur as far as the ledger knows: what Kontur shows is compared with them."""

from __future__ import annotations

from collections.abc import Sequence

from include.ledger.cases import marks
from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.operation import DOUBLED, STAYS_GONE, VANISHED, OperationRow, Span, unsent
from include.ledger.operation_rows import COLUMNS, row_of
from include.window import Window


class PostedDocuments:
    """What one session reads of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def documents_of(
        self, connection: str, kinds: Sequence[str], days: Window, *, quiet_s: float
    ) -> list[tuple[str, str, str]]:
        """Key, kind and id of the documents of these days that were done at least ``quiet_s`` seconds ago.

        But for those that are gone, and are to stay so.
        """
        return self._session.rows(
            "SELECT op_key, kind, doc_id FROM local_kontur_bukh_operation WHERE connection = %s"
            f" AND kind IN ({marks(kinds)}) AND state = 'done' AND doc_id IS NOT NULL"
            " AND document_date BETWEEN %s AND %s AND NOT code <=> %s"
            " AND done_at < UTC_TIMESTAMP(6) - INTERVAL %s SECOND ORDER BY op_key",
            [connection, *kinds, days.date_from, days.date_to, STAYS_GONE, quiet_s],
        )

    def counts(self, asked: Sequence[tuple[str, Span]]) -> list[int]:
        """How many documents of each account and span are done, whatever became of them in Kontur."""
        one = (
            "(SELECT COUNT(*) FROM local_kontur_bukh_operation"
            " WHERE document_date BETWEEN %s AND %s AND connection = %s AND kind = %s AND state = 'done')"
        )
        values = [value for of, span in asked for value in (span.first, span.last, of, span.kind)]
        return [*(self._session.row(f"SELECT {', '.join([one] * len(asked))}", values) or ())]

    def newest_documents(self, connection: str, kinds: Sequence[str], *, quiet_s: float) -> list[OperationRow]:
        """The last five that were done at least ``quiet_s`` seconds ago, of whatever day."""
        rows = self._session.rows(
            f"SELECT {COLUMNS} FROM local_kontur_bukh_operation WHERE connection = %s AND kind IN ({marks(kinds)})"
            " AND state = 'done' AND doc_id IS NOT NULL AND document_date IS NOT NULL AND NOT code <=> %s"
            " AND done_at < UTC_TIMESTAMP(6) - INTERVAL %s SECOND ORDER BY done_at DESC LIMIT 5",
            [connection, *kinds, STAYS_GONE, quiet_s],
        )
        return [row_of(row) for row in rows]

    def vanished(self, connection: str, kinds: Sequence[str]) -> list[OperationRow]:
        """Documents that an earlier run found to be gone."""
        return self._with_code(connection, kinds, VANISHED)

    def doubled(self, connection: str, kinds: Sequence[str]) -> list[OperationRow]:
        """Documents that an earlier run found to stand more than once."""
        return self._with_code(connection, kinds, DOUBLED)

    def _with_code(self, connection: str, kinds: Sequence[str], code: str) -> list[OperationRow]:
        rows = self._session.rows(
            f"SELECT {COLUMNS} FROM local_kontur_bukh_operation WHERE connection = %s AND kind IN ({marks(kinds)})"
            " AND state = 'done' AND code = %s",
            [connection, *kinds, code],
        )
        return [row_of(row) for row in rows]

    def sent_by_marker(self, markers: Sequence[str]) -> dict[str, OperationRow]:
        """Marker -> the document that was sent with it, or may have been: a plan alone knows nothing of Kontur.

        One that began anew was sent before: what was deleted in Kontur may be restored there.
        """
        found: dict[str, OperationRow] = {}
        for chunk in parts(markers):
            for values in self._session.rows(
                f"SELECT {COLUMNS} FROM local_kontur_bukh_operation WHERE marker IN ({marks(chunk)})"
                f" AND (restarts > 0 OR NOT {unsent()})",
                chunk,
            ):
                row = row_of(values)
                found[row.marker or ""] = row
        return found
