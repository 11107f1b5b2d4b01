"""What the page registers with Airflow. Every part of Airflow loads this file; only the api-server builds the page."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/kontur"


class KonturPagePlugin(AirflowPlugin):
    name = "kontur_page"
    # Without a slash in front: with one, the UI under a prefix asks for another place.
    external_views = [  # noqa: RUF012 - as Airflow declares it
        {"name": "Kontur", "href": "kontur/", "destination": "nav", "url_route": "kontur", "category": "browse"},
        {
            "name": "Kontur",
            "href": "kontur/run?run_id={RUN_ID}",
            "destination": "dag_run",
            "url_route": "kontur-run",
        },
        {
            "name": "Kontur",
            "href": "kontur/task?dag_id={DAG_ID}&run_id={RUN_ID}&task_id={TASK_ID}&map_index={MAP_INDEX}",
            "destination": "task_instance",
            "url_route": "kontur-task",
        },
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Importing FastAPI costs seconds, which belong to the api-server alone."""
        from kontur_page.app import app  # noqa: PLC0415

        return [{"app": app(), "url_prefix": PREFIX, "name": "Kontur"}]
