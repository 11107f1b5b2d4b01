"""A real Airflow, as people have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.stack.layout import Layout
from sandbox.stack.stack import DAG_ID, Stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """MariaDB with a small shop, the sandbox, and Airflow with users and their roles."""
    opened = Stack(Layout(tmp_path_factory.mktemp("e2e") / "stack"), for_people=True)
    try:
        opened.prepare()
        migration = opened.start_migration()
        opened.start_shop(orders=5)
        opened.start_kontur()
        opened.start_airflow(migration).unpause(DAG_ID)
        yield opened
    finally:
        opened.stop()
