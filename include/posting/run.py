"""What all operations that a run posts into one account have in common, and what is held of each while it is posted."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from types import TracebackType

from include.books.accounts import Account
from include.ledger.operation import OperationRow
from include.ledger.statements import Now, Release, Take
from include.ports import Ports, tell
from include.posting.core import Expected
from include.settings import Settings

_LEAST_PAUSE_S, _MOST_PAUSE_S = 0.02, 4.0
_PAUSE_SHARE = 0.25
"""Of the time that was waited already: nobody waits much longer than he has to, and who waits long asks seldom."""


async def clock(ports: Ports) -> dt.datetime:
    """The database's time, UTC: the only clock of the protocol.

    Raises:
        LedgerError: the ledger is away.
    """
    return await tell(ports, Now())


class Signals:
    """What a sender heeds just before its request leaves; here nobody else sends, and nothing stops it."""

    def ends(self) -> bool:
        """Whether nothing more is to be begun."""
        return False

    def quiet_s(self) -> float:
        """For how many seconds Kontur is to be left alone."""
        return 0.0

    def all_begun(self) -> bool:
        """Whether no order is left that nobody has begun: those that are under way will leave the wire idle."""
        return False

    def leaves(self) -> None:
        """A request leaves now."""


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """Who posts, where to, by which settings; a worker's has the worker's own ports."""

    ports: Ports
    account: Account
    settings: Settings
    id: str
    """The DAG run that answers for it."""
    signals: Signals = dataclasses.field(default_factory=Signals)
    known: dict[str, str] = dataclasses.field(default_factory=dict)
    """Buyers that the ledger was found to know: identity -> id in Kontur; workers share it."""

    @property
    def settle(self) -> dt.timedelta:
        """Longer than a request can take effect late, plus the search's lag."""
        return dt.timedelta(seconds=self.settings.posting.settle_s)


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """An operation whose lock is ours, with what it is posted with."""

    row: OperationRow
    lock: str
    now: dt.datetime | None
    """When it was read under the lock, or later, by the database's clock; ``None``: nothing hangs on it."""
    closed_until: dt.date | None
    """The last day of the account's closed period, read with it; ``None``: none is, or nothing of it has a day."""
    document: OperationRow | None = None
    """Of a payment or refund."""
    siblings: Sequence[OperationRow] = ()
    """All operations of its order."""
    expected: Expected = Expected.NO
    is_advance: bool = False
    """Whether it is a payment that came before its document's day."""


class Holding:
    """Takes a lock for a block, if it is to be had within ``wait_s``; says whether."""

    def __init__(
        self, ports: Ports, lock: str, wait_s: float = 0.0, *, is_needless: Callable[[], bool] = lambda: False
    ) -> None:
        """``is_needless``: asked while waiting, whether another has done meanwhile what the lock is wanted for."""
        self._ports = ports
        self._lock = lock
        self._wait_s = wait_s
        self._is_needless = is_needless
        self._taken = False

    async def __aenter__(self) -> bool:
        began = self._ports.monotonic()
        while not (taken := await tell(self._ports, Take(self._lock))):
            if (waited_s := self._ports.monotonic() - began) >= self._wait_s:
                break
            pause = min(max(_LEAST_PAUSE_S, waited_s * _PAUSE_SHARE), _MOST_PAUSE_S)
            # Not all at once: of those who ask in the same round only one gets it, each time anew.
            await self._ports.sleep(pause / 2, pause)
            if self._is_needless():
                break
        self._taken = taken
        return taken

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._taken:
            await tell(self._ports, Release(self._lock))
