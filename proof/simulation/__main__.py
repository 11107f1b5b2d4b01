"""``python -m proof.simulation --schedules 1000000 --seed 1``: the proof, as long as one likes."""

from __future__ import annotations

import argparse
import sys
import time

from rich.console import Console
from rich.progress import Progress

from proof.simulation import campaign
from proof.simulation.drivers import edited, real
from proof.simulation.mutants import MUTANTS
from proof.simulation.schedule import play

_out = Console(markup=False, highlight=False, soft_wrap=True)
_progress = Console(stderr=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proof.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=20_000, help="how many seeds (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: %(default)s)")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="play an edited driver")
    parser.add_argument("--hunt", action="store_true", help="how many schedules it takes to catch each mutant")
    parser.add_argument("--trace", action="store_true", help="tell each step; with --schedules 1")
    return parser.parse_args()


def main() -> int:
    """The exit code: 0 if nothing was found."""
    arguments = _arguments()
    if arguments.trace:
        return _trace(arguments.seed, arguments.mutant)
    if arguments.hunt:
        return _hunt(arguments.seed, arguments.schedules)
    return _prove(arguments.seed, arguments.schedules, arguments.mutant or campaign.ALL)


def _trace(seed: int, mutant: str | None) -> int:
    verdict = play(seed, edited(MUTANTS[mutant].edits) if mutant else real(), trace=_out.print)
    _out.print("\n".join(verdict.problems or ["nothing found"]))
    return bool(verdict.problems)


def _hunt(seed: int, most: int) -> int:
    missed = 0
    for name, outcome in campaign.hunt(seed, most).items():
        if outcome.failures:
            found_at, problems = outcome.failures[0]
            _out.print(f"{name:32} caught after {outcome.schedules:6,} schedules (seed {found_at}): {problems[0]}")
        else:
            missed += 1
            _out.print(f"{name:32} NOT caught in {outcome.schedules:,} schedules")
    return bool(missed)


def _prove(seed: int, schedules: int, driver: str) -> int:
    started = time.monotonic()
    total = campaign.Outcome()
    with Progress(console=_progress) as progress:
        task = progress.add_task("schedules", total=schedules)
        for total in campaign.run(seed, schedules, driver):
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
        _out.print(f"{problems[0]}\n    {campaign.replay(failing, driver)}")
    return bool(total.failures)


if __name__ == "__main__":
    sys.exit(main())
