"""The operations' table: reading, planning, and changing a row by compare-and-set on its epoch."""

from __future__ import annotations

import collections
import datetime as dt
import operator
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from msgspec import structs

from include.ledger.cases import at_epochs, marks, value_by
from include.ledger.chunks import chunked, parts
from include.ledger.connection import Session
from include.ledger.errors import LedgerDuplicateError
from include.ledger.operation import SENT_AGAIN, OperationRow, State, Trace, of_orders, unsent, withdrawable
from include.ledger.operation_rows import COLUMNS, SAVED, TRACE, payload_hash, row_of, saved_of, trace_of

_key = operator.attrgetter("key")


class Operations:
    """What one session reads and writes of the operations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def now(self) -> dt.datetime:
        """The database's clock, UTC: the only clock of the protocol."""
        row = self._session.row("SELECT UTC_TIMESTAMP(6)")
        assert row is not None
        return row[0]  # type: ignore[no-any-return]

    def get(self, key: str) -> OperationRow | None:
        """The row of ``key``."""
        return self.get_all([key]).get(key)

    def get_all(self, keys: Sequence[str]) -> dict[str, OperationRow]:
        """Key -> row, of those that there are; at most 500."""
        rows = self._session.rows(
            f"SELECT {COLUMNS} FROM local_kontur_bukh_operation WHERE op_key IN ({marks(keys)})", keys
        )
        return {row[0]: row_of(row) for row in rows}

    def of_orders(self, order_ids: Sequence[int]) -> dict[int, list[OperationRow]]:
        """All operations of these orders, one query for 500 orders."""
        found: dict[int, list[OperationRow]] = {order_id: [] for order_id in order_ids}
        for ids in parts(order_ids):
            for values in self._session.rows(f"SELECT {COLUMNS} FROM {of_orders(ids)} ORDER BY op_key", ids):
                row = row_of(values)
                found[row.order_id or 0].append(row)
        return found

    def traces(self, order_ids: Sequence[int], payment_ids: Sequence[int]) -> list[Trace]:
        """The traces of these orders' operations, and of all that were planned of these payments, by key."""
        found: dict[str, Trace] = {}
        for ids in parts(order_ids):
            for values in self._session.rows(f"SELECT {TRACE} FROM {of_orders(ids)}", ids):
                found[values[0]] = trace_of(values)
        for values in self._of_payments(TRACE, payment_ids):
            found[values[0]] = trace_of(values)
        return [found[key] for key in sorted(found)]

    def of_payments(self, payment_ids: Sequence[int]) -> list[OperationRow]:
        """All payments that were planned of these rows of Bitrix, whichever order they belong to."""
        return [row_of(row) for row in self._of_payments(COLUMNS, payment_ids)]

    def orders_of_payments(self, payment_ids: Sequence[int]) -> set[int]:
        """The orders that these rows of Bitrix were planned with, or posted."""
        rows = self._of_payments("order_id, state", payment_ids)
        return {order_id for order_id, state in rows if order_id is not None and state != State.SKIPPED}

    def _of_payments(self, columns: str, payment_ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        for ids in parts(payment_ids):
            # Behind the id stand «#» and «/», which sort before digits: each range holds one payment's keys.
            ranges = " OR ".join(["op_key BETWEEN %s AND %s"] * len(ids))
            bounds = [bound for id_ in ids for bound in (f"payment:{id_}", f"payment:{id_}/~")]
            yield from self._session.rows(f"SELECT {columns} FROM local_kontur_bukh_operation WHERE {ranges}", bounds)

    def move(self, row: OperationRow, order_id: int) -> None:
        """Give an operation that was never sent to another order, unless somebody changed it since ``row`` was read."""
        self._session.execute(
            "UPDATE local_kontur_bukh_operation SET order_id = %s, state = 'skipped', epoch = epoch + 1,"
            f" updated_at = UTC_TIMESTAMP(6) WHERE op_key = %s AND order_id <=> %s AND epoch = %s AND {unsent()}",
            [order_id, row.key, row.order_id, row.epoch],
        )

    def version(self, order_ids: Sequence[int]) -> tuple[int, int]:
        """Of all operations of these orders, at most 500: another one after any change of any of them."""
        if not order_ids:
            return 0, 0
        row = self._session.row(f"SELECT COUNT(*), COALESCE(SUM(epoch), 0) FROM {of_orders(order_ids)}", order_ids)
        assert row is not None
        return row[0], int(row[1])

    def plan(self, rows: Iterable[OperationRow]) -> None:
        """Put planned and held operations down; one that was already begun, or is another order's, stays as it is.

        The same plan replaces too: whether it is news is asked of :meth:`OperationRow.gives_way_to` before.
        """
        self._session.insert(
            "INSERT INTO local_kontur_bukh_operation (op_key, order_id, connection, kind, parent_key, state, plan,"
            " marker, document_date, amount, run_id, created_at, updated_at)",
            "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
            [
                (
                    row.key,
                    row.order_id,
                    row.connection,
                    row.kind,
                    row.parent_key,
                    row.state,
                    row.plan,
                    row.marker,
                    row.document_date,
                    row.amount,
                    row.run_id,
                )
                for row in rows
            ],
            _replace_where(
                f"order_id <=> VALUES(order_id) AND {unsent()}",
                ("epoch", "epoch + 1"),
                *((name, f"VALUES({name})") for name in ("connection", "kind", "parent_key", "plan", "marker")),
                *((name, f"VALUES({name})") for name in ("document_date", "amount", "run_id")),
                ("updated_at", "UTC_TIMESTAMP(6)"),
                ("code", "NULL"),
                ("message", "NULL"),
                ("state", "VALUES(state)"),
            ),
        )

    def creations(self, key: str) -> list[OperationRow]:
        """The creations of counterparties whose keys begin with ``key``, first come first."""
        rows = self._session.rows(
            f"SELECT {COLUMNS} FROM local_kontur_bukh_operation"
            " WHERE op_key >= %s AND op_key < %s AND kind = 'counterparty' ORDER BY created_at, op_key",
            [key, key + "~"],
        )
        return [row_of(row) for row in rows]

    def forget_refusals(self) -> None:
        """Counterparties that Kontur refused may be sent again as they are: a person has asked for it."""
        self._session.execute(
            "UPDATE local_kontur_bukh_operation SET state = 'skipped', epoch = epoch + 1,"
            " updated_at = UTC_TIMESTAMP(6) WHERE kind = 'counterparty' AND state = 'rejected'"
        )

    def withdraw(self, rows: Sequence[OperationRow]) -> None:
        """Operations that the shop calls for no longer and that were never sent; not if another order has them now.

        Code and message stay: what Kontur holds in the place of one still needs a person.
        """
        for part in chunked([(row.key, row.order_id) for row in rows]):
            keys, pairs = (", ".join([mark] * len(part)) for mark in ("%s", "(%s, %s)"))
            self._session.execute(
                "UPDATE local_kontur_bukh_operation SET state = 'skipped', epoch = epoch + 1,"
                # The keys by themselves as well: not every server finds pairs by the primary key.
                f" updated_at = UTC_TIMESTAMP(6) WHERE op_key IN ({keys}) AND (op_key, order_id) IN ({pairs})"
                f" AND {withdrawable()}",
                [*(key for key, _ in part), *(value for pair in part for value in pair)],
            )

    def take_over(self, rows: Iterable[OperationRow]) -> None:
        """Documents that another program posted, before us or instead of one that we had only planned."""
        self._session.insert(
            "INSERT INTO local_kontur_bukh_operation (op_key, order_id, connection, kind, state, doc_id, code,"
            " created_at, updated_at)",
            "(%s, %s, %s, %s, 'done', %s, %s, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
            [(row.key, row.order_id, row.connection, row.kind, row.doc_id, row.code) for row in rows],
            _replace_where(
                unsent(),
                ("epoch", "epoch + 1"),
                *((name, "NULL") for name in ("plan", "marker", "document_date", "amount", "message", "run_id")),
                *((name, f"VALUES({name})") for name in ("connection", "kind", "doc_id", "code", "updated_at")),
                ("state", "VALUES(state)"),
            ),
        )

    def adopt(self, row: OperationRow) -> bool:
        """Put down as done what Kontur was found to hold; whether the ledger did not have it so already.

        Raises:
            LedgerDuplicateError: another operation of the same document has this ``doc_id``.
        """
        before = self.get(row.key)
        if before is not None and before.state is State.DONE and before.doc_id == row.doc_id:
            return False
        self.plan([structs.replace(row, state=State.PLANNED)])
        # By its key alone: an id that another operation has would otherwise change that one.
        self._session.execute(
            "UPDATE local_kontur_bukh_operation SET epoch = epoch + 1, state = 'done', plan = %s, document_date = %s,"
            " amount = %s, doc_id = %s, code = %s, message = NULL, run_id = %s, updated_at = UTC_TIMESTAMP(6),"
            " done_at = UTC_TIMESTAMP(6) WHERE op_key = %s",
            [row.plan, row.document_date, row.amount, row.doc_id, row.code, row.run_id, row.key],
        )
        return True

    def save(self, row: OperationRow) -> OperationRow | None:
        """Write a row that nobody changed since it was read at ``row.epoch``; the row as it is now, one epoch on.

        ``None``: somebody changed it, or an equal payment of the same document already has this ``doc_id``, and this
        write did not happen. A lost connection raises: whether the write
        happened must be read again.
        """
        try:
            written = self.save_all([row])
        except LedgerDuplicateError:
            return None
        return structs.replace(row, epoch=row.epoch + 1) if written else None

    def save_all(self, rows: Sequence[OperationRow], frozen: Collection[str] = ()) -> int:
        """Write rows as :meth:`save` does, few statements for all of them; how many were as they had been read.

        In a transaction: where they are fewer than ``rows``, all of it has to be undone.

        Args:
            rows: as :meth:`save` takes them.
            frozen: keys of those whose payload stands in the table already: it is not sent there once more.

        Raises:
            LedgerDuplicateError: an equal payment of the same document already has one's ``doc_id``.
        """
        values = [saved_of(row, frozen=row.key in frozen) for row in sorted(rows, key=_key)]
        return sum(self._save(part) for part in chunked(values))

    def _save(self, rows: Sequence[Sequence[object]]) -> int:
        keys, epochs, *columns = zip(*rows, strict=True)
        new = {name: value_by("op_key", keys, name, of_it) for name, of_it in zip(SAVED, columns, strict=True)}
        assigned = ", ".join(f"{name} = {value}" for name, (value, _) in new.items())
        as_read, their_keys = at_epochs(keys, epochs)
        return self._session.execute(
            # The time after the state, which it reads as it is assigned.
            f"UPDATE local_kontur_bukh_operation SET {assigned}, done_at = IF(state = 'done',"
            " COALESCE(done_at, UTC_TIMESTAMP(6)), done_at), epoch = epoch + 1, updated_at = UTC_TIMESTAMP(6)"
            f" WHERE {as_read}",
            [*(value for _, values in new.values() for value in values), *their_keys],
        )

    def epochs_below(self, key: str) -> dict[str, int]:
        """Key -> epoch, of all that belongs to a document; nobody else writes them before the transaction ends."""
        sql = "SELECT op_key, epoch FROM local_kontur_bukh_operation WHERE parent_key = %s FOR UPDATE"
        return dict(self._session.rows(sql, [key]))

    def decide(self, row: OperationRow) -> bool:
        """Write what was decided of a row, unless somebody changed it since it was read at ``row.epoch``.

        What a person decides may change what :meth:`save` never does: what the row says was planned and posted.

        Raises:
            LedgerDuplicateError: an equal payment of the same document already has this ``doc_id``.
        """
        count = self._session.execute(
            "UPDATE local_kontur_bukh_operation SET state = %s, epoch = epoch + 1, attempts = %s, uncertain = %s,"
            " plan = %s, payload = %s, payload_hash = %s, document_date = %s, amount = %s, doc_id = %s,"
            " unknown_since = %s, absent_since = %s, code = %s, message = %s, restarts = %s,"
            " updated_at = UTC_TIMESTAMP(6), done_at = IF(%s = 'done', COALESCE(done_at, UTC_TIMESTAMP(6)), NULL)"
            " WHERE op_key = %s AND epoch = %s",
            [
                row.state,
                row.attempts,
                row.uncertain,
                row.plan,
                row.payload,
                payload_hash(row.payload),
                row.document_date,
                row.amount,
                row.doc_id,
                row.unknown_since,
                row.absent_since,
                row.code,
                row.message,
                row.restarts,
                row.state,
                row.key,
                row.epoch,
            ],
        )
        return bool(count)

    def done_since(self, connection: str, kind: str, since: dt.datetime) -> list[OperationRow]:
        """The first three of ours begun and confirmed after ``since``: the search shows one of them if it is fresh.

        The first, because a search that lags does not show the newest yet, however often runs look; three, because
        one may have been deleted since.
        """
        rows = self._session.rows(
            f"SELECT {COLUMNS} FROM local_kontur_bukh_operation o WHERE connection = %s AND kind = %s"
            " AND state = 'done' AND done_at > %s AND EXISTS (SELECT 1 FROM local_kontur_bukh_attempt a"
            " WHERE a.op_key = o.op_key AND a.outcome = 'created' AND a.sent_at > %s)"
            " ORDER BY done_at LIMIT 3",
            [connection, kind, since, since],
        )
        return [row_of(row) for row in rows]

    def sent_again(self, run_id: str) -> list[OperationRow]:
        """What a run sent again, if anything, and what has yet to be seen in Kontur exactly once."""
        rows = self._session.rows(
            f"SELECT {COLUMNS} FROM local_kontur_bukh_operation WHERE run_id = %s AND state = 'done' AND code = %s"
            " AND EXISTS (SELECT 1 FROM local_kontur_bukh_run WHERE run_id = %s AND reposts > 0) ORDER BY op_key",
            [run_id, SENT_AGAIN, run_id],
        )
        return [row_of(row) for row in rows]

    def have_other_documents(self, of: Sequence[tuple[OperationRow, str]]) -> list[bool]:
        """Whether each id is the document of another operation than the row that it comes with; at most 500."""
        ids = [doc_id for _, doc_id in of]
        rows = self._session.rows(
            f"SELECT op_key, connection, kind, doc_id FROM local_kontur_bukh_operation WHERE doc_id IN ({marks(ids)})",
            ids,
        )
        owners = collections.defaultdict(set)
        for key, *what in rows:
            owners[tuple(what)].add(key)
        return [bool(owners[row.connection, row.kind, doc_id] - {row.key}) for row, doc_id in of]


def _replace_where(condition: str, *columns: tuple[str, str]) -> str:
    """What becomes of a row that is there already: its new values, where it meets ``condition``.

    Args:
        condition: of SQL, on the row as it is.
        columns: name and value; MySQL assigns from left to right, so what the condition reads comes last.
    """
    values = (f"{column} = IF({condition}, {value}, {column})" for column, value in columns)
    return f"ON DUPLICATE KEY UPDATE {', '.join(values)}"
