"""Which of the counterparties that Kontur holds a buyer is: the one rule, for choosing, finding again and comparing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from kontur_hook.records import KnownCounterparty

from include.accounting.operations import Counterparty
from include.errors import HouseError

KPP_MISSING = "kpp_missing_in_kontur"
KPP_CHANGED = "kpp_changed"
NOTES = (KPP_MISSING, KPP_CHANGED)
"""Codes of what is noted with a document when it is posted."""
_HEAD_OFFICE = "01"
"""The reason of registration, digits 5 and 6 of a KPP: where the company itself has its seat."""


class AmbiguousError(HouseError):
    """Several counterparties could be the buyer; ``str()`` says which and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of a buyer's record, though nothing was held up for it."""

    code: str
    message: str


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
    return _only(
        fitting,
        f"named «{wanted.name}», apart from case and spaces",
        "write the id of the right one into accounting.retail_counterparty_id in the settings",
    )


def _company(wanted: Counterparty, inn: str, found: Sequence[KnownCounterparty]) -> Choice | None:
    company = [record for record in found if record.inn == inn]
    who = f"INN …{inn[-4:]}"
    if equal := [record for record in company if (record.kpp or None) == wanted.kpp]:
        what = f"{who}, KPP {wanted.kpp}" if wanted.kpp else f"{who} and without KPP"
        return _only(equal, f"with {what}", "merge them there into one")
    if wanted.kpp is None:
        return _only(company, f"with {who}", "give the order the KPP of the right one")
    if len(company) == 1 and not company[0].kpp:
        message = f"Kontur's record of {who} (id {company[0].id}) has no KPP: complete it there, it is {wanted.kpp}"
        return Choice(company[0].id, Note(KPP_MISSING, message))
    if not _is_head_office(wanted.kpp):
        return None  # a branch is a counterparty of its own
    moved = [record for record in company if record.kpp and _is_head_office(record.kpp)]
    choice = _only(moved, f"with {who} whose KPP is a head office's", "merge them there into one")
    if choice is None:
        return None
    message = (
        f"{who} has KPP {wanted.kpp} in the order and {moved[0].kpp} in Kontur (id {choice.id}), both of a head"
        " office: if it moved, enter the new one there"
    )
    return Choice(choice.id, Note(KPP_CHANGED, message))


def _only(fitting: Sequence[KnownCounterparty], what: str, advice: str) -> Choice | None:
    if len(fitting) > 1:
        ids = ", ".join(record.id for record in fitting)
        raise AmbiguousError(f"Kontur has {len(fitting)} counterparties {what} (ids {ids}): {advice}")
    return Choice(fitting[0].id) if fitting else None


def _is_head_office(kpp: str) -> bool:
    return kpp[4:6] == _HEAD_OFFICE


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
