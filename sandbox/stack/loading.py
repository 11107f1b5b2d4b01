"""``load`` by itself, as the task of that name does it: ``python -m sandbox.stack.loading``.

It plans all orders of the shop, says how many batches that are, and then loads them each time that it is given a
:class:`Pass` on stdin, one line of JSON; what that took is the answer, another one.
"""

from __future__ import annotations

import sys
import time

import msgspec

from include import settings
from include.steps import tasks
from include.steps.flood import refusals
from include.steps.run_request import RunRequest
from include.window import Window
from include.words import speak
from sandbox.stack import child, recorder
from sandbox.stack.days import yesterday
from sandbox.stack.provision import PERIOD


class Pass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One more time."""

    run_id: str
    recorded: bool
    """Whether it is for :mod:`sandbox.stack.recorder`, whose work is in its times; the answer has that then."""


class Loaded(msgspec.Struct, frozen=True):
    """What became of it."""

    seconds: float
    cpu_s: float
    unfinished: int
    """Batches."""


class LoadedRecorded(Loaded, frozen=True):
    """The same of a pass that was recorded."""

    recorded: recorder.Recorded


def main() -> None:
    """The command line."""
    answers = child.answers()
    settings.load()
    speak(tasks.language())
    window = Window(yesterday() - PERIOD, yesterday())
    asked = RunRequest(run_id="planning")
    checked = tasks.preflight(asked, window)
    found = tasks.extract(asked, window, also=checked.look_again)
    planned = [tasks.transform(asked, batch) for batch in found.batches]
    refused = list(map(refusals, planned))

    def load(run: RunRequest) -> Loaded:
        began, worked = time.monotonic(), time.process_time()
        loaded = [tasks.load(run, batch, refused) for batch in planned]
        again = sum(one.again_at is not None for one in loaded)
        return Loaded(time.monotonic() - began, time.process_time() - worked, again)

    def load_recorded(run: RunRequest) -> LoadedRecorded:
        with recorder.recording() as at_work:
            loaded = load(run)
        return LoadedRecorded(loaded.seconds, loaded.cpu_s, loaded.unfinished, at_work.recorded)

    print(msgspec.json.encode({"batches": len(planned)}).decode(), file=answers, flush=True)
    for line in sys.stdin:
        one = msgspec.json.decode(line, type=Pass)
        done = (load_recorded if one.recorded else load)(RunRequest(run_id=one.run_id))
        print(msgspec.json.encode(done).decode(), file=answers, flush=True)


if __name__ == "__main__":
    main()
