"""Rules broken on purpose, one at a time, in a copy of the product: each has to be found.

``python -m proof.living.mutants`` plays short lives on each until something is found. An edit names text, not a file:
it must stand in the product exactly once, so that a mutant that is out of date is noticed and not passed over.
"""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator

from rich.console import Console

from proof.living.campaign import Case, play
from proof.living.ground import ROOT
from sandbox import mariadb

_out = Console(markup=False, highlight=False, soft_wrap=True)
_PRODUCT = ("include", "plugins")


class StaleMutantError(Exception):
    """What a mutant breaks is no longer written like that."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """A rule, broken."""

    name: str
    edits: tuple[tuple[str, str], ...]
    """What stands there, and what shall stand there."""
    full_scan_days: int = 1
    """As of :class:`proof.living.campaign.Case`."""


MUTANTS = (
    Mutant(
        "events count by DATE_UPDATE only",
        (
            (
                """LEAST({{ day("o.DATE_UPDATE") }}, {{ day("o.DATE_DEDUCTED") }}, {{ day("o.DATE_STATUS") }},
                             {{ day("o.DATE_PAYED") }}, {{ day("o.DATE_CANCELED") }})""",
                '{{ day("o.DATE_UPDATE") }}',
            ),
            ('{{ day("d.DATE_DEDUCTED") }} AS DAY', "{{ never }} AS DAY"),
            (
                'LEAST({{ day("p.DATE_PAID") }}, {{ day("p.PAY_RETURN_DATE") }}, {{ voucher }}) AS DAY',
                "{{ never }} AS DAY",
            ),
        ),
    ),
    Mutant(
        "a night does not look back over the overlap",
        (("days = self.settings.run.overlap_days if self.scheduled else 0", "days = 0"),),
    ),
    Mutant(
        "days that no run has covered are forgotten",
        (("uncovered=self._before, room=room", "uncovered=(), room=room"),),
    ),
    Mutant(
        "a full scan looks at the days that no run has covered, and not at those before them",
        (("overlap = range(self.settings.run.overlap_days + 1)", "overlap = range(1)"),),
        full_scan_days=3,
    ),
    Mutant(
        "a large shop is never read as a whole again",
        (("days < self.settings.run.full_scan_days", "days > 0"),),
        full_scan_days=3,
    ),
    Mutant(
        "by index, only DATE_UPDATE counts",
        (
            ('WHERE {{ within("p.DATE_PAID") }}', "WHERE FALSE"),
            ("c.ID >= %(first_change)s", "FALSE AND c.ID >= %(first_change)s"),
        ),
        full_scan_days=3,
    ),
    Mutant(
        "a rejected order is never looked at again",
        (("waiting.update(Orders(session).asked_about(), Differences(session).unseen_orders())", "pass"),),
    ),
    Mutant(
        "a refund is dated by the first receipt ever printed",
        (("(receipt for receipt in row.return_receipts if receipt.at >= paid_at)", "(row.return_receipts)"),),
    ),
    Mutant(
        "a refund that was only asked for counts as given",
        (("return self.typed is not None or bool(self.printed)", "return True"),),
    ),
    Mutant(
        "money to the store credit counts as a refund to the buyer",
        (
            (
                "is_refund=(row.is_return == TO_BUYER and not is_asked)",
                "is_refund=(self._is_returned and not is_asked)",
            ),
        ),
    ),
    Mutant(
        "a row made anew is new money",
        (
            (
                """        if twin is not None:
            found[id_] = twin
""",
                "",
            ),
        ),
    ),
    Mutant(
        "a payment that moved is posted with its new order as well",
        (("and row.id not in self._known.elsewhere", ""), ("if row.id in self._known.elsewhere:", "if False:")),
    ),
    Mutant(
        "a payment row has one key however often it is paid",
        (('f"#{self.generation}" if self.generation > 1 else ""', '""'),),
    ),
    Mutant(
        "each payment is rounded by itself",
        (("found[id_] = max(kopecks(due) - given, Decimal(0))", "found[id_] = kopecks(exact[id_])"),),
    ),
    Mutant(
        "a cancelled order is posted",
        (
            (
                """    if order.canceled:
        return ()
    whole =""",
                "    whole =",
            ),
        ),
    ),
    Mutant(
        "a document has the day of its last status",
        (("return whole_or_part.date_deducted if whole_or_part.deducted else None", "return None"),),
    ),
    Mutant(
        "an unknown outcome is sent again without a search",
        (("Action(Step.SEARCH, fresh_since=row.unknown_since + terms.settle)", "Action(Step.PREPARE)"),),
    ),
    Mutant(
        "a counterparty that is gone is remembered for ever",
        (
            (
                "return self._run.known.get(self.who) not in {None, self._refused}",
                "return self._run.known.get(self.who) is not None",
            ),
            ("if found is None or found == self._refused:", "if found is None:"),
        ),
    ),
    Mutant(
        "a company without INN goes to retail",
        (
            ("if company is not None or order.person_type_id in shop.entity_person_types:", "if False:"),
            ("if inn is None and company is None:", "if inn is None:"),
        ),
    ),
)


_AS_IT_IS = Mutant("the product as it is: nothing is to be found", ())


def broken(mutant: Mutant, into: pathlib.Path) -> pathlib.Path:
    """A copy of the product with one rule broken.

    Raises:
        StaleMutantError: the product no longer says what the mutant changes.
    """
    for folder in _PRODUCT:
        shutil.copytree(ROOT / folder, into / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for old, new in mutant.edits:
        holders = [path for path in _sources(into) if old in path.read_text(encoding="utf-8")]
        if len(holders) != 1 or holders[0].read_text(encoding="utf-8").count(old) != 1:
            raise StaleMutantError(f"{mutant.name}: stands in {[path.name for path in holders]}, not once: {old}")
        holders[0].write_text(holders[0].read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return into


def _sources(tree: pathlib.Path) -> Iterator[pathlib.Path]:
    for folder in _PRODUCT:
        for path in sorted((tree / folder).rglob("*")):
            if path.suffix in {".py", ".sql"}:
                yield path


def found_in(mutant: Mutant, seeds: range, port: int, folder: pathlib.Path) -> str | None:
    """The first difference that short lives show, with the command that replays it; ``None``: it went unnoticed."""
    tree = broken(mutant, folder / "product")
    for seed in seeds:
        here = folder / str(seed)
        here.mkdir()
        case = Case(seed, "25", days=20, orders=8, full_scan_days=mutant.full_scan_days, source=tree)
        result = play(case, port, here, until_found=True)
        if result.differences:
            return f"{case.command}: {str(result.differences[0]).splitlines()[0]}"
    return None


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m proof.living.mutants", description="Broken rules, each found?")
    parser.add_argument("--only", default="", help="those whose name holds this text")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2, help="how many are tried at the most")
    arguments = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="living-") as folder:
        port = mariadb.free_port()
        with mariadb.running(pathlib.Path(folder, "mariadb"), port, "--innodb-flush-log-at-trx-commit=2"):
            for mutant in (_AS_IT_IS, *(m for m in MUTANTS if arguments.only in m.name)):
                started = time.monotonic()
                seeds = range(arguments.seed, arguments.seed + arguments.seeds)
                found = found_in(mutant, seeds, port, pathlib.Path(tempfile.mkdtemp(dir=folder)))
                _out.print(f"{mutant.name} ({time.monotonic() - started:.0f} s)\n  {found or 'nothing found'}")
                if bool(found) == (mutant is _AS_IT_IS):
                    wrong.append(mutant.name)
    if wrong:
        sys.exit(f"not as it should be: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
