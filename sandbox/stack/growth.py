"""``python -m sandbox.stack.growth``: whether an order costs more in a night of very many orders than in one of few.

For each size a new shop on a new server, and its first night: all tasks from ``preflight`` to ``report``, without
Airflow, each in a process of its own, against the benchmarks' server, which answers at once. What an order costs is
the CPU of the tasks (Python) and of the database's server together, of the whole night, by its orders.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from include.facts import Count, said
from include.words import speak, text
from include.words.terminal import language
from sandbox.stack import lean
from sandbox.stack.layout import BENCH
from sandbox.stack.night_by_tasks import Night, night
from sandbox.stack.stack import Stack
from sandbox.stack.steps import console, step

SIZES = (1_000, 10_000, 100_000)
"""Orders, ascending."""


def measure(stack: Stack, sizes: Sequence[int]) -> Iterator[Night]:
    """A night for each size, one after the other; all that the stack had is gone afterwards.

    Raises:
        StackError: a task failed, or left something to be done.
    """
    for orders in sizes:
        with step(text(said("bench_stack", orders=Count(orders, "order")))):
            stack.stop()
            stack.layout.forget_data()
            stack.prepare()
            stack.start_shop(orders)
        with step(text(said("bench_growth", orders=Count(orders, "order")))), lean.running(stack.environment) as server:
            done = night(stack, orders, server.connection(stack.environment))
        stack.stop()
        yield done


def told(nights: Sequence[Night]) -> dict[str, Any]:
    """By the names of `.run/bench.json`: CPU in milliseconds an order, memory in MiB, and the ratios of the sizes.

    ``growth_100000_to_1000`` is what an order of 100,000 costs, by what one of 1,000 does: 1 if it is all the same.
    """
    figures: dict[str, Any] = {}
    for one in nights:
        for who, cost in one.cpu_ms_per_order.items():
            figures[f"{who}_cpu_ms_per_order_{one.shop}"] = round(cost, 3)
        figures[f"cpu_ms_per_order_{one.shop}"] = round(_cost(one), 3)
        figures[f"night_{one.shop}_wall_s"] = round(one.seconds, 1)
        figures[f"peak_task_mib_{one.shop}"] = max(one.peaks_mib.values())
        figures |= {f"peak_{task}_mib_{one.shop}": peak for task, peak in one.peaks_mib.items()}
    for few, many in itertools.combinations(nights, 2):
        figures[f"growth_{many.shop}_to_{few.shop}"] = round(_cost(many) / _cost(few), 3)
    return figures


def _cost(one: Night) -> float:
    return sum(one.cpu_ms_per_order.values())


def table(nights: Sequence[Night]) -> Table:
    """Each night a column."""
    shown = Table("", *(f"{one.shop:,}" for one in nights))
    for column in shown.columns[1:]:
        column.justify = "right"
    for name in ("orders", "documents", "payments", "refunds"):
        shown.add_row(name, *(str(one.report[name]) for one in nights))
    shown.add_row("time", *(f"{one.seconds:.0f} s" for one in nights))
    for who in ("python", "mariadb"):
        shown.add_row(f"CPU of {who}, an order", *(f"{one.cpu_ms_per_order[who]:.2f} ms" for one in nights))
    for task in nights[0].peaks_mib:
        shown.add_row(f"most memory of {task}", *(f"{one.peaks_mib.get(task, 0)} MiB" for one in nights))
    return shown


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.stack.growth", description="What an order costs in nights of different sizes."
    )
    parser.add_argument("--orders", type=int, nargs="+", default=SIZES, help="sizes, ascending (default: %(default)s)")
    given = parser.parse_args()
    speak(language())
    stack = Stack(BENCH)
    try:
        nights = list(measure(stack, given.orders))
    finally:
        stack.stop()
    console.print(table(nights))
    console.print_json(data=told(nights))


if __name__ == "__main__":
    main()
