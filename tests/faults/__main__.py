"""``python -m tests.faults --kills 1000 --seed 1``: storms of kills, as long as one likes, and the count of it all."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile

from rich.console import Console

import tests.conftest  # noqa: F401  Airflow's environment, before its first import

_out = Console(markup=False, highlight=False, soft_wrap=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=150, help="of workers (default: %(default)s)")
    parser.add_argument("--database-kills", type=int, default=20, help="of mariadbd (default: %(default)s)")
    parser.add_argument("--stops", type=int, default=2, help="SIGSTOPs beyond the settle time (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    return parser.parse_args()


def main() -> int:
    """The exit code: 0 if nothing was found."""
    from tests.faults import storm

    arguments = _arguments()
    plan = storm.Plan(arguments.seed, arguments.kills, arguments.database_kills, arguments.stops)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kontur-faults-"))
    report = storm.play(folder, plan, _out.print)
    for name, count in sorted(report.fired.items()):
        _out.print(f"{name:44} {count:>12,}")
    for problem in report.problems[:50]:
        _out.print(problem)
    _out.print(f"seed {plan.seed}: {len(report.problems)} problems, {report.seconds:.0f} s; what was left: {folder}")
    if report.problems:
        _out.print(storm.replay(plan))
    return bool(report.problems)


if __name__ == "__main__":
    sys.exit(main())
