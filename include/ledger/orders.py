"""What the last plan said of each order, and the order table that other modules of the shop read."""

from __future__ import annotations

import collections
import dataclasses
import functools
import hashlib
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.facts import Said, Several, from_json, said, to_json
from include.ledger.actions import Deed
from include.ledger.cases import marks
from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.errors import LedgerConfigurationError, LedgerRowError
from include.ledger.operation import State, of_orders, unsent
from include.mysql.texts import Texts
from include.words import text

log = logging.getLogger(__name__)

OUT_OF_REACH = "out_of_reach"
"""Code of an order that the shop has no longer, or whose site is not mapped."""
_FINE = frozenset({State.PLANNED, State.HELD, State.SENDING, State.UNKNOWN, State.DONE})
_NUMBER_LENGTH = 100
_HALF = 32
"""Of an ``asked_key``: its first half tells state and code, the second one all that is said."""
_ANYTHING = "-" * _HALF
"""Second half of what was asked by a version that stored sentences: whatever is said of that state and code."""
_OLD_SENTENCE = "s"
"""Begins the second half where a sentence of an older version is among what was said."""
_SYNC = "INSERT INTO local_kontur_bukh_sync (ORDER_ID, KB_DOC_ID, SYNCED_AT, STATUS, ERROR_MSG)"
_SYNC_ROW = "(%s, %s, IF(%s, UTC_TIMESTAMP(), NULL), %s, %s)"
_SYNC_AGAIN = (
    "ON DUPLICATE KEY UPDATE"
    " SYNCED_AT = IF(VALUES(SYNCED_AT) IS NULL, SYNCED_AT, COALESCE(SYNCED_AT, VALUES(SYNCED_AT))),"
    " KB_DOC_ID = COALESCE(NULLIF(VALUES(KB_DOC_ID), ''), KB_DOC_ID), STATUS = VALUES(STATUS),"
    " ERROR_MSG = VALUES(ERROR_MSG)"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A row of ``local_kontur_bukh_order``."""

    order_id: int
    number: str
    site: str
    connection: str
    state: str | None
    """planned, held, sending, unknown, done, rejected, review, skipped; ``None``: nothing due, nothing posted."""
    code: str | None
    """Of the most urgent problem, or why it is skipped."""
    problems: tuple[Said, ...] = ()
    """What a person is to settle, the most urgent first; empty: nobody is needed."""
    findings: str
    """All findings of the plan, as JSON."""
    run_id: str
    asked_key: str | None = None
    """Which problem a person was asked about …"""
    asked_run: str | None = None
    """… and by which run."""
    fingerprint: str | None = None
    """Of all that the plan was made from; ``None``: it may be another one though nothing changes."""
    total: Decimal | None = None
    """In the shop, roubles; ``None``: planned by an older version."""
    inn: str | None = None
    """Of the buyer of its documents."""

    @property
    def problem_key(self) -> str | None:
        """Tells these problems from others of the same order: by codes and facts, in whatever language."""
        if not self.problems:
            return None
        told = _hash(to_json(self.problems))
        if any(_has_sentence(problem) for problem in self.problems):
            told = _OLD_SENTENCE + told[1:]
        return _hash(f"{self.state}\0{self.code}") + told

    @property
    def is_fine(self) -> bool:
        """Whether it is posted, or planned without a refusal."""
        return not self.problems and self.state in _FINE

    @property
    def is_asked(self) -> bool:
        """Whether a person was shown this already.

        Of what an older version said in a sentence, state and code decide.
        """
        key = self.problem_key
        if key is None or self.asked_key is None or self.asked_key[:_HALF] != key[:_HALF]:
            return False
        asked, now = self.asked_key[_HALF:], key[_HALF:]
        by_sentence = asked.startswith(_OLD_SENTENCE) and not now.startswith(_OLD_SENTENCE)
        return asked in {now, _ANYTHING} or by_sentence


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SyncRow:
    """A row of the order table ``local_kontur_bukh_sync``."""

    order_id: int
    doc_id: str | None
    status: str
    """pending, synced, error."""
    error: str | None = None


class Orders:
    """What one session reads and writes of the orders."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, rows: Sequence[OrderRow]) -> None:
        """What is known of these orders now; a problem that is gone may be asked about anew when it comes back."""
        self._session.insert(
            "INSERT INTO local_kontur_bukh_order (order_id, number, site, connection, state, code, facts, findings,"
            " run_id, fingerprint, total, inn, waits_since, planned_at)",
            "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, IF(%s, UTC_TIMESTAMP(6), NULL), UTC_TIMESTAMP(6))",
            [
                (
                    r.order_id,
                    r.number[:_NUMBER_LENGTH],
                    r.site,
                    r.connection,
                    r.state,
                    r.code,
                    to_json(r.problems) if r.problems else None,
                    r.findings,
                    r.run_id,
                    r.fingerprint,
                    r.total,
                    r.inn,
                    bool(r.problems),
                )
                for r in rows
            ],
            "ON DUPLICATE KEY UPDATE number = VALUES(number), site = VALUES(site), connection = VALUES(connection),"
            " state = VALUES(state), code = VALUES(code), facts = VALUES(facts), findings = VALUES(findings),"
            " run_id = VALUES(run_id), fingerprint = VALUES(fingerprint), planned_at = VALUES(planned_at),"
            " total = VALUES(total), inn = VALUES(inn),"
            " waits_since = IF(VALUES(facts) IS NULL, NULL, COALESCE(waits_since, VALUES(planned_at))),"
            " asked_key = IF(VALUES(facts) IS NULL, NULL, asked_key)",
        )

    def settle(self, rows: Sequence[OrderRow]) -> None:
        """How these orders stand now; what the last plan said of them stays. See :meth:`save`."""
        alike = collections.defaultdict[tuple[str | None, str | None, str | None], list[int]](list)
        for row in rows:
            problems = to_json(row.problems) if row.problems else None
            alike[row.state, row.code, problems].append(row.order_id)

        def write() -> None:
            for (state, code, problems), ids in alike.items():
                needed = problems is not None
                for part in parts(ids):
                    self._session.execute(
                        "UPDATE local_kontur_bukh_order SET state = %s, code = %s, facts = %s,"
                        " asked_key = IF(%s, asked_key, NULL),"
                        " waits_since = IF(%s, COALESCE(waits_since, UTC_TIMESTAMP(6)), NULL)"
                        f" WHERE order_id IN ({marks(part)})",
                        [state, code, problems, needed, needed, *part],
                    )

        self._session.in_transaction(write)

    def read(self, order_ids: Sequence[int]) -> list[OrderRow]:
        """The rows of these orders, one query for 500 orders."""
        found: list[OrderRow] = []
        for ids in parts(order_ids):
            found.extend(
                OrderRow(
                    order_id=row[0],
                    number=row[1],
                    site=row[2],
                    connection=row[3],
                    state=row[4],
                    code=row[5],
                    problems=() if row[6] is None else from_json(row[6], code=row[5] or ""),
                    findings=row[7],
                    run_id=row[8],
                    asked_key=row[9],
                    asked_run=row[10],
                    fingerprint=row[11],
                    total=row[12],
                    inn=row[13],
                )
                for row in self._session.rows(
                    "SELECT order_id, number, site, connection, state, code, facts, findings, run_id, asked_key,"
                    " asked_run, fingerprint, total, inn"
                    f" FROM local_kontur_bukh_order WHERE order_id IN ({marks(ids)}) ORDER BY order_id",
                    ids,
                )
            )
        return found

    def findings(self, order_ids: Sequence[int]) -> dict[int, str]:
        """Order -> what its last plan found, as JSON."""
        found: dict[int, str] = {}
        for ids in parts(order_ids):
            found |= dict(
                self._session.rows(
                    f"SELECT order_id, findings FROM local_kontur_bukh_order WHERE order_id IN ({marks(ids)})", ids
                )
            )
        return found

    def asked_about(self) -> list[int]:
        """Orders that are rejected or under review, or were until a person closed what was found of them.

        And those that were out of reach when they were last looked at.
        """
        rows = self._session.rows(
            "SELECT order_id FROM local_kontur_bukh_order WHERE state IN ('rejected', 'review')"
            " OR (state IN ('skipped', 'done') AND code = %s)",
            [OUT_OF_REACH],
        )
        closed = self._session.rows(
            "SELECT DISTINCT order_id FROM local_kontur_bukh_action WHERE kind = %s", [Deed.FINDING_CLOSED]
        )
        return sorted({row[0] for row in (*rows, *closed)})

    def say(self, order_ids: Sequence[int], findings: str) -> None:
        """Put these findings (JSON) in the place of the last plan's."""
        for ids in parts(order_ids):
            self._session.execute(
                f"UPDATE local_kontur_bukh_order SET findings = %s WHERE order_id IN ({marks(ids)})", [findings, *ids]
            )

    def mark_asked(self, rows: Sequence[OrderRow], run_id: str) -> None:
        """A person is shown these by this run; later runs do not ask again while nothing changed."""
        self._session.execute_many(
            "UPDATE local_kontur_bukh_order SET asked_key = %s, asked_run = %s WHERE order_id = %s",
            [(row.problem_key, run_id, row.order_id) for row in rows],
        )

    def keep_asked(self, rows: Sequence[OrderRow]) -> None:
        """What a person was shown already is put down as it is said now."""
        self._session.execute_many(
            "UPDATE local_kontur_bukh_order SET asked_key = %s WHERE order_id = %s",
            [(row.problem_key, row.order_id) for row in rows],
        )

    def taken_over(self, order_ids: Sequence[int]) -> dict[int, str]:
        """Documents that another program posted: order -> KB_DOC_ID of rows that are not our own doing.

        Our own have one only when a document is done. A row in error with a KB_DOC_ID is such a document too: it was
        posted, and what failed came after it.
        """
        found: dict[int, str] = {}
        for ids in parts(order_ids):
            rows = self._session.rows(
                f"SELECT ORDER_ID, KB_DOC_ID FROM local_kontur_bukh_sync WHERE ORDER_ID IN ({marks(ids)})"
                " AND KB_DOC_ID <> ''",
                ids,
            )
            # Asked apart: the order table may be there before any of ours is.
            own = self._session.rows(
                f"SELECT DISTINCT order_id FROM {of_orders(ids)} AND kind IN ('saleinvoice', 'act') AND NOT {unsent()}",
                ids,
            )
            ours = {order_id for (order_id,) in own}
            found.update((order_id, doc_id) for order_id, doc_id in rows if order_id not in ours)
        return found

    def write_sync(self, rows: Sequence[SyncRow]) -> None:
        """Bring the order table up; SYNCED_AT (UTC) stays at the first moment the order was synced.

        The table may be another module's: texts are written so that it can hold them, and a row that it refuses is said
        in the log and stops no other.

        Raises:
            LedgerConfigurationError: it takes none of them, for a reason that is none of a row's.
        """
        values = [self._sync_values(row) for row in rows]
        try:
            self._session.insert(_SYNC, _SYNC_ROW, values, _SYNC_AGAIN)
        except LedgerConfigurationError:
            self._write_each(values)

    def _write_each(self, values: Sequence[Sequence[Any]]) -> None:
        refused: list[LedgerConfigurationError] = []
        for row in values:
            try:
                self._session.insert(_SYNC, _SYNC_ROW, [row], _SYNC_AGAIN)
            except LedgerConfigurationError as error:
                refused.append(error)
                log.warning("%s", text(said("order_row_refused", order_id=str(row[0]), why=error.said or "")))
        if len(refused) == len(values) and not all(isinstance(error, LedgerRowError) for error in refused):
            raise refused[0]

    def _sync_values(self, row: SyncRow) -> tuple[Any, ...]:
        fit = self._sync_texts.fit
        doc_id = row.doc_id if row.doc_id else fit("KB_DOC_ID", None)  # an id is never altered
        status = self._sync_texts.member("STATUS", row.status)
        return (row.order_id, doc_id, row.status == "synced", status, fit("ERROR_MSG", row.error))

    @functools.cached_property
    def _sync_texts(self) -> Texts:
        return Texts(self._session.rows, "local_kontur_bukh_sync")

    def forget_document(self, order_id: int | None, doc_id: str | None) -> None:
        """The order's document is this one no longer."""
        self._session.execute(
            "UPDATE local_kontur_bukh_sync SET KB_DOC_ID = NULL WHERE ORDER_ID = %s AND KB_DOC_ID = %s",
            [order_id, doc_id],
        )

    def ids_of(self, number: str) -> list[int]:
        """The orders with this number; the shop may have given it twice."""
        rows = self._session.rows(
            "SELECT order_id FROM local_kontur_bukh_order WHERE number = %s ORDER BY order_id", [number]
        )
        return [row[0] for row in rows]

    def not_told(self, expected: Mapping[int, SyncRow | None]) -> set[int]:
        """Those of these orders of which the order table tells something else than it should; texts are not compared.

        ``None``: there should be no row.
        """
        told: dict[int, tuple[str | None, str | None]] = {}
        for ids in parts(list(expected)):
            rows = self._session.rows(
                f"SELECT ORDER_ID, STATUS, KB_DOC_ID FROM local_kontur_bukh_sync WHERE ORDER_ID IN ({marks(ids)})", ids
            )
            told.update((order_id, (status, doc_id or None)) for order_id, status, doc_id in rows)
        status = self._sync_texts.member
        should = {
            order_id: (status("STATUS", row.status), row.doc_id or None)
            for order_id, row in expected.items()
            if row is not None
        }
        return {order_id for order_id in expected if told.get(order_id) != should.get(order_id)}

    def remove_sync(self, order_ids: Sequence[int]) -> None:
        """Orders with nothing due and nothing posted have no row."""
        for ids in parts(order_ids):
            self._session.execute(
                f"DELETE FROM local_kontur_bukh_sync WHERE ORDER_ID IN ({marks(ids)}) AND COALESCE(KB_DOC_ID, '') = ''",
                ids,
            )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HALF]


def _has_sentence(fact: object) -> bool:
    """Whether a sentence of an older version is in it."""
    match fact:
        case Said():
            return fact.sentence is not None or any(_has_sentence(inner) for _, inner in fact.facts)
        case Several(items):
            return any(_has_sentence(item) for item in items)
        case _:
            return False
