"""What is said to people, without its words: a code and typed facts. ``include/words`` makes a text of them.

What is stored, compared, hashed and counted is this, never a sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec


class _Fact(msgspec.Struct, frozen=True, tag_field="fact", tag=str.lower):
    """Equal facts are equal texts in the ledger."""


class Roubles(_Fact, frozen=True):
    """An amount of roubles."""

    amount: Decimal


class Money(_Fact, frozen=True):
    """An amount of another currency, or of one that is in question."""

    amount: Decimal
    currency: str


class Number(_Fact, frozen=True):
    """A quantity, or a percentage: no money."""

    value: Decimal


class Day(_Fact, frozen=True):
    """A calendar day of the shop."""

    day: dt.date


class Moment(_Fact, frozen=True):
    """A time of the shop's clock, naive."""

    at: dt.datetime


class Inn(_Fact, frozen=True):
    """A taxpayer's number that is one by its shape; shown by its last four digits where others may read."""

    inn: str


class Count(_Fact, frozen=True):
    """How many of something: ``of`` is the noun's key in the catalogue."""

    count: int
    of: str


class Said(_Fact, frozen=True):
    """A code with its facts, sorted by name."""

    code: str
    facts: Facts = ()

    @property
    def sentence(self) -> str | None:
        """What an older version of this package stored instead of facts."""
        return next((fact for name, fact in self.facts if name == SENTENCE and isinstance(fact, str)), None)


class Several(_Fact, frozen=True):
    """Some facts, shown one after the other."""

    items: tuple[Fact, ...]


Fact = str | int | Roubles | Money | Number | Day | Moment | Inn | Count | Said | Several
Facts = tuple[tuple[str, Fact], ...]
Plain = Fact | Decimal | dt.date
"""A fact as it is handed over: a ``Decimal`` is of roubles, a ``datetime`` the shop's time."""

SENTENCE = "sentence"
"""Name of the fact that is a ready sentence: it is shown as it is, in whatever language."""

VERSION = 1
"""Of what is stored; a newer one, or what cannot be read, is told by its code alone."""


class _Stored(msgspec.Struct):
    said: tuple[Said, ...]
    version: int = VERSION


_decoder = msgspec.json.Decoder(_Stored)
_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def facts(**named: Plain) -> Facts:
    """Facts by their names."""
    return tuple((name, _fact(value)) for name, value in sorted(named.items()))


def said(code: str, /, **named: Plain) -> Said:
    """A code with facts."""
    return Said(code, facts(**named))


def several(*items: Plain) -> Several:
    """Some facts, shown one after the other."""
    return Several(tuple(_fact(item) for item in items))


def _fact(value: Plain) -> Fact:
    match value:
        case Decimal():
            return Roubles(value)
        case dt.datetime():
            return Moment(value)
        case dt.date():
            return Day(value)
        case _:
            return value


def to_json(what: Sequence[Said]) -> str:
    """For the ledger; equal ones give equal texts."""
    return _encoder.encode(_Stored(tuple(what))).decode()


def from_json(text: str, *, code: str) -> tuple[Said, ...]:
    """What :func:`to_json` wrote.

    Args:
        text: of the ledger; what is not JSON was stored as a sentence by an older version, and is read as such.
        code: of the first one, as it stands beside the text.
    """
    if not text.startswith("{"):
        return (said(code, sentence=text),)
    try:
        return _decoder.decode(text).said
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return (said(code),)
