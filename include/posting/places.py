"""The places on an account's wire: for as many requests as may be on it at once, and for few that leave next.

Who has one of those is through with all that comes before a request: it goes as soon as one that is on the wire has its
answer. That is a moment only where answers come quickly; elsewhere nobody could be ready without growing too old.
"""

from __future__ import annotations

import asyncio
import collections

_FOR_ONE_READY = 6
"""Requests on the wire."""
_QUICK_S = 0.5
"""On average: whoever is ready waits a sixth of it then (at most 0.25 s: :mod:`include.posting.sender`)."""
_READY_S = 0.3
"""About so long may pass between an order's first statement and its turn, of which its rounds take a part.

Before a batch's first order the places were held for lists, which are two requests at least.
"""
_LEAST, _NOT_MEASURED, _MOST = 1.5, 3.0, 5.0
"""See :attr:`Places.worth_under_way`."""


class Places:
    """Of one event loop. Whoever waits gets one in his turn; those who may go ahead come before all others."""

    def __init__(self, most: int) -> None:
        """``most``: requests at once."""
        self._most = most
        self._ready = most // _FOR_ONE_READY
        self._taken = 0
        self._held_s, self._given_back = 0.0, 0
        self._ahead: collections.deque[asyncio.Future[None]] = collections.deque()
        self._others: collections.deque[asyncio.Future[None]] = collections.deque()

    @property
    def are_taken(self) -> bool:
        """Whether whoever comes has to wait."""
        is_quick = 0 < self._held_s <= _QUICK_S * self._given_back
        return self._taken >= self._most + (self._ready if is_quick else 0)

    @property
    def worth_under_way(self) -> float:
        """How many are worth having under way for each place, by how long one was held until now, on average.

        So many that others are ready whenever a place is given back; no more, for an intent that waits too long for its
        turn is taken back and written again (:mod:`include.posting.sender`).
        """
        if not self._held_s:
            return _NOT_MEASURED
        return min(max(_LEAST, 1 + _READY_S * self._given_back / self._held_s), _MOST)

    async def take(self, *, ahead: bool) -> None:
        """Have one, to be given back."""
        if not self.are_taken:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._ahead if ahead else self._others).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was his already
                self._taken -= 1
                self._let_in()
            raise

    def give_back(self, held_s: float) -> None:
        """Let in whoever is next; ``held_s``: for how long it was one's own."""
        self._held_s += held_s
        self._given_back += 1
        self._taken -= 1
        self._let_in()

    def came_too_late(self) -> None:
        """Somebody who was ready: answers come quickly no more, and nobody is to be ready again."""
        self._ready = 0

    def _let_in(self) -> None:
        while not self.are_taken and (waiting := self._ahead or self._others):
            turn = waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
