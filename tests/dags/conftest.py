from __future__ import annotations

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from proof.environment import ROOT


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """``dag.test()`` really waits for its retries."""
    monkeypatch.setenv("KONTUR__RUN__RETRY_DELAY_S", "0.1")


@pytest.fixture
def dag_bag() -> DagBag:
    """All DAGs of the project; anew for each test, because a run leaves its parameters in the DAG."""
    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture
def dag(dag_bag: DagBag) -> DAG:
    """The daily DAG."""
    return dag_bag.dags["bitrix_to_kontur"]


@pytest.fixture
def by_hand(dag_bag: DagBag) -> DAG:
    """The DAG for dry runs and single orders."""
    return dag_bag.dags["kontur_by_hand"]
