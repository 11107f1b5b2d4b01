"""Covered days: the shop's local days that a finished run has looked at, after they were over."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from include.ledger.connection import Session
from include.settings import Settings, Shop

ALL_SITES = "*"
"""The key where ``shop.sites`` is null. A site that the shop gets later had no orders before."""
_BY_INDEX = "-"
"""The key of days that a night of a large shop looked at by its indexes alone: it covers none."""


def selecting(settings: Settings) -> dict[str, str]:
    """Site -> hash of the settings that decide which of its orders are looked at and due.

    A day that was covered with another hash is not covered: what was passed over then may be due now. Each site has its
    own, so a site that is mapped later has no covered days, and the others keep theirs; from null to a map, or back, no
    day stays covered.
    """
    # What decides on a new kind of order belongs here; the days are then gone through once more.
    common = {
        "go_live": str(settings.accounting.go_live),
        "document_per": settings.accounting.document_per,
        "shipped_statuses": sorted(settings.shop.shipped_statuses),
        **_other_than_usual(settings),
    }
    sites = (
        {ALL_SITES: settings.shop.connection_of(ALL_SITES, None)}
        if settings.shop.sites is None
        else settings.shop.sites
    )
    return {
        site: hashlib.sha256(json.dumps({**common, "connection": connection}, sort_keys=True).encode()).hexdigest()
        for site, connection in sites.items()
    }


def _other_than_usual(settings: Settings) -> dict[str, object]:
    """Settings that came later: as long as they are as usual, the days covered before they existed stay covered."""
    shop, usual = settings.shop, Shop()
    later = {
        "shipped_by": (shop.shipped_by, usual.shipped_by),
        "returned_statuses": (sorted(shop.returned_statuses), sorted(usual.returned_statuses)),
        "external_orders": (shop.external_orders, usual.external_orders),
        "platforms": (shop.platforms, usual.platforms),
        "companies": (shop.companies, usual.companies),
    }
    return {name: chosen for name, (chosen, default) in later.items() if chosen != default}


class LastLook(NamedTuple):
    """The newest that a finished run had at the shop."""

    run_id: str
    read_at: dt.datetime
    """When it read the shop; UTC, naive."""


class Days:
    """What one session reads and writes of the days."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def uncovered(self, selects: Mapping[str, str], first: dt.date, last: dt.date) -> list[dt.date]:
        """The days from ``first`` to ``last``, both inclusive, that are not covered for each of these sites."""
        if not selects:
            return []
        marks = ", ".join(["(%s, %s)"] * len(selects))
        rows = self._session.rows(
            f"SELECT day FROM local_kontur_bukh_day WHERE day BETWEEN %s AND %s AND (site, selects) IN ({marks})"
            " AND (again_at IS NULL OR again_at < read_at) GROUP BY day HAVING COUNT(*) = %s",
            [first, last, *(part for pair in selects.items() for part in pair), len(selects)],
        )
        covered = {row[0] for row in rows}
        days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
        return [day for day in days if day not in covered]

    def by_index(self, first: dt.date, last: dt.date) -> set[dt.date]:
        """The days from ``first`` to ``last``, both inclusive, that a finished run has looked at by the indexes."""
        rows = self._session.rows(
            "SELECT day FROM local_kontur_bukh_day WHERE site = %s AND day BETWEEN %s AND %s"
            " AND (again_at IS NULL OR again_at < read_at)",
            [_BY_INDEX, first, last],
        )
        return {row[0] for row in rows}

    def last_look(self) -> LastLook | None:
        """``None``: no run that looks at days has ever finished."""
        row = self._session.row("SELECT run_id, read_at FROM local_kontur_bukh_day ORDER BY read_at DESC LIMIT 1")
        return None if row is None else LastLook(*row)

    def first_look(self) -> dt.datetime | None:
        """When the shop was read by the oldest look that no later one replaced; UTC, naive. ``None``: there is none."""
        row = self._session.row("SELECT MIN(read_at) FROM local_kontur_bukh_day")
        return None if row is None else row[0]

    def cover(self, days: Sequence[dt.date], selects: Mapping[str, str], read_at: dt.datetime, run_id: str) -> None:
        """Note that a run has looked at these days of these sites; a later look stands.

        Args:
            days: local days that were over when the shop was read.
            selects: from :func:`selecting`, of the settings it was read with.
            read_at: when it was read, UTC, naive.
            run_id: the DAG run.
        """
        newer = "VALUES(read_at) >= read_at"
        rows = [(site, day, run_id, read_at, hash_) for site, hash_ in sorted(selects.items()) for day in sorted(days)]
        write = functools.partial(
            self._session.execute_many,
            "INSERT INTO local_kontur_bukh_day (site, day, run_id, read_at, selects) VALUES (%s, %s, %s, %s, %s)"
            f" ON DUPLICATE KEY UPDATE run_id = IF({newer}, VALUES(run_id), run_id),"
            # MySQL assigns from left to right, so the column that the condition reads comes last.
            f" selects = IF({newer}, VALUES(selects), selects), read_at = GREATEST(read_at, VALUES(read_at))",
            rows,
        )
        # Runs may cover the same days at once; in one order of rows, they seldom meet.
        self._session.in_transaction(write)

    def look_by_index(self, days: Sequence[dt.date], read_at: dt.datetime, run_id: str) -> None:
        """Note that a run has looked at these days by the indexes alone, and has covered none; see :meth:`cover`."""
        self.cover(days, {_BY_INDEX: ""}, read_at, run_id)

    def uncover(self, since: dt.date) -> None:
        """This day and all after it are covered again only by a run that reads the shop from now on."""
        self._session.execute(
            "UPDATE local_kontur_bukh_day SET again_at = UTC_TIMESTAMP(6) WHERE day >= %s",
            [since],
        )
