"""Who may see the page, and who may act on it: Airflow's own rights on the DAGs."""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api import security
from airflow.models.dag import DagModel
from fastapi import Depends

from include.dag_ids import BY_HAND, DAILY, RECONCILIATION

User = Annotated[BaseUser, Depends(security.get_user)]

# Whoever may read runs of the daily DAG may see the page; to act takes no right on it, so nobody who acts can pause it.
READ = Depends(security.requires_access_dag("GET", DagAccessEntity.RUN, DAILY))
# The rights of custom views would not do: one of Airflow's auth managers does not look at the method there.
ACT = Depends(security.requires_access_dag("POST", DagAccessEntity.RUN, BY_HAND))
COMPARE = Depends(security.requires_access_dag("POST", DagAccessEntity.RUN, RECONCILIATION))


def may_act(user: BaseUser) -> bool:
    """Whether buttons are shown; each POST is guarded by itself."""
    return _may_start(BY_HAND, user)


def may_compare(user: BaseUser) -> bool:
    """Whether the button that compares a month is shown."""
    return _may_start(RECONCILIATION, user)


def _may_start(dag_id: str, user: BaseUser) -> bool:
    details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
    return get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=details, user=user
    )
