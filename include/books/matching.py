"""Which of the counterparties that Kontur holds a buyer is: the one rule, for choosing, finding again and comparing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from kontur_hook.records import KnownCounterparty

from include.accounting.operations import Counterparty
from include.errors import HouseError
from include.facts import Count, Inn, Said, said, several, to_json

NOTES = ("kpp_missing_in_kontur", "kpp_changed")
"""Codes of what is noted with a document when it is posted."""
_INN_OF_A_PERSON = 12
_NAME_LENGTH = 60
_HEAD_OFFICE = "01"
"""The reason of registration, digits 5 and 6 of a KPP: where the company itself has its seat."""


class AmbiguousError(HouseError):
    """Several counterparties could be the buyer; it says which, and what to do."""

    said: Said


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of a buyer's record, though nothing was held up for it."""

    said: Said

    @property
    def code(self) -> str:
        """One of :data:`NOTES`."""
        return self.said.code

    @property
    def message(self) -> str:
        """For the ledger."""
        return to_json([self.said])


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """The record that is the buyer."""

    id: str
    note: Note | None = None


def choose(wanted: Counterparty, found: Sequence[KnownCounterparty]) -> Choice | None:
    """The record to use, ``None`` to create one; never «the first» of several.

    Raises:
        AmbiguousError: several records fit.
    """
    return _retail(wanted, found) if wanted.inn is None else _company(wanted, wanted.inn, found)


def _retail(wanted: Counterparty, found: Sequence[KnownCounterparty]) -> Choice | None:
    fitting = [record for record in found if not record.inn and _plain(record.name) == _plain(wanted.name)]
    return _only(fitting, said("ambiguous_by_name"))


def _company(wanted: Counterparty, inn: str, found: Sequence[KnownCounterparty]) -> Choice | None:
    company = [record for record in found if record.inn == inn]
    if equal := [record for record in company if (record.kpp or None) == wanted.kpp]:
        if wanted.kpp:
            return _only(equal, said("ambiguous_inn_kpp", inn=Inn(inn), kpp=wanted.kpp))
        return _only(equal, said("ambiguous_without_kpp", inn=Inn(inn)))
    if wanted.kpp is None:
        return _only(company, said("ambiguous_inn", inn=Inn(inn)))
    if len(company) == 1 and not company[0].kpp:
        missing = said("kpp_missing_in_kontur", inn=Inn(inn), id=company[0].id, kpp=wanted.kpp)
        return Choice(company[0].id, Note(missing))
    if not _is_head_office(wanted.kpp):
        return None  # a branch is a counterparty of its own
    moved = [record for record in company if record.kpp and _is_head_office(record.kpp)]
    choice = _only(moved, said("ambiguous_head_office", inn=Inn(inn)))
    if choice is None:
        return None
    changed = said("kpp_changed", inn=Inn(inn), id=choice.id, kpp=wanted.kpp, in_kontur=moved[0].kpp or "")
    return Choice(choice.id, Note(changed))


def _only(fitting: Sequence[KnownCounterparty], why: Said) -> Choice | None:
    if len(fitting) > 1:
        which = several(*(_told(record) for record in fitting))
        raise AmbiguousError(
            said("counterparty_ambiguous", records=Count(len(fitting), "record"), which=which, why=why)
        )
    return Choice(fitting[0].id) if fitting else None


def _told(record: KnownCounterparty) -> Said:
    """By its id and name; an entrepreneur's name is a person's, and stays in Kontur."""
    if record.inn is not None and len(record.inn) == _INN_OF_A_PERSON:
        return said("record_by_id", id=record.id)
    return said("record_by_name", id=record.id, name=record.name[:_NAME_LENGTH])


def _is_head_office(kpp: str) -> bool:
    return kpp[4:6] == _HEAD_OFFICE


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
