"""Months that a person agreed: the figures as they were then."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from decimal import Decimal

import msgspec

from include.ledger.compared import DayRow
from include.ledger.connection import Session

_encoder = msgspec.json.Encoder(decimal_format="string")


class FrozenDay(msgspec.Struct, frozen=True):
    """A measure on one day, in roubles."""

    day: dt.date
    measure: str
    shop: Decimal
    books: Decimal
    others: Decimal = Decimal(0)

    @classmethod
    def of(cls, row: DayRow) -> FrozenDay:
        """What is kept of a day."""
        return cls(row.day, row.measure, row.shop, row.books, row.others_amount)


class Frozen(msgspec.Struct, frozen=True):
    """What was agreed."""

    days: tuple[FrozenDay, ...]
    differences: dict[int, str] = {}
    """Id of each difference that stood then -> what it told (``DifferenceRow.telling``)."""
    version: int = 1

    @property
    def digest(self) -> str:
        """By it whoever agrees says what he had before him; SHA-256, hexadecimal."""
        return hashlib.sha256(_encoder.encode(self)).hexdigest()


_decoder = msgspec.json.Decoder(Frozen)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgreedMonth:
    """A row of ``local_kontur_bukh_month``."""

    connection: str
    month: dt.date
    """Its first day."""
    agreed_by: str
    agreed_at: dt.datetime
    """UTC."""
    frozen: Frozen


class Months:
    """What one session reads and writes of the months."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, connection: str, month: dt.date) -> AgreedMonth | None:
        """``None``: nobody has agreed it."""
        row = self._session.row(
            "SELECT agreed_by, agreed_at, figures FROM local_kontur_bukh_month WHERE connection = %s AND month = %s",
            [connection, month],
        )
        if row is None:
            return None
        frozen = _decoder.decode(row[2])
        return AgreedMonth(connection=connection, month=month, agreed_by=row[0], agreed_at=row[1], frozen=frozen)

    def agreed(self, connection: str, first: dt.date, last: dt.date) -> dict[dt.date, str]:
        """First day of each month from ``first`` to ``last`` that is agreed -> who agreed it."""
        rows = self._session.rows(
            "SELECT month, agreed_by FROM local_kontur_bukh_month WHERE connection = %s AND month BETWEEN %s AND %s",
            [connection, first, last],
        )
        return dict(rows)

    def agree(self, connection: str, month: dt.date, who: str, frozen: Frozen) -> None:
        """Freeze the figures; what was agreed of the month before is replaced, and stays in the actions."""
        figures = _encoder.encode(frozen).decode()
        self._session.execute(
            "REPLACE INTO local_kontur_bukh_month (connection, month, agreed_by, agreed_at, figures)"
            " VALUES (%s, %s, %s, UTC_TIMESTAMP(6), %s)",
            [connection, month, who, figures],
        )
