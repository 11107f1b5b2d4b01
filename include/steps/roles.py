"""Roles for Airflow's FAB auth manager: ``python -m include.steps.roles``.

Airflow's own command, ``airflow roles``, refuses rights on a DAG that has none yet.
It adds what is missing, and takes nothing away: rights that somebody gave a role besides stay.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from airflow.api_fastapi.app import get_auth_manager_cls

from include import dag_ids
from include.facts import said
from include.words import speak, text
from include.words.terminal import language

log = logging.getLogger(__name__)

Right = tuple[str, str]
"""Action and resource, as FAB names them."""

_READ = ("Website", "Plugins", "DAG Runs", "Task Instances", "Task Logs", "XComs", "My Profile", "My Password")
_LIST = ("HITL Detail", "ImportError")
"""Airflow's list of DAGs is refused as a whole to whoever may not read the first; beside it stands the second."""
_READS: tuple[Right, ...] = (
    *(("can_read", resource) for resource in (*_READ, *_LIST)),
    *(("can_read", f"DAG:{dag_id}") for dag_id in dag_ids.ALL),
    ("can_edit", "My Password"),
    ("menu_access", "DAGs"),  # without it the navigation's way to the runs is grey
)
_STARTS = (dag_ids.BY_HAND, dag_ids.RECONCILIATION)
_ACTS: tuple[Right, ...] = (("can_create", "DAG Runs"), *(("can_edit", f"DAG:{dag_id}") for dag_id in _STARTS))
"""Runs of single orders, and comparing a month again, which changes neither shop nor books.

Who may edit the daily DAG may switch it off, so that right is nobody's here.
"""

ROLES: Mapping[str, tuple[Right, ...]] = {"KonturAccountant": (*_READS, *_ACTS), "KonturAuditor": _READS}
"""The accountant reads and acts, the auditor reads."""


def give(manager: Any, roles: Mapping[str, Iterable[Right]] = ROLES) -> None:
    """Make the roles, with their rights.

    Args:
        manager: FAB's security manager.
        roles: name -> rights.
    """
    for name, rights in roles.items():
        role = manager.add_role(name)
        for action, resource in rights:
            manager.add_permission_to_role(role, manager.create_permission(action, resource))


def _is_fab() -> bool:
    """Airflow's images bring FAB along also where it is not the one in use."""
    try:
        from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager  # noqa: PLC0415
    except ImportError:
        return False
    return issubclass(get_auth_manager_cls(), FabAuthManager)


def main() -> int:
    """The command line; 1 if Airflow's users and roles are not FAB's."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)  # Airflow has set handlers of its own
    speak(language())
    if not _is_fab():
        log.error("%s", text(said("roles_without_fab")))
        return 1
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder  # noqa: PLC0415

    with get_application_builder() as builder:
        give(builder.sm)
    for name in ROLES:
        log.info("%s", text(said("role_made", name=name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
