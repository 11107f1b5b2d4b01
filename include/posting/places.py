"""The places on an account's wire: as many as requests may be on it at once."""

from __future__ import annotations

import asyncio
import collections


class Places:
    """Of one event loop. Whoever waits gets one in his turn; those who may go ahead come before all others."""

    def __init__(self, most: int) -> None:
        """``most``: how many there are."""
        self._free = most
        self._ahead: collections.deque[asyncio.Future[None]] = collections.deque()
        self._others: collections.deque[asyncio.Future[None]] = collections.deque()

    @property
    def are_taken(self) -> bool:
        """Whether whoever comes has to wait."""
        return not self._free

    async def take(self, *, ahead: bool) -> None:
        """Have one, to be given back."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._ahead if ahead else self._others).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was his already
                self.give_back()
            raise

    def give_back(self) -> None:
        """Let in whoever is next."""
        while waiting := self._ahead or self._others:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
