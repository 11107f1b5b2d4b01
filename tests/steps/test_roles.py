"""What each role may do: by FAB's names of rights, which are data here."""

from __future__ import annotations

import logging
import sys

import pytest
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity

from include import dag_ids
from include.facts import said
from include.steps.roles import ROLES, give, main
from include.words import text


class Manager:
    """What of FAB's security manager is asked."""

    def __init__(self) -> None:
        self.given: list[tuple[str, str]] = []

    def add_role(self, name: str) -> str:
        return name

    def create_permission(self, action: str, resource: str) -> str:
        return f"{action} on {resource}"

    def add_permission_to_role(self, role: str, permission: str) -> None:
        self.given.append((role, permission))


def test_the_auditor_reads_and_the_accountant_acts_by_hand_alone() -> None:
    manager = Manager()
    give(manager)
    looking = ("can_read ", "menu_access ")
    changing = {pair for pair in manager.given if not pair[1].startswith(looking) and "My Password" not in pair[1]}
    assert changing == {
        ("KonturAccountant", "can_create on DAG Runs"),
        ("KonturAccountant", "can_edit on DAG:kontur_by_hand"),
        ("KonturAccountant", "can_edit on DAG:kontur_reconciliation"),
    }
    for role in ROLES:
        assert (role, "can_read on Plugins") in manager.given, "without it nobody sees a page of a plugin"
        assert (role, "can_read on DAG:bitrix_to_kontur") in manager.given
        assert (role, "menu_access on DAGs") in manager.given, "without it nobody gets to the runs by the navigation"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_read_the_list_of_dags(role: str) -> None:
    """What Airflow asks of whoever calls ``GET /ui/dags``, by the route's own list: without one of them, 403."""
    fab = pytest.importorskip("airflow.providers.fab.auth_manager.fab_auth_manager")
    ui = pytest.importorskip("airflow.api_fastapi.core_api.routes.ui.dags")
    route = next(one for one in ui.dags_router.routes if one.operation_id == "get_dags_ui")
    asked = [
        cell.cell_contents
        for dependency in route.dependencies
        for cell in dependency.dependency.__closure__ or ()
        if isinstance(cell.cell_contents, DagAccessEntity)
    ]
    wanted = [name for one in asked for name in fab._MAP_DAG_ACCESS_ENTITY_TO_FAB_RESOURCE_TYPE[one]]
    assert len(asked) == 3
    assert {("can_read", name) for name in wanted} <= set(ROLES[role])
    assert {name for _, name in ROLES[role] if name.startswith("DAG:")} == {f"DAG:{one}" for one in dag_ids.ALL}


@pytest.mark.parametrize("installed", [True, False])
def test_an_airflow_that_does_not_use_fab_is_told_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, installed: bool
) -> None:
    simple = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
    monkeypatch.setenv("AIRFLOW__CORE__AUTH_MANAGER", simple)
    if not installed:
        monkeypatch.setitem(sys.modules, "airflow.providers.fab.auth_manager.fab_auth_manager", None)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    with caplog.at_level(logging.ERROR):
        assert main() == 1
    assert caplog.messages == [text(said("roles_without_fab"))]
