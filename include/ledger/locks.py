"""The locks of one task, on a connection of their own: a dead holder's lock is free within milliseconds.

``GET_LOCK`` survives COMMIT and is lost with its connection, so a free lock proves that its last holder ended.
It is lost as well when the server restarts: hence :meth:`Locks.look` before each POST.

All senders of a task share the connection, and the server lets it take a lock twice. So what one of them has taken,
no other one gets before it is released: not even where it was lost meanwhile with its connection, since to its holder
it would then look as if it were still his.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

from include.ledger.errors import LedgerError
from include.ledger.named_locks import NOT_HELD, Look, NamedLocks

C = TypeVar("C", bound=NamedLocks)


class Locks(Generic[C]):
    """All are released at the end of the block."""

    def __init__(self, connect: Callable[[], C]) -> None:
        """``connect``: opens a connection for them."""
        self._connect = connect
        self._taken_on: dict[str, C] = {}
        self.connection: C | None = None

    def __enter__(self) -> Self:
        self.connection = self._connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def take(self, what: str, *, wait_s: float = 0) -> bool:
        """Whether the lock is the caller's now."""
        return self.take_all([what], wait_s=wait_s)[0]

    def take_all(self, wanted: Sequence[str], *, wait_s: float = 0) -> list[bool]:
        """Which of these locks are the caller's now; opens a new connection where the old one was lost.

        Raises:
            LedgerError: the connection is lost, and with it locks that somebody has; or there is no other one.
        """
        try:
            return self._take_all(wanted, wait_s)
        except LedgerError:
            self.__exit__(None, None, None)
            if self._taken_on:
                raise
        return self._take_all(wanted, wait_s)

    def _take_all(self, wanted: Sequence[str], wait_s: float) -> list[bool]:
        if self.connection is None:
            self.__enter__()
        connection = self.connection
        assert connection is not None
        free = list(dict.fromkeys(name for name in wanted if name not in self._taken_on))
        taken = [name for name, ours in zip(free, connection.take(free, wait_s), strict=True) if ours]
        self._taken_on.update(dict.fromkeys(taken, connection))
        return [name in taken and wanted.index(name) == place for place, name in enumerate(wanted)]

    def look(self, asked: Sequence[tuple[str, Sequence[str]]]) -> list[Look]:
        """Whether each lock is still its holder's, and the epochs of the operations whose keys come with it.

        All are asked on the locks' own connection; where that is gone, none is held.
        """
        connection = self.connection
        if connection is None:
            return [NOT_HELD] * len(asked)
        try:
            found = zip(asked, connection.look(asked), strict=True)
        except LedgerError:
            return [NOT_HELD] * len(asked)
        return [
            look if look.held and self._taken_on.get(name) is connection else look._replace(held=False)
            for (name, _), look in found
        ]

    def release(self, what: str) -> None:
        """Give the lock back; one that was lost with its connection is no error."""
        self.release_all([what])

    def release_all(self, names: Sequence[str]) -> None:
        """As :meth:`release`."""
        still = [name for name in names if self._taken_on.pop(name, None) is self.connection]
        if self.connection is not None and still:
            with contextlib.suppress(LedgerError):
                self.connection.release(still)
