"""What the package registers with Airflow. Loaded under the name ``plugin``: nothing is defined here for others."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from kontur_hook.timetable import ShopDayTimetable


class KonturPlugin(AirflowPlugin):
    name = "kontur"
    timetables = [ShopDayTimetable]  # noqa: RUF012 - as Airflow declares it
