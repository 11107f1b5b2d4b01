"""What a stack leaves behind when it is stopped: nothing."""

from __future__ import annotations

import pathlib
import sys

import psutil
import pytest

from sandbox.stack.environment import MARK
from sandbox.stack.layout import Layout
from sandbox.stack.supervise import Supervisor
from sandbox.stack.waiting import wait_until

PARENT = """
import subprocess, time
subprocess.Popen(["/bin/sleep", "600"], env={}, process_group=0)
time.sleep(600)
"""
"""Its child tells nobody to whom it belongs, and is in a group of its own, as Airflow's tasks are."""


@pytest.fixture
def layout(tmp_path: pathlib.Path) -> Layout:
    layout = Layout(tmp_path / "stack")
    layout.make()
    return layout


def test_what_a_killed_parent_left_behind_is_stopped_too(layout: Layout) -> None:
    supervisor = Supervisor(layout)
    script = layout.folder / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    try:
        supervisor.start({"parent": [sys.executable, str(script)]}, {MARK: str(layout.folder)})
        supervisor.start_program("parent")
        wait_until(lambda: supervisor.state("parent") == "RUNNING", what="no parent", timeout_s=20)
        parent = psutil.Process(supervisor.pid("parent"))
        wait_until(lambda: len(parent.children()) == 1, what="no child", timeout_s=20)
        (orphan,) = parent.children()
        parent.kill()
        wait_until(lambda: supervisor.pid("parent") not in {0, parent.pid}, what="not started again", timeout_s=20)
        assert orphan in supervisor.processes()
    finally:
        supervisor.stop()
    assert not orphan.is_running()
