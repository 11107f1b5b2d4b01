"""The environment of a stack's processes: Airflow's configuration and the three connections, as facts, no files."""

from __future__ import annotations

import json
import os

from include.page_address import IN_AIRFLOW
from sandbox.stack import users
from sandbox.stack.choices import Choices
from sandbox.stack.layout import ROOT, Layout

SHOP_DATABASE = "shop"
LEDGER_DATABASE = "kontur_sync"
SHOP_USER = "shop_reader"
LEDGER_USER = "kontur_ledger"
KONTUR_ACCOUNT = "demo"
FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
MARK = "KONTUR_STACK"
"""Names the stack's folder in every process of it, so that none is left behind."""


WORKERS = {
    # When a task's process has closed its pipes and is not yet gone, its supervisor looks again only after this time:
    # at Airflow's own 5 s every third square held a worker for as long, on two busy cores.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    # A task outlives as long a silence of the API server as with Airflow's own 3 times 5 s.
    "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "15",
}
"""As production has it (``docker-compose.yaml``)."""


def base_url(choices: Choices) -> str:
    """Airflow's, for people and for the API."""
    return f"http://127.0.0.1:{choices.ports.airflow}"


def page_url(choices: Choices) -> str:
    """The page's, inside Airflow's frame."""
    return f"{base_url(choices)}{IN_AIRFLOW}"


def _mysql(choices: Choices, user: str, password: str, database: str) -> str:
    return json.dumps(
        {
            "conn_type": "mysql",
            "host": "127.0.0.1",
            "port": choices.ports.mariadb,
            "schema": database,
            "login": user,
            "password": password,
            "extra": {"charset": "utf8mb4"},
        }
    )


def connections(choices: Choices) -> dict[str, str]:
    """The connections of the package, in Airflow's JSON form."""
    return {
        "AIRFLOW_CONN_BITRIX_MYSQL": _mysql(choices, SHOP_USER, choices.shop_password, SHOP_DATABASE),
        "AIRFLOW_CONN_KONTUR_SYNC_MYSQL": _mysql(choices, LEDGER_USER, choices.ledger_password, LEDGER_DATABASE),
        "AIRFLOW_CONN_KONTUR_DEFAULT": json.dumps(
            {
                "conn_type": "kontur",
                "host": f"http://127.0.0.1:{choices.ports.kontur}/budget/v1",
                "login": KONTUR_ACCOUNT,
                "password": choices.kontur_key,
            }
        ),
    }


def airflow(layout: Layout, choices: Choices) -> dict[str, str]:
    """Airflow on SQLite with the LocalExecutor, tuned for two cores and quick to notice things."""
    return {
        "AIRFLOW_HOME": str(layout.airflow_home),
        "AIRFLOW__API__BASE_URL": base_url(choices),
        "AIRFLOW__API__SECRET_KEY": choices.api_secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": choices.jwt_secret,
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Europe/Moscow",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base_url(choices)}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": choices.fernet_key,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(layout.passwords),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{users.ADMIN}:admin",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        # SQLite has one writer at a time; the others wait instead of giving up after five seconds.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{layout.airflow_home}/airflow.db?timeout=60",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # A killed scheduler's tasks are taken over within a minute.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        **WORKERS,
    }


FOR_PEOPLE = {
    "AIRFLOW__CORE__AUTH_MANAGER": FAB,
    # Nobody kills anything, and a machine that is busy with something else for a minute is no failure.
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "60",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "300",
}
"""Users with roles, where Airflow's simple way has an admin alone, and patience."""

GO_LIVE = "KONTUR__ACCOUNTING__GO_LIVE"
LANGUAGE = "KONTUR__WORDS__LANGUAGE"
PAYMENT_METHODS = "KONTUR__ACCOUNTING__PAYMENT_METHODS"
SETTINGS = {
    # Nobody typed in anything of a made-up shop by hand.
    GO_LIVE: "2016-01-01",
    # The sandbox answers at once and is never late: what a killed task leaves unknown settles in seconds, not minutes.
    "KONTUR__POSTING__SETTLE_S": "20",
    "KONTUR__RUN__RETRY_DELAY_S": "5",
    "KONTUR__RUN__MAX_RETRY_DELAY_S": "60",
}
"""What a shop decides for itself, and where the stack is in more of a hurry than a shop."""


def processes(layout: Layout, choices: Choices) -> dict[str, str]:
    """The whole environment of the stack's processes: this process's own, without another Airflow's settings."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW_", "KONTUR_"))}
    return {
        **own,
        **airflow(layout, choices),
        **connections(choices),
        **SETTINGS,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
        MARK: str(layout.folder),
    }
