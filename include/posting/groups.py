"""Rounds on MariaDB: what all senders of a task ask of the ledger at the same time, by few statements."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Sequence
from typing import Any

from include.ledger.journal import Ending
from include.ledger.operation import OperationRow
from include.ledger.statements import Complete, Statement, answer_of
from include.ledger.tables import Tables
from include.posting import rounds
from include.posting.rounds import WRITES, Write


def do(tables: Tables, asked: Sequence[Statement[Any]]) -> list[Any]:
    """The answer of each, or the :class:`LedgerError` that it ended in."""
    places: dict[type, list[int]] = collections.defaultdict(list)
    for place, statement in enumerate(asked):
        places[type(statement)].append(place)
    writes = sorted(place for kind in WRITES for place in places.pop(kind, []))
    answers: list[Any] = [None] * len(asked)
    for kind, of_kind in places.items():
        _put(answers, of_kind, kind.on_all([asked[place] for place in of_kind], tables))  # type: ignore[attr-defined]
    _put(answers, writes, rounds.write(OnTables(tables), [asked[place] for place in writes]))  # type: ignore[misc]
    return answers


def _put(answers: list[Any], places: Sequence[int], told: Sequence[Any]) -> None:
    for place, answer in zip(places, told, strict=True):
        answers[place] = answer


class OnTables:
    """See :class:`include.posting.rounds.Ground`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def in_transaction(self, work: Callable[[], None]) -> None:
        """See :class:`include.posting.rounds.Ground`."""
        self._tables.session.in_transaction(work, tries=1)

    def save(self, writes: Sequence[Write]) -> int:
        """See :class:`include.posting.rounds.Ground`."""
        frozen = {one.row.key for one in writes if isinstance(one, Complete) and one.row.payload == one.sent.payload}
        return self._tables.operations.save_all([one.row for one in writes], frozen)

    def have_others(self, documents: Sequence[tuple[OperationRow, str]]) -> bool:
        """See :class:`include.posting.rounds.Ground`."""
        return any(self._tables.operations.have_other_documents(documents))

    def begin(self, rows: Sequence[tuple[OperationRow, str]]) -> None:
        """See :class:`include.posting.rounds.Ground`."""
        self._tables.journal.begin_all(rows)

    def complete(self, rows: Sequence[tuple[OperationRow, Ending]]) -> None:
        """See :class:`include.posting.rounds.Ground`."""
        self._tables.journal.complete_all(rows)

    def monotonic(self) -> float:
        """See :class:`include.posting.rounds.Ground`."""
        return time.monotonic()

    def alone(self, write: Write) -> Any:
        """See :class:`include.posting.rounds.Ground`."""
        return answer_of(write, self._tables)
