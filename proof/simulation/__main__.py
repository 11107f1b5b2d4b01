"""``python -m proof.simulation --schedules 1000000 --seed 1``: the proof, as long as one likes."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable

from rich.console import Console
from rich.progress import Progress

from proof.simulation import campaign
from proof.simulation.mutants import MUTANTS

_out = Console(markup=False, highlight=False, soft_wrap=True)
_progress = Console(stderr=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proof.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=20_000, help="how many seeds (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: %(default)s)")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="play an edited driver")
    parser.add_argument("--world", type=campaign.World, default=campaign.World.RUNS, help="runs, mild, or outage")
    parser.add_argument("--hunt", nargs="*", metavar="MUTANT", help="schedules until these, or all, are caught")
    parser.add_argument("--trace", action="store_true", help="tell each step; with --schedules 1")
    return parser.parse_args()


def main() -> int:
    """The exit code: 0 if nothing was found."""
    arguments = _arguments()
    if arguments.trace:
        return _trace(arguments.seed, arguments.mutant or campaign.ALL, arguments.world)
    if arguments.hunt is not None:
        return _hunt(arguments.seed, arguments.schedules, arguments.hunt or MUTANTS)
    return _prove(arguments.seed, arguments.schedules, arguments.mutant or campaign.ALL, arguments.world)


def _trace(seed: int, mutant: str, world: campaign.World) -> int:
    verdict = world.play(seed, campaign.driver_of(mutant), _out.print)
    _out.print("\n".join(verdict.problems or ["nothing found"]))
    return bool(verdict.problems)


def _hunt(seed: int, most: int, mutants: Iterable[str]) -> int:
    missed = 0
    for name, outcome in campaign.hunt(seed, most, mutants).items():
        if outcome.failures:
            found_at, problems = outcome.failures[0]
            _out.print(f"{name:32} caught after {outcome.schedules:6,} schedules (seed {found_at}): {problems[0]}")
        else:
            missed += 1
            _out.print(f"{name:32} NOT caught in {outcome.schedules:,} schedules")
    return bool(missed)


def _prove(seed: int, schedules: int, driver: str, world: campaign.World) -> int:
    started = time.monotonic()
    total = campaign.Outcome()
    with Progress(console=_progress) as progress:
        task = progress.add_task("schedules", total=schedules)
        for total in campaign.run(seed, schedules, driver, world):
            progress.update(task, completed=total.schedules, description=f"{len(total.failures)} failed")
    for name, count in sorted(total.seen.items()):
        _out.print(f"{name:44} {count:>12,}")
    _out.print(f"{'calm runs until all was settled, at most':44} {max(total.calm_runs, default=0):>12,}")
    seconds = time.monotonic() - started
    _out.print(
        f"{driver}: {total.schedules:,} schedules from seed {seed}, {total.orders:,} orders,"
        f" {len(total.failures)} failed, {seconds:.0f} s"
    )
    for failing, problems in total.failures[:20]:
        _out.print(f"{problems[0]}\n    {campaign.replay(failing, driver, world)}")
    return bool(total.failures)


if __name__ == "__main__":
    sys.exit(main())
