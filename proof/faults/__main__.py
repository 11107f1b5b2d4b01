"""``python -m proof.faults --kills 1000 --seed 1``: the proof on real processes, as long as one likes.

Storms of kills, then, where asked for, lost ledgers, full disks, the product of crash points and faults for all kinds
of operations, rounds of kills and clicks under a real Airflow, and an outage of Kontur in a backfill. It ends with how
often each thing happened, and what was found.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable

from rich.console import Console

from proof import environment
from proof.faults.report import Report
from sandbox import mariadb

_out = Console(markup=False, highlight=False, soft_wrap=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proof.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=150, help="of workers (default: %(default)s)")
    parser.add_argument("--database-kills", type=int, default=20, help="of its server (default: %(default)s)")
    parser.add_argument("--stops", type=int, default=2, help="SIGSTOPs beyond the settle time (default: %(default)s)")
    parser.add_argument("--wipes", type=int, default=0, help="lost or restored ledgers (default: %(default)s)")
    parser.add_argument("--full-disks", type=int, default=0, help="of the database; needs root (default: %(default)s)")
    parser.add_argument("--all-kinds", action="store_true", help="crash points × faults for each kind of operation")
    parser.add_argument("--airflow", type=int, default=0, help="rounds under a real Airflow (default: %(default)s)")
    parser.add_argument(
        "--outage-s",
        type=int,
        default=0,
        help="Kontur is down for so long in a backfill of 30 days under Airflow",
    )
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.full_disks and mariadb.is_mysql():
        parser.error(f"full disks are shown on MariaDB only, whose redo log is one file: unset {mariadb.MYSQLD}")
    return arguments


def main() -> int:
    """The exit code: 0 if nothing was found."""
    environment.prepare()
    from proof.faults import full, product, restores, storm
    from proof.faults.live import campaign, outage

    arguments = _arguments()
    seed = arguments.seed
    parts: dict[str, Callable[[pathlib.Path], Report]] = {}
    if arguments.kills:
        plan = storm.Plan(seed, arguments.kills, arguments.database_kills, arguments.stops)
        parts[storm.replay(plan)] = lambda folder: storm.play(folder, plan, _out.print)
    if arguments.wipes:
        replay = f"python -m proof.faults --kills 0 --wipes {arguments.wipes} --seed {seed}"
        parts[replay] = lambda folder: restores.play(folder, arguments.wipes, seed)
    if arguments.full_disks:
        replay = f"python -m proof.faults --kills 0 --full-disks {arguments.full_disks} --seed {seed}"
        parts[replay] = lambda folder: full.play(folder, arguments.full_disks, seed)
    if arguments.all_kinds:
        parts["python -m proof.faults --kills 0 --all-kinds"] = product.play_all
    if arguments.airflow:
        rounds = campaign.Plan(seed, arguments.airflow)
        parts[campaign.replay(rounds)] = lambda folder: campaign.play(folder, rounds, _out.print)
    if arguments.outage_s:
        down = outage.Plan(seed, arguments.outage_s)
        parts[outage.replay(down)] = lambda folder: outage.play(folder, down, _out.print)
    return max([_play(replay, part) for replay, part in parts.items()], default=0)


def _play(replay: str, part: Callable[[pathlib.Path], Report]) -> int:
    started = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kontur-faults-"))
    report = part(folder)
    for name, count in sorted(report.fired.items()):
        _out.print(f"{name:44} {count:>12,}")
    for problem in report.problems[:50]:
        _out.print(problem)
    seconds = time.monotonic() - started
    _out.print(f"{len(report.problems)} problems, {seconds:.0f} s, what was left is in {folder}: {replay}")
    return int(bool(report.problems))


if __name__ == "__main__":
    sys.exit(main())
