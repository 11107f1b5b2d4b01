"""What several senders write at the same time goes into one transaction, and none goes on before it is committed.

Production does it on MariaDB (:mod:`include.ledger.groups`), the simulation on its virtual ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import structs

from include.ledger.errors import LedgerDuplicateError, LedgerError, LedgerRowError, RollbackError, is_collision
from include.ledger.journal import Ending
from include.ledger.operation import OperationRow
from include.ledger.statements import Begin, Begun, Complete, Save

Write = Begin | Complete | Save
"""What is written by compare-and-set on an operation's epoch."""
WRITES = frozenset({Begin, Complete, Save})


class Ground(Protocol):
    """Where a round is done."""

    def in_transaction(self, work: Callable[[], None]) -> None:
        """Do ``work`` in one transaction, once; a COMMIT whose answer is lost raises."""

    def save(self, writes: Sequence[Write]) -> int:
        """Write the row of each where nobody changed it since it was read; how many that were."""

    def have_others(self, documents: Sequence[tuple[OperationRow, str]]) -> bool:
        """Whether the id of one of these is also the document of another operation than its own."""

    def begin(self, rows: Sequence[tuple[OperationRow, str]]) -> None:
        """A line of the journal for each intent, with its run."""

    def complete(self, rows: Sequence[tuple[OperationRow, Ending]]) -> None:
        """What became of each request, in its line."""

    def monotonic(self) -> float:
        """Seconds on a clock that nobody sets."""

    def alone(self, write: Write) -> Any:
        """Do it in a transaction of its own; the answer, or the :class:`LedgerError` that it ended in."""


def write(ground: Ground, writes: Sequence[Write]) -> list[Any]:
    """The answer of each, or the :class:`LedgerError` that it ended in.

    All in one transaction. Where somebody else changed one of the rows, or has its document, or one cannot be written,
    it is undone, and each is written by itself. Where it fails as a whole, it failed for each: none of those requests
    leaves, and what is to be recorded is recorded again by those who know it.
    """
    together = [one for one in writes if not _counts_reposts(one)]
    answers = _at_once(ground, together) if len(together) > 1 else None
    if answers is None:
        return [ground.alone(one) for one in writes]
    of_group = iter(answers)
    return [ground.alone(one) if _counts_reposts(one) else next(of_group) for one in writes]


def _counts_reposts(one: Write) -> bool:
    """Its transaction asks as well whether the run may send again once more."""
    return isinstance(one, Begin) and one.most_reposts is not None


def _at_once(ground: Ground, writes: Sequence[Write]) -> list[Any] | None:
    """``None``: nothing is written; one by one they may be."""
    saved = [structs.replace(one.row, epoch=one.row.epoch + 1) for one in writes]
    written_at = 0.0

    def work() -> None:
        nonlocal written_at
        if ground.save(writes) != len(writes):
            raise RollbackError
        documents = [one.document for one in writes if isinstance(one, Complete) and one.document is not None]
        if documents and ground.have_others(documents):
            raise RollbackError
        ground.begin([(row, one.run_id) for one, row in zip(writes, saved, strict=True) if isinstance(one, Begin)])
        ground.complete([(one.sent, one.ending) for one in writes if isinstance(one, Complete)])
        written_at = ground.monotonic()

    try:
        ground.in_transaction(work)
    except (RollbackError, LedgerDuplicateError, LedgerRowError):
        return None
    except LedgerError as error:
        if error.__cause__ is not None and is_collision(error.__cause__):
            return None
        return [error] * len(writes)
    return [Begun(row, written_at) if isinstance(one, Begin) else row for one, row in zip(writes, saved, strict=True)]
