"""What a driver may ask of the world: the ledger's state, Kontur, time, and helpers. It decides; a port only does.

In production the ports are MariaDB, HTTP and the clock (:mod:`include.posting.live`); the simulation has virtual ones.
Whoever awaits them knows no event loop, so either runs the same coroutines.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, Protocol, TypeVar

from kontur_hook.errors import KonturError

T = TypeVar("T")


class Statement(Generic[T]):
    """One thing to read or write in the ledger; ``T`` is its answer."""

    __slots__ = ()


class Request(Generic[T]):
    """One thing to ask of Kontur, or to write there; ``T`` is its answer."""

    __slots__ = ()

    connection: str
    """Of the account."""


class Wire(Protocol):
    """A place on an account's wire."""

    async def send(self, request: Request[Any]) -> Any:
        """Send it once; its answer, or the :class:`KonturError` of a read that did not come to its end."""


class Ports(Protocol):
    """The ledger is asked in groups, Kontur in turns. A batch's workers may share them."""

    async def state(self, *statements: Statement[Any]) -> list[Any]:
        """Do these in their order; the answer of each.

        Raises:
            LedgerError: one of them failed, and those after it were not done. What was being written may have been.
        """

    def turn(self, connection: str, *, ahead: bool = False) -> AbstractAsyncContextManager[Wire]:
        """A place on an account's wire, for the block: whoever comes waits until there is one.

        Whoever may go ``ahead`` comes before all who may not, also those who have waited longer.
        There are as many as the connection allows requests at once (``concurrency``), and few more for those who are
        to go next.
        """

    def under_way(self, connection: str) -> float:
        """How many orders are worth having under way for each request that may be on an account's wire.

        While one is there, intents and outcomes of others are committed. The longer an answer takes, the fewer: an
        intent that waits long for its turn is too old to be sent.
        """

    async def together(self, *works: Coroutine[Any, Any, T]) -> list[T]:
        """Do these at the same time; the answer of each.

        Raises:
            BaseException: what the first of them raised, once all have ended.
        """

    async def sleep(self, least_s: float, most_s: float | None = None) -> None:
        """Seconds; up to ``most_s`` by chance, so that many who wait do not come at once."""

    async def spawn(self, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> None:
        """Do ``work`` so many times at once, each time with the ports of a worker.

        Raises:
            BaseException: what the first of them raised, once all have ended.
        """

    def monotonic(self) -> float:
        """Seconds on a clock that nobody sets."""

    def ended(self) -> bool:
        """Whether whoever waits for all this was told to end: then nothing more is begun."""


async def tell(ports: Ports, statement: Statement[T]) -> T:
    """A group of one.

    Raises:
        LedgerError: as :meth:`Ports.state`.
    """
    (answer,) = await ports.state(statement)
    return answer  # type: ignore[no-any-return]


async def ask(ports: Ports, request: Request[T]) -> T:
    """Alone, in its turn.

    Raises:
        KonturError: it did not come to its end.
    """
    async with ports.turn(request.connection) as wire:
        answer = await wire.send(request)
    if isinstance(answer, KonturError):
        raise answer
    return answer  # type: ignore[no-any-return]
