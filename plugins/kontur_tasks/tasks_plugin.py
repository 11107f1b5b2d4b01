"""What the tasks register with Airflow. Loaded under the name ``tasks_plugin``: nothing is defined here for others."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from kontur_tasks.ahead import AHEAD


class KonturTasksPlugin(AirflowPlugin):
    name = "kontur_tasks"
    listeners = [AHEAD]  # noqa: RUF012 - as Airflow declares it
