"""The schedule of the daily run: whole days of the shop's calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pendulum
from airflow.configuration import conf
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun


class ShopDayTimetable(CronDataIntervalTimetable):
    """Intervals from midnight to midnight in the shop's time zone, each run when its day is over.

    Switched on for the first time, ``catchup=False`` makes the run of the day just over and none of those since
    ``start_date``. From then on no day is left out, whatever ``catchup`` says: after a pause or with the scheduler
    down for weeks each day since the last run gets its own. Airflow's own ``catchup=False`` would make the newest
    only, and orders shipped on the days between would never be looked at, in a list of runs that is all green.

    Bounds that a person gives as dates (``airflow backfill create --from-date 2026-02-01``, ``start_date``) reach a
    timetable as moments, midnights of ``[core] default_timezone``: here they mean the shop's day of that date. Any
    other moment means the shop's day it lies in.
    """

    def __init__(self, timezone: str) -> None:
        super().__init__("0 0 * * *", timezone)
        self._zone = timezone

    def __eq__(self, other: object) -> bool:
        """By the zone. The parent's loads all of Airflow's serialization, whenever a task is added to a DAG."""
        return self._zone == other._zone if isinstance(other, ShopDayTimetable) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._zone)

    @property
    def summary(self) -> str:
        """For the list of DAGs."""
        return f"daily, {self._zone}"

    def serialize(self) -> dict[str, Any]:
        """The zone's name."""
        return {"timezone": self._zone}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> ShopDayTimetable:
        """From :meth:`serialize`."""
        return cls(data["timezone"])

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """As the parent, with the bounds read as days, and no day left out between two runs."""
        days = TimeRestriction(
            self._day(restriction.earliest),
            self._day(restriction.latest),
            catchup=restriction.catchup or last_automated_data_interval is not None,
        )
        return super().next_dagrun_info(last_automated_data_interval=last_automated_data_interval, restriction=days)

    def run_info_from_dag_run(self, *, dag_run: DagRun) -> DagRunInfo:
        """The day that a run takes in the schedule, for the next one to follow.

        A manual run may hold a day's logical date (``airflow dags trigger -l``) with the interval of the day before.
        The scheduler, which skips what exists, would go on from that interval to the same day again, for ever.
        """
        info = super().run_info_from_dag_run(dag_run=dag_run)
        if dag_run.logical_date is None or info.data_interval is None:
            return info
        start = self._align_to_prev(pendulum.instance(dag_run.logical_date))
        if start <= info.data_interval.start:
            return info
        return DagRunInfo.interval(start=start, end=self._get_next(start))

    def _day(self, moment: pendulum.DateTime | None) -> pendulum.DateTime | None:
        """The first moment of the shop's day that ``moment`` means, in UTC."""
        if moment is None:
            return None
        local = moment.in_timezone(self._zone)
        given = moment.in_timezone(_default_timezone())
        if local != local.start_of("day") and given == given.start_of("day"):
            local = pendulum.datetime(given.year, given.month, given.day, tz=self._zone)
        return local.start_of("day").in_timezone("UTC")


def _default_timezone() -> str:
    name = conf.get_mandatory_value("core", "default_timezone")
    return pendulum.tz.get_local_timezone().name if name == "system" else name
