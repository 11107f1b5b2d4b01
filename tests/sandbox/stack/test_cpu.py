import os
import subprocess
import sys
import time

import pytest

from sandbox.stack.cpu import cpu_s


def test_cpu_of_a_process_is_what_it_says_itself() -> None:
    before = time.process_time()
    assert before <= cpu_s(os.getpid()) <= time.process_time()


def test_a_process_that_is_gone_has_none() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with pytest.raises(ProcessLookupError):
        cpu_s(gone.pid)
