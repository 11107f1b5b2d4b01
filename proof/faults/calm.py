"""Calm days after a storm: nothing goes wrong any more, and everything must come to its end."""

from __future__ import annotations

import random
import time

from include.window import Window
from proof.faults import arena as arenas
from proof.faults import verdict, worker
from proof.faults.arena import Arena
from sandbox.shop import generate

MOST_DAYS = 30
_NEW_ORDERS = 12


def settle(arena: Arena, window: Window, *, seed: int) -> int:
    """Day after day until nothing is open: how many days, at most 30.

    Each day has new orders, as life has: what is posted last shows that a search is fresh.
    """
    dice = random.Random(seed)
    for day in range(1, MOST_DAYS + 1):
        with arena.shop() as shop:
            generate.fill(
                shop,
                orders=_NEW_ORDERS,
                date_from=window.date_from,
                date_to=window.date_to,
                seed=dice.randrange(1 << 30),
            )
        worker.start(arena.job(f"calm {day}", window)).join()
        if not verdict.open_orders(arena):
            return day
        time.sleep(arenas.SETTLE_S / 2)  # the settle time itself has to pass
    return MOST_DAYS
