"""How things stand, for a monitor outside of Airflow: ``python -m include.steps.status [--max-age 30h]``.

Ends with 1 where no run has finished for longer than that, or where the ledger cannot be asked.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import re
import sys
from collections.abc import Iterator, Sequence

from include import settings as settings_module
from include.errors import HouseError
from include.facts import Said, said
from include.steps import waiting
from include.steps.standing import Standing, standing
from include.words import speak, text
from include.words.terminal import language

log = logging.getLogger(__name__)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def told(found: Standing, max_age: dt.timedelta) -> Iterator[Said]:
    """What is said; the first line is of the last run."""
    last = found.finished
    if last is None:
        yield said("status_never")
    elif is_late(found, max_age):
        yield said("status_late", at=last.read_at, run=last.run_id)
    else:
        yield said("status_fresh", at=last.read_at, run=last.run_id)
    waits = list(waiting.lines(found))
    yield from waits or [said("status_nothing_waits")]


def is_late(found: Standing, max_age: dt.timedelta) -> bool:
    """Whether no run has finished for so long, or none ever did."""
    return found.finished is None or found.now - found.finished.read_at > max_age


def _age(text_: str) -> dt.timedelta:
    """``30h``, ``90m``, ``2d``."""
    match = re.fullmatch(r"(\d{1,4})([mhd])", text_)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text_!r}: 30h, 90m, 2d")
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})


def main(given: Sequence[str]) -> int:
    """The command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)  # Airflow has set handlers of its own
    parser = argparse.ArgumentParser(description="Say when the last run finished, and what waits; 1: too long ago.")
    parser.add_argument("--max-age", type=_age, default="30h", metavar="AGE", help="30h (the default), 90m, 2d")
    arguments = parser.parse_args(given)
    speak(language())
    try:
        found = standing(settings_module.load())
    except HouseError as error:
        log.error("%s", error)  # noqa: TRY400 - for a person, who reads no traceback
        return 1
    for line in told(found, arguments.max_age):
        log.info("%s", text(line))
    return 1 if is_late(found, arguments.max_age) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
