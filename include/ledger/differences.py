"""The table of differences between shop and books: what was found, since when, and what a person decided."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from include.facts import Fact, Said, Several, from_json, to_json
from include.ledger.cases import marks
from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.operation import State
from include.window import Window

FULL, LEDGER = "full", "ledger"
"""How much was read by whoever told it; what lists show stands between them."""
_UNSEEN = "unseen"
"""Code of what is due in the shop, and that no run has looked at."""
_NUMBER_LENGTH = 100


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """A row of ``local_kontur_bukh_difference``. Days are the shop's local ones, times UTC."""

    connection: str
    name: str
    """Tells it from all others of the account, and knows it again in the next comparison."""
    code: str
    measure: str
    """documents, payments, refunds."""
    said: Said
    order_id: int | None = None
    number: str | None = None
    """The order's, as people see it in the shop."""
    key: str | None = None
    """The operation's."""
    document_id: str | None = None
    """In Kontur."""
    entry_id: str | None = None
    """The payment's or refund's in Kontur."""
    shop_day: dt.date | None = None
    shop_amount: Decimal | None = None
    books_day: dt.date | None = None
    books_amount: Decimal | None = None
    noted: bool = False
    """For information: nobody has to do anything."""
    told_by: str
    """Depth of the reading that told it so."""
    listed: bool
    """Whether it is seen without reading documents one by one; if not, only a full reading can find it gone."""
    run_id: str
    """That saw it last."""
    id: int | None = None
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None
    gone_at: dt.datetime | None = None
    """Since when a reading of its days shows it no longer."""
    asked_code: str | None = None
    asked_run: str | None = None
    """The run that showed it to a person first."""
    decided_by: str | None = None
    decided_at: dt.datetime | None = None
    decided_why: str | None = None
    decided_on: str | None = None
    """Of what the decision was made: :attr:`telling` at that time."""

    @property
    def telling(self) -> str:
        """Hash of all that is told; another one is another matter, about which nobody has decided."""
        told = (self.code, to_json([self.said]), self.shop_day, self.shop_amount, self.books_day, self.books_amount)
        return hashlib.sha256("\0".join(map(str, told)).encode()).hexdigest()

    @property
    def is_decided(self) -> bool:
        """Whether a person has decided about it as it is now."""
        return self.decided_on is not None and self.decided_on == self.telling

    @property
    def is_open(self) -> bool:
        """Whether a person still has to settle it."""
        return self.gone_at is None and not self.noted and not self.is_decided

    @property
    def days(self) -> tuple[dt.date, ...]:
        """In which it counts; none: nothing tells its day."""
        return tuple(day for day in (self.shop_day, self.books_day) if day is not None)

    def same_sums(self, other: DifferenceRow) -> bool:
        """Whether both are of one kind, with the same days and amounts."""
        return _sums(self) == _sums(other)


def _sums(row: DifferenceRow) -> tuple[object, ...]:
    return row.code, row.shop_day, row.shop_amount, row.books_day, row.books_amount


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """A finished comparison of some days of an account."""

    window: Window
    since: dt.datetime
    """When it began, UTC."""
    is_full: bool
    """Whether it saw all that there is to be seen: each document was read, or the account cannot be read at all."""
    blind: frozenset[int] = frozenset()
    """Ids of differences without a day of which it says nothing: their orders have no day in it."""

    def covers(self, day: dt.date) -> bool:
        """Whether the day is one of them."""
        return self.window.date_from <= day <= self.window.date_to


_COLUMNS = {
    "connection": "connection",
    "name": "name",
    "code": "code",
    "measure": "measure",
    "facts": "said",
    "order_id": "order_id",
    "number": "number",
    "op_key": "key",
    "document_id": "document_id",
    "entry_id": "entry_id",
    "shop_day": "shop_day",
    "shop_amount": "shop_amount",
    "books_day": "books_day",
    "books_amount": "books_amount",
    "noted": "noted",
    "told_by": "told_by",
    "listed": "listed",
    "run_id": "run_id",
}
"""What a comparison tells -> its field."""
_LIFE = ("id", "first_seen", "last_seen", "gone_at", "asked_code", "asked_run")
_DECISION = ("decided_by", "decided_at", "decided_why", "decided_on")
_SELECT = f"SELECT {', '.join((*_COLUMNS, *_LIFE, *_DECISION))} FROM local_kontur_bukh_difference"
_SEEN = (*_COLUMNS, "first_seen", "last_seen", "gone_at")
_SEE = (
    f"INSERT INTO local_kontur_bukh_difference ({', '.join(_SEEN)}) VALUES ({marks(_SEEN)})"
    " ON DUPLICATE KEY UPDATE " + ", ".join(f"{column} = VALUES({column})" for column in _SEEN[2:])
)


