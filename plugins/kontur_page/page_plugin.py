"""What the page registers with Airflow. Every part of Airflow loads this file; only the api-server builds the page."""

from __future__ import annotations

import urllib.parse
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from kontur_page.address import PREFIX


def _icon(colour: str) -> str:
    """A ledger's page with a tick, in lines; a picture: its colour has to do on a chosen tile, too."""
    lines = "M5 3h14v18H5z M9 8h6 M9 12h6 M9 16.5l1.7 1.7 3.8-3.8"
    style = "fill='none' stroke-width='1.6' stroke-linejoin='round' stroke-linecap='round'"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' {style} stroke='{colour}'>"
    svg += f"<path d='{lines}'/></svg>"
    return f"data:image/svg+xml,{urllib.parse.quote(svg)}"


_ICONS = {"icon": _icon("#7288a5"), "icon_dark_mode": _icon("#cbd5e0")}


class KonturPagePlugin(AirflowPlugin):
    name = "kontur_page"
    # Without a slash in front: with one, the UI under a prefix asks for another place.
    external_views = [  # noqa: RUF012 - as Airflow declares it
        {"name": "Kontur", "href": "kontur/", "destination": "nav", "url_route": "kontur", **_ICONS},
        {
            "name": "Kontur",
            "href": "kontur/run?run_id={RUN_ID}",
            "destination": "dag_run",
            "url_route": "kontur-run",
            **_ICONS,
        },
        {
            "name": "Kontur",
            "href": "kontur/task?dag_id={DAG_ID}&run_id={RUN_ID}&task_id={TASK_ID}&map_index={MAP_INDEX}",
            "destination": "task_instance",
            "url_route": "kontur-task",
            **_ICONS,
        },
    ]

    react_apps = [  # noqa: RUF012 - as Airflow declares it
        {
            "name": "Kontur",
            "bundle_url": "kontur/static/card.js",
            "destination": "dashboard",
            "url_route": "kontur-card",
        },
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Importing FastAPI costs seconds, which belong to the api-server alone."""
        from kontur_page.app import app  # noqa: PLC0415

        return [{"app": app(), "url_prefix": PREFIX, "name": "Kontur"}]
