"""Which orders, days and sums the operations' table tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from include.ledger.cases import marks
from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.operation import OPEN, SENT_AGAIN, of_orders, unsent
from include.window import Window


class OperationQueries:
    """What one session asks of all operations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def orders_of_days(self, connection: str, days: Window) -> list[int]:
        """Orders of an account with an operation on these days, also one that waits or is refused."""
        rows = self._session.rows(
            "SELECT DISTINCT order_id FROM local_kontur_bukh_operation WHERE connection = %s AND order_id IS NOT NULL"
            " AND document_date BETWEEN %s AND %s AND state <> 'skipped'",
            [connection, days.date_from, days.date_to],
        )
        return [row[0] for row in rows]

    def orders_of_documents(self, connection: str, doc_ids: Sequence[str]) -> list[int]:
        """Orders whose document has one of these ids in Kontur."""
        found: set[int] = set()
        for ids in parts(doc_ids):
            rows = self._session.rows(
                "SELECT DISTINCT order_id FROM local_kontur_bukh_operation WHERE connection = %s"
                f" AND parent_key IS NULL AND order_id IS NOT NULL AND doc_id IN ({marks(ids)})",
                [connection, *ids],
            )
            found |= {row[0] for row in rows}
        return sorted(found)

    def orders_alike(
        self, connection: str, days: Window, *, amounts: Sequence[Decimal], numbers: Sequence[str]
    ) -> set[int]:
        """Orders of an account that have a document of these days with one of these totals, or one of these numbers."""
        found: set[int] = set()
        for column, values in (("d.amount", amounts), ("o.number", numbers)):
            for part in parts(values):
                rows = self._session.rows(
                    "SELECT DISTINCT d.order_id FROM local_kontur_bukh_operation d"
                    " JOIN local_kontur_bukh_order o ON o.order_id = d.order_id"
                    " WHERE d.connection = %s AND d.parent_key IS NULL AND d.document_date BETWEEN %s AND %s"
                    f" AND {column} IN ({marks(part)})",
                    [connection, days.date_from, days.date_to, *part],
                )
                found |= {row[0] for row in rows}
        return found

    def unfinished_orders(self, run_id: str, *, quiet_s: float) -> list[int]:
        """Orders with open operations, or left for the next run; younger ones than ``quiet_s`` belong to one at work.

        What is this run's own is not another's, however young: the run is done again.

        What was sent again is open until it was seen to stand in Kontur once. An order that the shop was saving has no
        operation yet, only its state says that it is planned.
        """
        quiet = "UTC_TIMESTAMP(6) - INTERVAL %s SECOND"
        rows = self._session.rows(
            "SELECT order_id FROM local_kontur_bukh_operation"
            f" WHERE state IN ({marks(OPEN)}) AND order_id IS NOT NULL AND (updated_at < {quiet} OR run_id = %s)"
            # By the few runs that sent anything again: most of what is done was sent once.
            " UNION SELECT o.order_id FROM local_kontur_bukh_run r JOIN local_kontur_bukh_operation o"
            " ON o.run_id = r.run_id WHERE r.reposts > 0 AND o.state = 'done' AND o.code = %s"
            f" AND o.order_id IS NOT NULL AND o.updated_at < {quiet}"
            " UNION SELECT order_id FROM local_kontur_bukh_order"
            f" WHERE state = 'planned' AND planned_at < {quiet} ORDER BY order_id",
            [*OPEN, quiet_s, run_id, SENT_AGAIN, quiet_s, quiet_s],
        )
        return [row[0] for row in rows]

    def unconfirmed_orders(self) -> list[int]:
        """Orders with something to be sent, or sent without an outcome that is known."""
        rows = self._session.rows(
            "SELECT DISTINCT order_id FROM local_kontur_bukh_operation"
            " WHERE state IN ('planned', 'sending', 'unknown') AND order_id IS NOT NULL ORDER BY order_id"
        )
        return [row[0] for row in rows]

    def first_day(self) -> dt.date | None:
        """The day of the first document ever; ``None``: there is none."""
        row = self._session.row("SELECT MIN(document_date) FROM local_kontur_bukh_operation")
        return None if row is None else row[0]

    def documents_by_day(self, connection: str, days: Window) -> dict[dt.date, int]:
        """How many documents of an account were sent, or may have been, of each of these days."""
        rows = self._session.rows(
            "SELECT document_date, COUNT(*) FROM local_kontur_bukh_operation WHERE connection = %s"
            " AND parent_key IS NULL AND order_id IS NOT NULL AND document_date BETWEEN %s AND %s"
            f" AND NOT {unsent()} GROUP BY document_date",
            [connection, days.date_from, days.date_to],
        )
        return dict(rows)

    def unconfirmed(self, connection: str, days: Window) -> int:
        """How many operations of these days are to be sent, or were sent without an outcome that is known."""
        row = self._session.row(
            "SELECT COUNT(*) FROM local_kontur_bukh_operation WHERE connection = %s AND order_id IS NOT NULL"
            " AND document_date BETWEEN %s AND %s AND state IN ('planned', 'sending', 'unknown')",
            [connection, days.date_from, days.date_to],
        )
        return int(row[0]) if row else 0

    def posted_by_run(self, run_id: str) -> list[tuple[str, str, dt.date, Decimal, int]]:
        """What a run brought into the books: connection, kind, local date, roubles, how many operations these are."""
        return self._session.rows(
            "SELECT connection, kind, document_date, SUM(amount), COUNT(*) FROM local_kontur_bukh_operation"
            " WHERE run_id = %s AND state = 'done' AND order_id IS NOT NULL AND plan IS NOT NULL"
            " GROUP BY connection, kind, document_date",
            [run_id],
        )

    def posted_by_others(self, run_id: str) -> bool:
        """Whether an operation of another run than this one is in the books."""
        sql = "SELECT 1 FROM local_kontur_bukh_operation WHERE state = 'done' AND run_id <> %s LIMIT 1"
        return self._session.row(sql, [run_id]) is not None

    def noted(self, order_ids: Sequence[int], codes: Sequence[str]) -> list[tuple[int, str, str]]:
        """Order, code and message of the operations of these orders that are noted with one of ``codes``."""
        found: list[tuple[int, str, str]] = []
        for ids in parts(order_ids):
            found += self._session.rows(
                f"SELECT order_id, code, message FROM {of_orders(ids)} AND state IN ('done', 'skipped')"
                f" AND code IN ({marks(codes)}) ORDER BY op_key",
                [*ids, *codes],
            )
        return found

    def is_empty(self) -> bool:
        """Whether nothing was ever planned."""
        return self._session.row("SELECT 1 FROM local_kontur_bukh_operation LIMIT 1") is None