class Differences:
    """What one session reads and writes of the differences."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def see(self, rows: Sequence[DifferenceRow], at: dt.datetime) -> None:
        """Put down what a comparison found that began at ``at`` (UTC).

        What documents told when they were read stays told so while lists show the same sums.
        """
        before = {row.name: row for row in self._named(rows)}
        self._session.execute_many(
            _SEE, [_seen(row, before.get(row.name), at) for row in sorted(rows, key=lambda row: row.name)]
        )

    def close(self, connection: str, looks: Sequence[Comparison]) -> int:
        """Note as gone what comparisons would have seen, and did not; how many.

        What has a day on which nobody looked stays as it is.
        """
        gone = []
        for row in self.standing(connection):
            since = _looked_since(row, looks)
            if since is not None and row.last_seen is not None and row.last_seen < since:
                gone.append((row.id, since))
        self._session.execute_many(
            "UPDATE local_kontur_bukh_difference SET gone_at = UTC_TIMESTAMP(6), asked_code = NULL"
            " WHERE id = %s AND last_seen < %s",
            gone,
        )
        return len(gone)

    def of_window(self, connection: str, window: Window) -> list[DifferenceRow]:
        """Those with a day in the window, or with none at all, also what is gone; by order, key and id."""
        between = "BETWEEN %s AND %s"
        return self._where(
            f"connection = %s AND (shop_day {between} OR books_day {between}"
            " OR (shop_day IS NULL AND books_day IS NULL))",
            [connection, *(window.date_from, window.date_to) * 2],
        )

    def standing(self, connection: str) -> list[DifferenceRow]:
        """All of an account that are not gone."""
        return self._where("connection = %s AND gone_at IS NULL", [connection])

    def open_days(self, connection: str) -> list[tuple[dt.date, ...]]:
        """Of each that a person still has to settle, the days in which it counts."""
        rows = self._session.rows(
            "SELECT id, shop_day, books_day, decided_on IS NOT NULL FROM local_kontur_bukh_difference"
            " WHERE connection = %s AND gone_at IS NULL AND noted = 0",
            [connection],
        )
        # Of what was decided once, its whole row tells whether that still holds.
        decided = self.by_ids([id_ for id_, _, _, is_decided in rows if is_decided])
        undecided = [tuple(day for day in days if day is not None) for _, *days, is_decided in rows if not is_decided]
        return [*undecided, *(row.days for row in decided if row.is_open)]

    def of_order(self, order_id: int) -> list[DifferenceRow]:
        """All of an order that are not gone."""
        return self._where("order_id = %s AND gone_at IS NULL", [order_id])

    def by_ids(self, ids: Sequence[int]) -> list[DifferenceRow]:
        """Those with these ids."""
        return [row for part in parts(ids) for row in self._where(f"id IN ({marks(part)})", part)]

    def unseen_orders(self) -> list[int]:
        """Orders of which something is due that no run has looked at."""
        rows = self._session.rows(
            "SELECT DISTINCT order_id FROM local_kontur_bukh_difference"
            " WHERE gone_at IS NULL AND code = %s AND order_id IS NOT NULL ORDER BY order_id",
            [_UNSEEN],
        )
        return [row[0] for row in rows]

    def mark_asked(self, rows: Iterable[DifferenceRow], run_id: str) -> None:
        """A person is shown these by this run; later runs do not ask again while they are of the same kind."""
        self._session.execute_many(
            "UPDATE local_kontur_bukh_difference SET asked_code = code, asked_run = %s WHERE id = %s",
            [(run_id, row.id) for row in rows],
        )

    def decide(self, row: DifferenceRow, who: str, why: str) -> bool:
        """Put a person's decision down, of what ``row`` tells; whether it is still told so."""
        now = self._where("id = %s FOR UPDATE", [row.id])
        if not now or now[0].gone_at is not None or now[0].telling != row.telling:
            return False
        self._session.execute(
            "UPDATE local_kontur_bukh_difference SET decided_by = %s, decided_at = UTC_TIMESTAMP(6), decided_why = %s,"
            " decided_on = %s, asked_code = NULL WHERE id = %s",
            [who, why, row.telling, row.id],
        )
        return True

    def reopen(self, row: DifferenceRow) -> bool:
        """Take a person's decision back; whether it is still the one of ``row``."""
        changed = self._session.execute(
            "UPDATE local_kontur_bukh_difference SET decided_by = NULL, decided_at = NULL, decided_why = NULL,"
            " decided_on = NULL WHERE id = %s AND decided_on = %s AND decided_at = %s AND gone_at IS NULL",
            [row.id, row.decided_on, row.decided_at],
        )
        return changed == 1

    def posted_since(self, rows: Iterable[DifferenceRow]) -> dict[int, dt.datetime]:
        """Which of these lack in the books what was posted after they were seen last: id -> when (UTC)."""
        found: dict[int, dt.datetime] = {}
        for part in parts([row.id for row in rows if row.key is not None and row.books_amount is None]):
            found.update(
                self._session.rows(
                    "SELECT d.id, o.done_at FROM local_kontur_bukh_difference d"
                    " JOIN local_kontur_bukh_operation o ON o.op_key = d.op_key"
                    f" WHERE d.id IN ({marks(part)}) AND o.state = %s AND o.done_at > d.last_seen",
                    [*part, State.DONE],
                )
            )
        return found

    def _named(self, rows: Sequence[DifferenceRow]) -> Iterator[DifferenceRow]:
        for part in parts(rows):
            names = [row.name for row in part]
            if names:
                yield from self._where(f"connection = %s AND name IN ({marks(names)})", [part[0].connection, *names])

    def _where(self, condition: str, parameters: Sequence[object]) -> list[DifferenceRow]:
        rows = [_row(values) for values in self._session.rows(f"{_SELECT} WHERE {condition}", parameters)]
        return sorted(rows, key=lambda row: (row.order_id or 0, row.key or "", row.id or 0))


