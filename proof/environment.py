"""Airflow's environment for tests and proofs: this checkout, and a home, connections and settings of nobody else."""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def prepare() -> None:
    """Set it, for this process and those that it starts; to be called before Airflow is imported."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="kontur-tests-"))
    for folder in (ROOT, ROOT / "plugins"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    os.environ.update(
        {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
        }
    )
    for variable in [name for name in os.environ if name.upper().startswith(("AIRFLOW_CONN_", "KONTUR_"))]:
        del os.environ[variable]
    # A file rather than a variable: Settings(accounting=…) of a test must not be overridden.
    os.environ["KONTUR_SETTINGS"] = str(ROOT / "proof" / "settings.yaml")
