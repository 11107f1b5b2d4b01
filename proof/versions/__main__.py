"""``python -m proof.versions --orders 20000``: a demo shop of each version of Bitrix, posted and checked."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile

from rich.console import Console

from proof import environment
from sandbox import mariadb


def main() -> int:
    """The exit code: 0 if all books agree."""
    environment.prepare()
    from proof.versions.ground import SHOPS
    from proof.versions.judge import judge

    parser = argparse.ArgumentParser(prog="python -m proof.versions", description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000, help="of each shop (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the shops (default: %(default)s)")
    arguments = parser.parse_args()
    out = Console(markup=False, highlight=False, soft_wrap=True)
    out.print("| Bitrix | charset | orders | documents | payments | refunds | roubles | not posted | differences | s |")
    out.print("|---|---|---|---|---|---|---|---|---|---|")
    disagree = 0
    with tempfile.TemporaryDirectory(prefix="kontur-versions-") as name:
        folder, port = pathlib.Path(name), mariadb.free_port()
        with mariadb.running(folder / "mariadb", port, "--innodb-flush-log-at-trx-commit=2"):
            for version, charset in SHOPS:
                verdict = judge(port, folder, version, charset, arguments.orders, arguments.seed)
                found = verdict.result
                out.print(
                    f"| {version} | {charset} | {arguments.orders:,} | {found.documents:,} | {found.payments:,} |"
                    f" {found.refunds:,} | {found.books_total:,} | {found.not_posted:,} | {len(found.differences)} |"
                    f" {verdict.seconds:.0f} |"
                )
                for difference in found.differences[:20]:
                    out.print(f"  № {difference.number} {difference.kind}: {difference.message}")
                if any(verdict.added):
                    out.print(f"  a second pass added {verdict.added} documents, payments, refunds")
                disagree += not found.agrees or any(verdict.added)
    return 1 if disagree else 0


if __name__ == "__main__":
    sys.exit(main())
