"""What each day came to when shop and books were compared."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from include.ledger.cases import marks
from include.ledger.connection import Session
from include.window import Window

_VERSION = 1
_FIELDS = (
    *("connection", "day", "measure", "depth", "shop", "books", "differences", "others", "others_amount"),
    *("run_id", "read_at"),
)
_COLUMNS = ", ".join(_FIELDS)
_DEPTHS = ("ledger", "headers", "full")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A row of ``local_kontur_bukh_compared``: a measure on one day. Amounts are roubles."""

    connection: str
    day: dt.date
    """The shop's local day."""
    measure: str
    """documents, payments, refunds."""
    depth: str
    """ledger, headers, full: how much of Kontur was read."""
    shop: Decimal
    books: Decimal
    """Of our documents, payments or refunds in Kontur."""
    differences: Mapping[str, Decimal]
    """By code; together they are ``shop`` − ``books``."""
    others: int = 0
    """Sales in Kontur that are not ours."""
    others_amount: Decimal = Decimal(0)
    run_id: str
    read_at: dt.datetime
    """When the reading began, UTC."""


class ComparedDays:
    """What one session reads and writes of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, rows: Sequence[DayRow]) -> None:
        """In the place of what an earlier reading of the same depth found."""
        self._session.execute_many(
            f"REPLACE INTO local_kontur_bukh_compared ({_COLUMNS}) VALUES ({marks(_FIELDS)})",
            [
                (
                    row.connection,
                    row.day,
                    row.measure,
                    row.depth,
                    row.shop,
                    row.books,
                    _to_json(row.differences),
                    row.others,
                    row.others_amount,
                    row.run_id,
                    row.read_at,
                )
                for row in sorted(rows, key=lambda row: (row.connection, row.day, row.measure, row.depth))
            ],
        )

    def of_window(self, connection: str, window: Window) -> list[DayRow]:
        """The last word on each day and measure: of documents the newest reading, of money the newest full one.

        Where no document was read on a day, the newest reading speaks of its money too, and its depth says so.
        """
        rows = self._session.rows(
            f"SELECT {_COLUMNS} FROM local_kontur_bukh_compared WHERE connection = %s AND day BETWEEN %s AND %s",
            [connection, window.date_from, window.date_to],
        )
        last: dict[tuple[dt.date, str], DayRow] = {}
        for row in sorted(map(_row, rows), key=_word):
            last[row.day, row.measure] = row
        return [last[name] for name in sorted(last)]

    def first_day(self, connection: str) -> dt.date | None:
        """The first day on which anything was found, in the shop or in the books; ``None``: there is none."""
        row = self._session.row(
            "SELECT day FROM local_kontur_bukh_compared WHERE connection = %s"
            " AND (shop <> 0 OR books <> 0 OR others <> 0) ORDER BY day LIMIT 1",
            [connection],
        )
        return None if row is None else row[0]

    def last_read(self, connections: Sequence[str]) -> dt.datetime | None:
        """When the newest day of an account was read, UTC; ``None``: it never was.

        Of several accounts, that of the one that is furthest behind. Older days may have been compared by hand since.
        """
        newest = "SELECT MAX(day) FROM local_kontur_bukh_compared WHERE connection = %s"
        read = [
            read_at
            for connection in connections
            for (read_at,) in self._session.rows(
                f"SELECT MAX(read_at) FROM local_kontur_bukh_compared WHERE connection = %s AND day = ({newest})",
                [connection, connection],
            )
        ]
        return None if None in read else min(read, default=None)

    def full_since(
        self, connection: str, days: Sequence[dt.date], since: dt.datetime | None, *, by_lists: bool = False
    ) -> set[dt.date]:
        """Those of these days that were read in full after ``since``.

        Args:
            connection: the Kontur account.
            days: local days of the shop.
            since: UTC; ``None``: at any time.
            by_lists: whether lists are all that the account shows, and so all of it.
        """
        if not days:
            return set()
        depths = [depth for depth in _DEPTHS if by_lists or depth != "headers"]
        rows = self._session.rows(
            "SELECT DISTINCT day FROM local_kontur_bukh_compared WHERE connection = %s"
            f" AND depth IN ({marks(depths)}) AND day BETWEEN %s AND %s AND (%s IS NULL OR read_at >= %s)",
            [connection, *depths, min(days), max(days), since, since],
        )
        return {row[0] for row in rows} & set(days)

    def posted_into(self, connection: str, days: Window, *, by_lists: bool = False) -> set[dt.date]:
        """Those of these days for which something was posted after they were read in full last."""
        depths = [depth for depth in _DEPTHS if by_lists or depth != "headers"]
        rows = self._session.rows(
            "SELECT DISTINCT o.document_date FROM local_kontur_bukh_operation o WHERE o.connection = %s"
            " AND o.order_id IS NOT NULL AND o.state = 'done' AND o.plan IS NOT NULL"
            " AND o.document_date BETWEEN %s AND %s AND o.done_at > (SELECT MAX(c.read_at)"
            " FROM local_kontur_bukh_compared c WHERE c.connection = o.connection AND c.day = o.document_date"
            f" AND c.depth IN ({marks(depths)}))",
            [connection, days.date_from, days.date_to, *depths],
        )
        return {row[0] for row in rows}


def _word(row: DayRow) -> tuple[int, dt.datetime]:
    is_money = row.measure != "documents"
    return (_DEPTHS.index(row.depth) if is_money else 0), row.read_at


def _row(values: Sequence[object]) -> DayRow:
    fields = dict(zip(_FIELDS, values, strict=True))
    stored = json.loads(str(fields["differences"]))
    differences = {code: Decimal(amount) for code, amount in stored["by_code"].items()}
    return DayRow(**{**fields, "differences": differences})  # type: ignore[arg-type]


def _to_json(differences: Mapping[str, Decimal]) -> str:
    by_code = {code: str(amount) for code, amount in sorted(differences.items())}
    return json.dumps({"version": _VERSION, "by_code": by_code})
