"""``load`` by itself, as the task of that name does it: ``python -m sandbox.stack.loading``.

It plans all orders of the shop, says how many batches that are, and then loads them each time that it is given a line
(the run's id) on stdin; what that took is the answer, one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TextIO

from include import settings
from include.steps import tasks
from include.steps.flood import refusals
from include.steps.run_request import RunRequest
from include.window import Window
from include.words import speak
from sandbox.stack.days import yesterday
from sandbox.stack.provision import PERIOD


def main() -> None:
    """The command line."""
    answers: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings.load()
    speak(tasks.language())
    window = Window(yesterday() - PERIOD, yesterday())
    asked = RunRequest(run_id="planning")
    checked = tasks.preflight(asked, window)
    found = tasks.extract(asked, window, also=checked.look_again)
    planned = [tasks.transform(asked, batch) for batch in found.batches]
    refused = list(map(refusals, planned))
    print(json.dumps({"batches": len(planned)}), file=answers, flush=True)
    for line in sys.stdin:
        run = RunRequest(run_id=line.strip())
        began, worked = time.monotonic(), time.process_time()
        loaded = [tasks.load(run, batch, refused) for batch in planned]
        spent = {"seconds": time.monotonic() - began, "cpu_s": time.process_time() - worked}
        again = sum(one.again_at is not None for one in loaded)
        print(json.dumps({**spent, "unfinished": again}), file=answers, flush=True)


if __name__ == "__main__":
    main()
