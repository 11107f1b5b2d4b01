"""Supervisord with small programs of our own."""

import contextlib
import os
import pathlib
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator

import psutil
import pytest

from sandbox.stack.environment import MARK
from sandbox.stack.layout import Layout
from sandbox.stack.supervise import Supervisor, config
from sandbox.stack.waiting import wait_until

# Writes its pid, then sleeps in a child of its own, as Airflow's parts do.
PARENT = """
import os, pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
place = pathlib.Path(sys.argv[1])
place.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
place.with_suffix(".new").rename(place)
child.wait()
"""


@pytest.fixture
def layout() -> Iterator[Layout]:
    with tempfile.TemporaryDirectory() as short:  # pytest's own folders are too deep for Unix sockets
        layout = Layout(pathlib.Path(short) / "a stack")
        layout.make()
        yield layout


@pytest.fixture
def pids(layout: Layout) -> Iterator[Callable[[], list[int]]]:
    """Supervisord with one running program; gives the pids of the program and of its child."""
    place = layout.folder / "pids"
    supervisor = Supervisor(layout)
    script = layout.folder / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    program = [sys.executable, str(script), str(place)]
    supervisor.start({"parent": program}, {**os.environ, MARK: str(layout.folder)})

    def read() -> list[int]:
        wait_until(place.exists, what="the program did not start", timeout_s=20)
        return [int(pid) for pid in place.read_text().split()]

    supervisor.start_program("parent")
    yield read
    supervisor.stop()


def _alive(pids: list[int]) -> list[int]:
    alive = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                alive.append(pid)
    return alive


def test_a_killed_program_comes_back_by_itself(layout: Layout, pids: Callable[[], list[int]]) -> None:
    first = pids()
    wait_until(lambda: Supervisor(layout).state("parent") == "RUNNING", what="not running", timeout_s=20)
    (layout.folder / "pids").unlink()
    os.kill(first[0], signal.SIGKILL)
    second = pids()
    assert second[0] != first[0]


def test_stopping_ends_children_too_also_of_a_killed_parent(layout: Layout, pids: Callable[[], list[int]]) -> None:
    first = pids()
    (layout.folder / "pids").unlink()
    os.kill(first[0], signal.SIGKILL)
    second = pids()
    assert _alive([first[1], *second]) == [first[1], *second]
    Supervisor(layout).stop()
    assert _alive([*first, *second]) == []
    assert not Supervisor(layout).is_running()


def test_stopping_what_does_not_run_is_no_error(layout: Layout) -> None:
    Supervisor(layout).stop()
    assert not Supervisor(layout).is_running()


def test_the_configuration_survives_per_cent_signs_and_spaces(layout: Layout) -> None:
    text = config(layout, {"a": ["/bin/echo", "50 % off"]})
    assert "command=/bin/echo '50 %% off'\n" in text
    assert "a stack/supervisor.sock" in text
