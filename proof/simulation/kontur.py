"""The virtual Kontur: never deduplicates, takes effect late, answers wrongly or not at all, shows things with a lag."""

from __future__ import annotations

import bisect
import collections
import dataclasses
import itertools
import random
from typing import NamedTuple

from proof.simulation.shop import BAD_VAT
from proof.simulation.weather import LAG_S, LATE_S, POST_FAULTS, STUCK_SHARE, TIMEOUT_S, Weather

_FAULTS = tuple(POST_FAULTS)
_UP_TO = tuple(itertools.accumulate(POST_FAULTS.values()))
_TAKES_EFFECT = frozenset(
    {"none", "reset_after", "timeout_after", "timeout_late", "server_error_after", "conflict_after", "no_id"}
)


class ReadError(Exception):
    """A GET that did not come to its end."""


class Reply(NamedTuple):
    """What the client sees of a POST: a failure of the transport, or a status with perhaps an id."""

    failure: str | None = None
    """refused | reset | timeout"""
    status: int = 0
    id: str | None = None


_REPLIES = {
    "refused": Reply("refused"),
    "reset_before": Reply("reset"),
    "reset_after": Reply("reset"),
    "timeout_lost": Reply("timeout"),
    "timeout_after": Reply("timeout"),
    "timeout_late": Reply("timeout"),
    "server_error_before": Reply(status=503),
    "server_error_after": Reply(status=502),
    "busy": Reply(status=429),
    "no_access": Reply(status=401),
    "conflict_before": Reply(status=409),
    "conflict_after": Reply(status=409),
    "redirect": Reply(status=302),
    "no_id": Reply(status=201),
    "login_page": Reply(status=200),
}
_SURE = frozenset({"refused", "busy", "no_access"})
"""Faults whose answer proves to the client that nothing was written."""


@dataclasses.dataclass(slots=True)
class Entry:
    """Something in Kontur's books."""

    id: str
    kind: str
    parent: str | None
    body: str
    marker: str | None
    at: float
    """When it was committed: in the future while the request is still on its way."""
    shown_at: float
    """Since when reads show it."""

    @property
    def fields(self) -> list[str]:
        return self.body.split("|")


@dataclasses.dataclass(frozen=True, slots=True)
class Post:
    """A line of the access log: a request that reached Kontur."""

    key: str
    run: str
    body: str
    at: float
    settled: bool
    """Its answer, if it arrived, tells for certain what became of it."""
    refused: bool
    """Nothing was written and the answer says so."""


class Kontur:
    """Books, access log and moods."""

    def __init__(self, rng: random.Random, seen: collections.Counter[str], *, gets_stuck: bool) -> None:
        self.entries: list[Entry] = []
        self.log: list[Post] = []
        self._by_id: dict[str, Entry] = {}
        self._rng = rng
        self._seen = seen
        self._gets_stuck = gets_stuck
        self._stuck = (0.0, 0.0)
        """From then to then searches show only what they showed when that began."""
        self._numbers = itertools.count(1)

    def typed_by_hand(self, kind: str, body: str) -> Entry:
        """What an accountant enters herself, without a marker."""
        return self._enter(kind, None, body, None, 0.0, 0.0)

    def post(
        self,
        kind: str,
        parent: str | None,
        body: str,
        marker: str | None,
        *,
        key: str,
        run: str,
        now: float,
        weather: Weather,
    ) -> tuple[Reply, float]:
        """One request: what the client will see, and after how many seconds."""
        rng = self._rng
        fault = self._fault() if weather.post_fault else "none"
        self._seen[f"post: {fault}"] += 1
        seconds = TIMEOUT_S if fault.startswith("timeout") else rng.uniform(0.05, 1.0)
        if fault == "timeout_late":
            self._maybe_get_stuck(now)
        problem = self._problem(kind, parent, body, now)
        reply = Reply(status=problem) if fault == "none" and problem else _REPLIES.get(fault)
        if fault in _TAKES_EFFECT and not problem:
            late = rng.uniform(0, weather.late_s) if fault == "timeout_late" else seconds * rng.random()
            lag = rng.uniform(0, LAG_S) if rng.random() < weather.hidden else 0.0
            entry = self._enter(kind, parent, body, marker, now + late, now + late + lag)
            reply = reply or Reply(status=201, id=entry.id)
        assert reply is not None
        if fault != "refused":
            settled = fault == "none" or fault in _SURE
            refused = fault in _SURE or (fault == "none" and bool(problem))
            self.log.append(Post(key, run, body, now, settled, refused))
        return reply, seconds

    def documents(self, now: float, weather: Weather) -> list[Entry]:
        """The search: all pages of it or an error."""
        seen_at = self._search(now, weather)
        return [e for e in self.entries if e.kind == "saleinvoice" and e.shown_at <= seen_at]

    def counterparties(self, inn: str, now: float, weather: Weather) -> list[Entry]:
        """The search by INN; finds parts of it, as some services do."""
        seen_at = self._search(now, weather)
        return [e for e in self.entries if e.kind == "counterparty" and inn in e.body and e.shown_at <= seen_at]

    def money(self, document_id: str, kind: str, now: float, weather: Weather) -> list[Entry]:
        """The document's payments or refunds, read by its id: may lag, is never stuck."""
        self._maybe_fail(weather)
        return [e for e in self.entries if e.parent == document_id and e.kind == kind and e.shown_at <= now]

    def find(self, id_: str | None) -> Entry | None:
        """For the checker."""
        return self._by_id.get(id_ or "")

    def _fault(self) -> str:
        at = bisect.bisect(_UP_TO, self._rng.random())
        return _FAULTS[at] if at < len(_FAULTS) else "none"

    def _enter(self, kind: str, parent: str | None, body: str, marker: str | None, at: float, shown_at: float) -> Entry:
        entry = Entry(f"k{next(self._numbers)}", kind, parent, body, marker, at, shown_at)
        self.entries.append(entry)
        self._by_id[entry.id] = entry
        return entry

    def _problem(self, kind: str, parent: str | None, body: str, now: float) -> int:
        """The status of a refusal, 0 for none."""
        if kind == "saleinvoice":
            _, _, vat, counterparty = body.split("|")
            return 422 if vat == BAD_VAT or counterparty not in self._by_id else 0
        if parent is not None:
            document = self._by_id.get(parent)
            return 0 if document is not None and document.at <= now else 404
        return 0

    def _search(self, now: float, weather: Weather) -> float:
        self._maybe_fail(weather)
        since, until = self._stuck
        if since <= now < until:
            self._seen["search: stuck"] += 1
            return since
        return now

    def _maybe_get_stuck(self, now: float) -> None:
        """A server under strain is late, and its index stands still at the same time."""
        if self._gets_stuck and now > self._stuck[1] and self._rng.random() < STUCK_SHARE:
            since = now + self._rng.uniform(0, LATE_S)
            self._stuck = (since, since + self._rng.uniform(50, 500))

    def _maybe_fail(self, weather: Weather) -> None:
        if self._rng.random() < weather.read_fault:
            self._seen["search: failed"] += 1
            raise ReadError("503")
