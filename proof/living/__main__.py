"""``python -m proof.living --seed 7 --version 25 --days 45 --orders 12``: living shops, each judged night by night."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
import time

from rich.console import Console

from proof.living.campaign import VERSIONS, Case, play
from proof.living.ground import ROOT
from sandbox import mariadb

_MOST_SHOWN = 20
_out = Console(markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m proof.living", description="Living shops, judged night by night.")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many, one after the other")
    parser.add_argument("--version", choices=[*VERSIONS, "all"], default="25")
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--orders", type=int, default=12, help="new orders a day")
    parser.add_argument(
        "--full-scan-days",
        type=int,
        help="more than 1: a large shop; without it each third seed is one, read every 3 days",
    )
    parser.add_argument("--source", type=pathlib.Path, default=ROOT, help="another tree whose product is driven")
    arguments = parser.parse_args()
    versions = list(VERSIONS) if arguments.version == "all" else [arguments.version]
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="living-") as folder:
        port = mariadb.free_port()
        with mariadb.running(pathlib.Path(folder, "mariadb"), port, "--innodb-flush-log-at-trx-commit=2"):
            for seed in range(arguments.seed, arguments.seed + arguments.seeds):
                for version in versions:
                    scan = arguments.full_scan_days or (3 if seed % 3 == 0 else 1)
                    case = Case(seed, version, arguments.days, arguments.orders, scan, arguments.source)
                    wrong += _one(case, port, pathlib.Path(tempfile.mkdtemp(dir=folder)))
    if wrong:
        sys.exit(f"{wrong} differences")


def _one(case: Case, port: int, folder: pathlib.Path) -> int:
    started = time.monotonic()
    _out.print(case.command)
    result = play(case, port, folder)
    _out.print(
        f"  {result.orders} orders, {result.nights} nights, {result.documents} documents,"
        f" {len(result.differences)} differences, {time.monotonic() - started:.0f} s",
    )
    for difference in result.differences[:_MOST_SHOWN]:
        _out.print(str(difference))
    if len(result.differences) > _MOST_SHOWN:
        _out.print(f"… and {len(result.differences) - _MOST_SHOWN} more")
    return len(result.differences)


if __name__ == "__main__":
    main()
