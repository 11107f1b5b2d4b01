"""One order that a test follows through kills and faults."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

from proof.faults import verdict, worker
from proof.faults.arena import Arena
from proof.faults.storm import WINDOW
from proof.faults.worker import Job
from sandbox.shop.cases import make_case

_MOST_ROUNDS = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """One order, shipped on credit, that a test follows through the arena's ledger and books."""

    arena: Arena
    order_id: int

    @property
    def key(self) -> str:
        return f"sale:{self.order_id}"

    @property
    def lock(self) -> str:
        return f"order:{self.order_id}"

    def job(self, run_id: str, **more: Any) -> Job:
        return self.arena.job(run_id, WINDOW, order_ids=(self.order_id,), **more)

    def row(self) -> dict[str, Any]:
        """What the ledger says of the document."""
        columns = ("state", "epoch", "code", "doc_id")
        rows = self.arena.query(
            f"SELECT {', '.join(columns)} FROM local_kontur_bukh_operation WHERE op_key = '{self.key}'"
        )
        return dict(zip(columns, rows[0], strict=True))

    def attempts(self) -> list[str | None]:
        """What became of each request of the document, or of its intent, by the journal."""
        rows = self.arena.query(
            f"SELECT outcome FROM local_kontur_bukh_attempt WHERE op_key = '{self.key}' ORDER BY epoch"
        )
        return [outcome for (outcome,) in rows]

    def posts(self) -> int:
        """How many requests Kontur got to write the document."""
        key = verdict.key_of(self.key)
        return sum(request["idempotency_key"] == key for request in self.arena.kontur.books.requests())

    def documents(self) -> list[str]:
        """Ids of the document in the books: one, if all is well."""
        key = verdict.key_of(self.key)
        return [row["id"] for row in self.arena.kontur.books.documents() if row["idempotency_key"] == key]

    def finish(self, **more: Any) -> None:
        """Later runs until nothing of this order is open, each with a new one that shows that a search is fresh.

        ``more``: of their jobs.
        """
        for number in range(_MOST_ROUNDS):
            newer = an_order(self.arena)
            job = self.arena.job(f"later {number}", WINDOW, order_ids=(newer.order_id, self.order_id), **more)
            worker.start_loading(job).join()
            if self.order_id not in verdict.open_orders(self.arena):
                return
            time.sleep(0.1)  # the settle time itself has to pass


def an_order(arena: Arena, case: str = "shipped_unpaid") -> Scene:
    """A new order, planned."""
    with arena.shop() as shop:
        made = make_case(shop, case, at=WINDOW.date_from + dt.timedelta(days=7))
    scene = Scene(arena, made.order_id)
    worker.plan(scene.job("plan"))
    return scene


@contextlib.contextmanager
def gone(arena: Arena) -> Iterator[None]:
    """The database is killed, and back after the block."""
    arena.database.kill()
    try:
        yield
    finally:
        arena.database.start()
