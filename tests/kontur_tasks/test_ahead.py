"""What the scheduler imports for the tasks: all that they import, for as long as no file of ours was changed."""

from __future__ import annotations

import ast
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from proof.environment import ROOT

SCHEDULER = "import sys, types; sys.modules['airflow.jobs.scheduler_job_runner'] = types.ModuleType('scheduler')\n"
START = "from kontur_tasks.ahead import AHEAD; AHEAD.on_starting(None)\n"
TELL = "import json; print(json.dumps(sorted(sys.modules)))"


def _ours() -> set[str]:
    """The modules of the house that the tasks of all DAG files import when they run; not the notice's, once a day."""
    found = set()
    for file in (ROOT / "dags").glob("*.py"):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("include"):
                        found |= {f"{node.module}.{name.name}" for name in node.names} | {node.module}
    modules = {name for name in found if (ROOT / name.replace(".", "/")).with_suffix(".py").exists()}
    return modules - {"include.steps.digest"}


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy whose files can be changed."""
    shutil.copytree(ROOT / "include", tmp_path / "include")
    shutil.copytree(ROOT / "plugins", tmp_path / "plugins")
    return tmp_path


def _run(code: str, project: pathlib.Path = ROOT) -> str:
    path = os.pathsep.join([str(project), str(project / "plugins")])
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=project)
    assert not done.returncode, done.stderr
    return done.stdout.splitlines()[-1]


def test_the_scheduler_imports_what_the_tasks_will() -> None:
    modules = set(json.loads(_run(SCHEDULER + START + TELL)))
    ours = _ours()
    assert {"include.steps.shown", "include.steps.reconciliation.compare"} < ours
    assert ours - modules == set()
    assert {"MySQLdb", "aiohttp", "alembic", "requests", "airflow.sdk.execution_time.task_runner"} < modules


def test_it_only_imports() -> None:
    """No thread, no connection, no settings: what a fork would share, or what a task has to read for itself."""
    before = "import os, threading\nfiles = os.listdir('/proc/self/fd')\n"
    after = "from include.settings import _load\n"
    after += "opened = len(os.listdir('/proc/self/fd')) - len(files)\n"
    after += "print(threading.active_count(), opened, _load.cache_info().currsize)"
    assert _run(SCHEDULER + before + START + after) == "1 0 0"


@pytest.mark.parametrize(
    "before", ["import sys\n", SCHEDULER + "import multiprocessing as m; m.set_start_method('spawn')\n"]
)
def test_no_other_part_of_airflow_imports_anything(before: str) -> None:
    modules = json.loads(_run(before + START + TELL))
    assert [name for name in modules if name.startswith("include")] == []


TASK = """
import include.steps.tasks, kontur_hook
kept, hook = include.steps.tasks, kontur_hook
AHEAD.on_starting(None)
import include.steps.tasks
again = include.steps.tasks is kept
pathlib.Path("include/{file}").write_text("{text}")
AHEAD.on_starting(None)
ours = [name for name in sys.modules if name.split(".")[0] == "include"]
import include.steps.tasks, kontur_hook
from include.steps import tasks
print(again, ours, include.steps.tasks is kept, tasks is kept, kontur_hook is hook, getattr(tasks, "NEW", None))
"""


@pytest.mark.parametrize(
    ("file", "text", "new"),
    [
        ("steps/tasks.py", "NEW = 1", "1"),
        ("words/ru/new.po", "", "None"),
        ("bitrix/sql/orders.sql", "SELECT 1", "None"),
    ],
)
def test_a_task_that_begins_after_a_file_was_changed_imports_all_anew(
    project: pathlib.Path, file: str, text: str, new: str
) -> None:
    code = SCHEDULER + "import pathlib, kontur_hook.timetable\n" + START + TASK.format(file=file, text=text)
    assert _run(code, project) == f"True [] False False True {new}"


def test_it_imports_anew_also_what_plugins_had_imported(project: pathlib.Path) -> None:
    before = "import pathlib, kontur_hook.timetable, kontur_hook.provider_info\ntimetable = kontur_hook.timetable\n"
    task = """
file = pathlib.Path("plugins/kontur_hook/contract.py")
file.write_text(file.read_text() + "NEW = 1")
AHEAD.on_starting(None)
import kontur_hook.contract, kontur_hook.timetable
print(kontur_hook.contract.NEW, kontur_hook.timetable is timetable)
"""
    assert _run(SCHEDULER + before + START + task, project) == "1 True"


def test_airflow_knows_the_listener() -> None:
    code = "from airflow.listeners.listener import get_listener_manager\n"
    code += "from kontur_tasks.ahead import AHEAD\nprint(get_listener_manager().pm.is_registered(AHEAD))"
    assert _run(code) == "True"
