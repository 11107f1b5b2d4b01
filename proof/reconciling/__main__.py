"""``python -m proof.reconciling --orders 20000 --deeds 500 --latency 20``: shop and books damaged, all of it found."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile

from rich.console import Console

from proof import environment
from sandbox import mariadb


def main() -> int:
    """The exit code: 0 if all was found, and nothing else."""
    environment.prepare()
    from proof.reconciling.judge import Size, judge
    from proof.versions.ground import SHOPS

    parser = argparse.ArgumentParser(prog="python -m proof.reconciling", description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000, help="of each shop (default: %(default)s)")
    parser.add_argument("--deeds", type=int, default=500, help="what people do (default: %(default)s)")
    parser.add_argument("--latency", type=int, default=20, help="of Kontur, in ms (default: %(default)s)")
    parser.add_argument("--version", default="25", help="of Bitrix's tables, or all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of shop and deeds (default: %(default)s)")
    given = parser.parse_args()
    out = Console(markup=False, highlight=False, soft_wrap=True)
    out.print("| Bitrix | documents | deeds | stood before | problems | lists | reads | s |")
    out.print("|---|---|---|---|---|---|---|---|")
    problems = 0
    size = Size(given.orders, given.deeds, given.seed, given.latency)
    with tempfile.TemporaryDirectory(prefix="kontur-reconciling-") as name:
        folder, port = pathlib.Path(name), mariadb.free_port()
        with mariadb.running(folder / "mariadb", port, "--innodb-flush-log-at-trx-commit=2"):
            for shop in SHOPS:
                if given.version not in {shop[0], "all"}:
                    continue
                found = judge(port, folder, shop, size)
                out.print(
                    f"| {shop[0]} | {found.documents:,} | {found.deeds} | {found.before} | {len(found.problems)} |"
                    f" {found.lists} | {found.reads:,} | {found.seconds:.0f} |"
                )
                for problem in found.problems[:40]:
                    out.print(f"  {problem}")
                problems += len(found.problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
