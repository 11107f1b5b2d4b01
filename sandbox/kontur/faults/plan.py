"""Which request meets which fault: by a seed and rates, or by a list for the next ones."""

from __future__ import annotations

import collections
import dataclasses
import random
import re
from typing import Annotated, Self

import pydantic

from sandbox.kontur.faults.catalogue import FAULTS, LYING_LISTS, Fault
from sandbox.kontur.paths import template


def _known(name: str) -> str:
    if name not in FAULTS:
        raise ValueError(f"no such fault: {name}; there are {', '.join(FAULTS)}")
    return name


FaultName = Annotated[str, pydantic.AfterValidator(_known)]
Rate = Annotated[float, pydantic.Field(ge=0, le=1)]


class Queued(pydantic.BaseModel):
    """A fault for the next request that it fits."""

    model_config = pydantic.ConfigDict(extra="forbid")

    fault: FaultName
    path_ends_with: str = ""
    """Only for a path with this end: ``/saleinvoices``, ``/payments``, ``/counterparties``."""
    idempotency_key: str | None = None
    """Only for a POST with this key: the fate of one operation, whatever else goes on."""

    def fits(self, asked: Asked) -> bool:
        return (
            asked.fits(FAULTS[self.fault])
            and asked.path.endswith(self.path_ends_with)
            and self.idempotency_key in {None, asked.idempotency_key}
        )


class FaultPlan(pydantic.BaseModel):
    """Set by ``PUT /_sandbox/faults``, which replaces all; an empty one means calm weather."""

    model_config = pydantic.ConfigDict(extra="forbid")

    seed: int = 0
    rates: dict[FaultName, Rate] = {}
    """Name → share of the requests that it fits; the shares of writes, and those of reads, add up to 1 at most."""
    next: list[Queued] = []
    """These come first, each once, in this order."""
    hang_s: float = pydantic.Field(default=30, gt=0)
    """How long the server keeps silent before it resets the connection, unless the client goes first."""
    late_commit_s: float = pydantic.Field(default=2, ge=0)
    drip_interval_ms: int = pydantic.Field(default=50, ge=1)

    @pydantic.model_validator(mode="after")
    def _shares(self) -> Self:
        for on_reads in (False, True):
            total = sum(rate for name, rate in self.rates.items() if FAULTS[name].on_reads is on_reads)
            if total > 1 + 1e-9:
                raise ValueError(f"the rates of {'reads' if on_reads else 'writes'} add up to {total:g}, more than 1")
        return self


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides its fate."""

    method: str
    path: str
    query: str
    idempotency_key: str | None

    def fits(self, fault: Fault) -> bool:
        if fault.on_reads != (self.method == "GET"):
            return False
        if fault.kind in LYING_LISTS and not template(self.path).endswith(("/saleinvoices", "/acts")):
            return False
        # The first page is where it is; pages shift behind it.
        return fault.kind != "shifted_page" or re.search(r"\boffset=0*[1-9]", self.query) is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Fired:
    """A fault, and the dice for what it leaves open."""

    fault: Fault
    dice: random.Random


class FaultPicker:
    """Follows a plan.

    A request's fate hangs on the seed, on what it is, and on how often it came before, not on what else goes on:
    a run with other threads in another order meets the same faults. Ids in the path are random, so they do not count.
    """

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._queue = list(plan.next)
        self._seen: collections.Counter[str] = collections.Counter()

    def pick(self, asked: Asked) -> Fired | None:
        if not (self._queue or self.plan.rates):
            return None
        identity = f"{asked.method} {template(asked.path)}?{asked.query} {asked.idempotency_key}"
        self._seen[identity] += 1
        dice = random.Random(f"{self.plan.seed} {identity} {self._seen[identity]}")
        fault = self._from_queue(asked) or self._by_rates(asked, dice.random())
        return Fired(fault, dice) if fault else None

    def _from_queue(self, asked: Asked) -> Fault | None:
        for queued in self._queue:
            if queued.fits(asked):
                self._queue.remove(queued)
                return FAULTS[queued.fault]
        return None

    def _by_rates(self, asked: Asked, thrown: float) -> Fault | None:
        for name, rate in self.plan.rates.items():
            fault = FAULTS[name]
            if asked.fits(fault):
                if thrown < rate:
                    return fault
                thrown -= rate
        return None
