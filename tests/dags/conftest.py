from __future__ import annotations

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def dag_bag() -> DagBag:
    """All DAGs of the project."""
    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture
def dag(dag_bag: DagBag) -> DAG:
    """The daily DAG."""
    return dag_bag.dags["bitrix_to_kontur"]
