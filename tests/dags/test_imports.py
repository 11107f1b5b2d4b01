"""What a DAG file costs those who parse it: the processor every half minute, and each task when it starts."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

from proof.environment import ROOT

HEAVY = {"MySQLdb", "aiohttp", "alembic", "babel", "httptools", "requests", "sqlparse", "stdnum", "urllib3"}
"""What reading, posting and migrating need, and Airflow's SDK does not."""
OF_AIRFLOW = {"airflow.serialization.encoders", "airflow.providers.http.hooks.http", "airflow.providers.mysql.hooks"}
OF_THE_HOUSE = {"accounting", "bitrix", "books", "ledger", "mysql", "posting", "reconciliation", "report"}
DAG_FILES = sorted(file.stem for file in (ROOT / "dags").glob("*.py"))


def _imported(file: str) -> set[str]:
    script = f"import json, sys, {file}; print(json.dumps(sorted(sys.modules)))"
    return set(json.loads(_python(script).stdout.splitlines()[-1]))


def _python(script: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path[:0] = {[str(ROOT / 'dags'), str(ROOT), str(ROOT / 'plugins')]}; {script}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", DAG_FILES)
def test_a_dag_file_imports_nothing_that_only_a_task_needs(file: str) -> None:
    modules = _imported(file)
    assert "include.steps.retrying" in modules
    assert modules & (HEAVY | OF_AIRFLOW) == set()
    assert {name for name in modules if name.startswith("include.") and name.split(".")[1] in OF_THE_HOUSE} == set()
    assert modules & {"kontur_hook.client", "kontur_hook.hook", "include.words"} == set()


def test_what_tasks_are_asked_for_is_known_before_any_step_is_imported() -> None:
    script = "import json, include.steps.tasks; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(_python(script).stdout.splitlines()[-1]))
    assert {name for name in modules if name.startswith("include.steps.")} == {
        "include.steps.collector",
        "include.steps.run_request",
        "include.steps.tasks",
    }
    assert modules & HEAVY == set()


def test_a_broken_settings_file_fails_the_parse_in_words(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("run:\n  retrys: 3\n")
    monkeypatch.setenv("KONTUR_SETTINGS", str(file))
    parsed = _python("import bitrix_to_kontur")
    assert parsed.returncode != 0
    assert f"SettingsError: {file}:2: настройки run.retrys нет." in parsed.stderr