def _row(values: Sequence[Any]) -> DifferenceRow:
    fields = dict(zip((*_COLUMNS.values(), *_LIFE, *_DECISION), values, strict=True))
    fields["said"] = from_json(fields["said"], code=fields["code"])[0]
    return DifferenceRow(**{**fields, "noted": bool(fields["noted"]), "listed": bool(fields["listed"])})


def _seen(row: DifferenceRow, before: DifferenceRow | None, at: dt.datetime) -> tuple[Any, ...]:
    lives_on = before is not None and before.gone_at is None
    if before is not None and lives_on:
        row = _full_again(row, before) if row.told_by == FULL else _listed_again(row, before)
    values = {field: getattr(row, field) for field in _COLUMNS.values()}
    values["said"] = to_json([row.said])
    values["number"] = row.number and row.number[:_NUMBER_LENGTH]
    first_seen = before.first_seen if before is not None and lives_on else at
    return (*values.values(), first_seen, at, None)


def _full_again(row: DifferenceRow, before: DifferenceRow) -> DifferenceRow:
    """Lists show it too if they told all that documents tell: where one tells more, the rest may outlive the other."""
    return dataclasses.replace(row, listed=before.listed and _tells_the_same(row, before))


def _listed_again(row: DifferenceRow, before: DifferenceRow) -> DifferenceRow:
    """What lists show of one that documents told: they know of its lines and its money nothing, so they settle none."""
    is_all = before.told_by == FULL and _tells_the_same(row, before)
    listed = before.listed or is_all
    if before.told_by == FULL and not is_all and _is_part_of(row, before):
        return dataclasses.replace(row, said=before.said, noted=before.noted, told_by=FULL, listed=listed)
    return dataclasses.replace(row, told_by=before.told_by if is_all else row.told_by, listed=listed)


def _tells_the_same(row: DifferenceRow, before: DifferenceRow) -> bool:
    return row.same_sums(before) and (row.said, row.noted) == (before.said, before.noted)


def _is_part_of(row: DifferenceRow, before: DifferenceRow) -> bool:
    """Whether a row tells nothing that the one before does not tell."""
    if not row.same_sums(before) or (before.noted and not row.noted):
        return False
    return _changes(row.said) <= _changes(before.said)


def _changes(what: Said) -> set[Fact]:
    """What of a document or of money is said to be otherwise."""
    changes = dict(what.facts).get("changes")
    return set(changes.items) if isinstance(changes, Several) else set()


def _looked_since(row: DifferenceRow, looks: Iterable[Comparison]) -> dt.datetime | None:
    """The first of the comparisons that saw all days of a row began then; ``None``: some day was not looked at."""
    fit = [look for look in looks if (look.is_full or row.listed) and row.id not in look.blind]
    by_day = [[look.since for look in fit if look.covers(day)] for day in row.days] or [[look.since for look in fit]]
    return min(map(min, by_day)) if all(by_day) else None
