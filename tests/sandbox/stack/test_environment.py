"""The environment of the stack's processes."""

import json
import pathlib

import pytest
import yaml

from sandbox.stack import environment
from sandbox.stack.choices import Choices, Ports, choose
from sandbox.stack.layout import ROOT, Layout
from sandbox.stack.stack import Stack


@pytest.fixture
def chosen() -> Choices:
    return Choices(ports=Ports(mariadb=3307, kontur=8901, airflow=8081), shop_password='p"w\\{}', kontur_key="key-1")


def test_the_three_connections_are_json_that_airflow_reads(chosen: Choices) -> None:
    found = {name: json.loads(text) for name, text in environment.connections(chosen).items()}
    assert found["AIRFLOW_CONN_BITRIX_MYSQL"] == {
        "conn_type": "mysql",
        "host": "127.0.0.1",
        "port": 3307,
        "schema": "shop",
        "login": "shop_reader",
        "password": 'p"w\\{}',
        "extra": {"charset": "utf8mb4"},
    }
    assert found["AIRFLOW_CONN_KONTUR_SYNC_MYSQL"]["schema"] == "kontur_sync"
    assert found["AIRFLOW_CONN_KONTUR_SYNC_MYSQL"]["login"] == "kontur_ledger"
    assert found["AIRFLOW_CONN_KONTUR_DEFAULT"] == {
        "conn_type": "kontur",
        "host": "http://127.0.0.1:8901/budget/v1",
        "login": "demo",
        "password": "key-1",
    }


def test_another_airflows_settings_do_not_leak_in(
    chosen: Choices, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM_OF_OTHERS", "99")
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", '{"host": "https://api.kontur.ru/budget/v1"}')
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", "2030-01-01")
    monkeypatch.setenv("LANG_OF_TEST", "kept")
    found = environment.processes(Layout(tmp_path), chosen)
    assert found["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "127.0.0.1:8901" in found["AIRFLOW_CONN_KONTUR_DEFAULT"]
    assert "AIRFLOW__CORE__PARALLELISM_OF_OTHERS" not in found
    assert found["KONTUR__ACCOUNTING__GO_LIVE"] == "2016-01-01"
    assert found["LANG_OF_TEST"] == "kept"


def test_airflow_lives_in_the_stacks_folder_and_reads_the_projects_code(
    chosen: Choices, tmp_path: pathlib.Path
) -> None:
    found = environment.processes(Layout(tmp_path), chosen)
    assert found["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert found["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"sqlite:///{tmp_path}/airflow/airflow.db?timeout=60"
    assert found["AIRFLOW__CORE__DAGS_FOLDER"] == str(ROOT / "dags")
    assert found["PYTHONPATH"] == f"{ROOT}:{ROOT / 'plugins'}"
    assert found["AIRFLOW__CORE__DEFAULT_TIMEZONE"] == "Europe/Moscow"


def test_its_workers_are_set_as_productions_are(chosen: Choices, tmp_path: pathlib.Path) -> None:
    production = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))["x-airflow"]["environment"]
    found = environment.processes(Layout(tmp_path), chosen)
    workers = {name: value for name, value in found.items() if name.startswith("AIRFLOW__WORKERS__")}
    assert workers
    assert workers == {name: value for name, value in production.items() if name.startswith("AIRFLOW__WORKERS__")}


def test_a_stack_for_people_has_users_with_roles_and_another_has_not(tmp_path: pathlib.Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    choose(layout)
    plain, for_people = (Stack(layout, for_people=wanted).environment for wanted in (False, True))
    assert "AIRFLOW__CORE__AUTH_MANAGER" not in plain
    assert for_people["AIRFLOW__CORE__AUTH_MANAGER"] == environment.FAB
