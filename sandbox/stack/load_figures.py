"""What came of measuring ``load``: its passes, its figures by the names of `.run/bench.json`, and their table."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from include.facts import said
from sandbox.stack.errors import StackError
from sandbox.stack.recorder import Recorded


@dataclasses.dataclass(frozen=True, slots=True)
class Journal:
    """What the ledger wrote down of a pass before its requests left: rows of ``local_kontur_bukh_attempt``."""

    attempts: int
    """All of them."""
    held_up: int
    """Those that were not sent after all, because too much time had passed since."""

    @property
    def sent(self) -> int:
        """POSTs."""
        return self.attempts - self.held_up

    def check(self, posts: int) -> None:
        """Compare it with how many the server was sent.

        Raises:
            StackError: it was sent more than was written down, or fewer.
        """
        if posts != self.sent:
            raise StackError(said("bench_journal", posts=posts, attempts=self.sent))


@dataclasses.dataclass(frozen=True, slots=True)
class Pass:
    """Once through."""

    seconds: float
    python_cpu_s: float
    mariadb_cpu_s: float
    server_cpu_s: float
    counted: Mapping[str, int]
    """``statements``, ``commits``, ``log_writes`` and ``bytes`` of MariaDB."""
    kontur: Mapping[str, int]
    """What the server counted."""
    journal: Journal
    bare_s: float
    """Of the bare client, right after."""


@dataclasses.dataclass(frozen=True, slots=True)
class Speed:
    """Of one number of connections."""

    connections: int
    latency_ms: int
    passes: Sequence[Pass]
    recorded: Recorded
    """Of one more pass, whose times count nowhere else."""

    @property
    def operations(self) -> int:
        """Documents, payments and refunds of a pass."""
        return sum(self.passes[0].kontur[name] for name in ("documents", "payments", "refunds"))

    @property
    def requests(self) -> int:
        """Of a pass."""
        return sum(self.passes[0].kontur.get(name, 0) for name in ("GET", "POST"))

    def per_operation(self, name: str) -> float:
        """What MariaDB counted."""
        return statistics.median(one.counted[name] for one in self.passes) / self.operations

    @property
    def cpu_ms(self) -> dict[str, float]:
        """CPU for each operation, by who took it."""
        names = ("python", "mariadb", "server")
        return {
            name: 1000 * statistics.median(getattr(one, f"{name}_cpu_s") for one in self.passes) / self.operations
            for name in names
        }

    @property
    def ratio(self) -> float:
        """``load``'s speed by the bare client's, in the middle one of the passes."""
        return statistics.median(one.bare_s / one.seconds for one in self.passes)

    @property
    def orders_per_min(self) -> float:
        """Documents a minute."""
        return 60 * statistics.median(one.kontur["documents"] / one.seconds for one in self.passes)

    @property
    def bare_share(self) -> float:
        """The bare client's speed, of connections ÷ latency."""
        best = self.requests * self.latency_ms / 1000 / self.connections
        return best / statistics.median(one.bare_s for one in self.passes)


def per_operation(speed: Speed) -> dict[str, float]:
    """What ``load`` takes for a document, payment or refund, by the names of `.run/bench.json`."""
    return {
        "statements_per_operation": round(speed.per_operation("statements"), 2),
        "commits_per_operation": round(speed.per_operation("commits"), 2),
        "cpu_ms_per_operation": round(speed.cpu_ms["python"] + speed.cpu_ms["mariadb"], 2),
    }


def told(speed: Speed) -> dict[str, Any]:
    """By the names of `.run/bench.json`."""
    name = f"load_{speed.latency_ms}ms_c{speed.connections}"
    return {
        f"{name}_ratio": round(speed.ratio, 3),
        f"{name}_orders_per_min": round(speed.orders_per_min),
        f"{name}_bare_share": round(speed.bare_share, 2),
        f"{name}_statements_per_operation": round(speed.per_operation("statements"), 2),
        f"{name}_commits_per_operation": round(speed.per_operation("commits"), 2),
        f"{name}_log_writes_per_operation": round(speed.per_operation("log_writes"), 2),
        f"{name}_bytes_per_operation": round(speed.per_operation("bytes")),
        f"{name}_posts": speed.passes[-1].kontur["POST"],
        f"{name}_attempts": speed.passes[-1].journal.attempts,
        f"{name}_held_up": speed.passes[-1].journal.held_up,
        f"{name}_rows_per_round": round(speed.recorded.rows_per_round, 1),
        f"{name}_ms_per_round": round(speed.recorded.ms_per_round, 2),
        f"{name}_oldest_intent_s": round(speed.recorded.oldest_intent_s, 3),
        f"{name}_oldest_look_s": round(speed.recorded.oldest_look_s, 3),
        **{f"{name}_{who}_cpu_ms_per_operation": round(cost, 3) for who, cost in speed.cpu_ms.items()},
    }


def table(speeds: Sequence[Speed]) -> Table:
    """Each number of connections a column."""
    columns = [told(speed) for speed in speeds]
    shown = Table("", *(f"{speed.latency_ms} ms, {speed.connections}" for speed in speeds))
    for column in shown.columns[1:]:
        column.justify = "right"
    for names in zip(*columns, strict=True):
        label = names[0].split("_", 3)[3].replace("_", " ")
        shown.add_row(label, *(str(told[name]) for told, name in zip(columns, names, strict=True)))
    return shown
