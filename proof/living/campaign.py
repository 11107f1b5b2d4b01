"""One living shop from its first day to its last: nights, missed and failed ones, and a backfill at the end."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import pathlib
import random
from collections.abc import Callable, Mapping
from typing import Any

import MySQLdb

from proof.living import ground
from proof.living.accountant import Accountant
from proof.living.judge import Difference, Judge, Reader, Row
from proof.living.lives import Lives
from proof.living.model import Taxes, indexed_moments, moments
from proof.living.orders import Order
from proof.living.tables import Tables
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from sandbox.shop.writer import Ids

NIGHTLY, BACKFILL = "demo", "fresh"
VERSIONS = {"16.5": "cp1251", "19": "utf8mb4", "22.8": "cp1251", "25": "utf8mb4", "2026": "cp1251"}
"""Version of the shop -> charset of its tables."""
_OVERLAP = dt.timedelta(days=3)
_DAY = dt.timedelta(days=1)
_NIGHT_AT = dt.time(3, 30)
_MOST_TRIES = 12
_OUTAGE = 5
"""Nights."""
_CALM_END = 4
"""Nights: all is settled by then."""
_BAD = ("down", "read only", "missed")
_WRITES_FAIL = ("status_503_before_commit", "status_502_after_commit", "close_after_commit", "reset_before_commit")
_READS_FAIL = ("search_status_503", "search_close")
_WEATHER: dict[str, dict[str, Any]] = {
    "calm": {},
    "tenth": {"rates": {**dict.fromkeys(_WRITES_FAIL, 0.025), **dict.fromkeys(_READS_FAIL, 0.05)}},
    "down": {"rates": {"status_503_before_commit": 1, "search_status_503": 1}},
    "read only": {"rates": {"status_503_before_commit": 1}},
}


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """What a seed is played with."""

    seed: int
    version: str
    days: int
    orders: int
    full_scan_days: int = 1
    """More than one: the shop is large, and read as a whole so many days apart."""
    source: pathlib.Path = ground.ROOT
    """The tree whose product is driven."""

    @property
    def taxes(self) -> Taxes:
        """By the seed: each of the ways to see VAT gets its shops."""
        return Taxes(rejects=self.seed % 2 == 1, agent=self.seed // 2 % 2 == 1)

    @property
    def command(self) -> str:
        return (
            f"python -m proof.living --seed {self.seed} --version {self.version} --days {self.days}"
            f" --orders {self.orders} --full-scan-days {self.full_scan_days}"
        )


@dataclasses.dataclass(slots=True)
class Result:
    """What a campaign came to."""

    orders: int
    nights: int
    documents: int
    differences: list[Difference]


def play(case: Case, port: int, folder: pathlib.Path, *, until_found: bool = False) -> Result:
    """Play a case.

    Args:
        case: which.
        port: where MariaDB listens.
        folder: where the books and the command's log are left.
        until_found: end with the first night that shows a difference.
    """
    with contextlib.ExitStack() as stack:
        on = stack.enter_context(ground.server(port))
        accounts = {NIGHTLY: f"{NIGHTLY}-key", BACKFILL: f"{BACKFILL}-key"}
        sandbox = stack.enter_context(serving.running(folder / f"kontur-{case.seed}.sqlite", accounts=accounts))
        shop, connection = stack.enter_context(ground.shop_database(on, case.version, VERSIONS[case.version]))
        return _Campaign(case, on, sandbox, shop, connection, folder).run(until_found=until_found)


class _Campaign:
    def __init__(
        self,
        case: Case,
        on: ground.Server,
        sandbox: Sandbox,
        shop: str,
        connection: MySQLdb.connections.Connection,
        folder: pathlib.Path,
    ) -> None:
        self._case = case
        self._on = on
        self._sandbox = sandbox
        self._shop = shop
        self._log = folder / "night.log"
        self._rng = random.Random(f"{case.seed}/{case.version}")
        # Around the turn of the rate in every third seed; over the end of a month in all.
        first = self._rng.choice((dt.date(2025, 12, 8), dt.date(2026, 2, 10), dt.date(2026, 4, 17)))
        self._first = first
        tables = Tables(connection, case.version)
        self._lives = Lives(self._rng, tables, Ids(connection, case.version), case.version)
        self._judge = Judge(self._lives.orders, Reader(sandbox.books, NIGHTLY), first, case.taxes)
        self._accountant = Accountant(self._rng, sandbox, NIGHTLY, self._judge, self._lives.orders)
        self._uncovered: set[dt.date] = set()
        self._last_full_scan: dt.date | None = None
        self._nights = 0
        self._weather = self._forecast(case.days)

    def run(self, *, until_found: bool) -> Result:
        """All days, and what comes after the last."""
        last = self._first + (self._case.days - 1) * _DAY
        with self._books(NIGHTLY) as books:
            for number in range(self._case.days):
                day = self._first + number * _DAY
                self._lives.live(day, self._case.orders)
                self._uncovered.add(day)
                weather = self._weather[number]
                if weather != "missed":
                    self._night(books, day, weather)
                if until_found and self._judge.differences:
                    return self._result()
                if weather == "calm" and number + 1 < self._case.days:
                    self._accountant.work(day)
            self._whole(books, last, "everything again", posts=None)
            self._whole(books, last, "and once more", posts=0)
        with self._books(BACKFILL) as fresh:
            self._compare_with_backfill(fresh, last)
        return self._result()

    def _result(self) -> Result:
        documents = self._sandbox.control("GET", f"/books?account={NIGHTLY}")["totals"]["documents"]["count"]
        return Result(len(self._lives.orders), self._nights, documents, self._judge.differences)

    def _forecast(self, days: int) -> list[str]:
        """Each night's: single bad ones, and once five in a row, longer than the overlap; calm at the ends."""
        weather = self._rng.choices(("calm", "tenth", *_BAD), (72, 16, 4, 3, 5), k=days)
        if days > _OUTAGE + _CALM_END + 4:
            begins = self._rng.randrange(4, days - _OUTAGE - _CALM_END + 1)
            weather[begins : begins + _OUTAGE] = self._rng.choices(("down", "missed"), k=_OUTAGE)
        weather[0] = "calm"
        weather[-_CALM_END:] = ["calm"] * _CALM_END
        return weather

    def _books(self, account: str) -> contextlib.AbstractContextManager[ground.Books]:
        settings = {
            "KONTUR__ACCOUNTING__GO_LIVE": self._first.isoformat(),
            "KONTUR__ACCOUNTING__DELIVERY_VAT": "bitrix" if self._case.taxes.agent else "auto",
            "KONTUR__ACCOUNTING__VAT_GUARD": "reject" if self._case.taxes.rejects else "by_shipment",
            "KONTUR__RUN__FULL_SCAN_ORDERS": "500000" if self._case.full_scan_days == 1 else "0",
            "KONTUR__RUN__FULL_SCAN_DAYS": str(self._case.full_scan_days),
            "KONTUR__POSTING__SETTLE_S": "60",
            "KONTUR__POSTING__REPOST_BUDGET": "100000",
            "KONTUR__POSTING__BREAKER": "1000",
        }
        return ground.books(
            self._on, self._shop, self._sandbox, account, settings, log=self._log, source=self._case.source
        )

    # ---- nights

    def _night(self, books: ground.Books, day: dt.date, weather: str) -> None:
        self._nights += 1
        self._sandbox.set_faults(seed=self._nights, **_WEATHER[weather])
        job = {"from": day.isoformat(), "to": day.isoformat(), "scheduled": True, "run_id": f"scheduled__{day}"}
        name, full, finds = f"night of {day:%d.%m.%Y} ({weather})", self._full_scan_is_due(day), self._finds(day)
        answer, squares = self._ask(books, job, day, tries=2 if weather in _BAD else _MOST_TRIES)
        if answer.get("full_scan", full) != full:
            self._say(name, f"is {'no' if full else 'a'} full scan; the last one was on {self._last_full_scan}")
        self._sandbox.set_faults()
        if weather == "tenth":  # what only a look failed for waits for the next look
            answer, more = self._ask(books, job, day, tries=_MOST_TRIES, after=dt.timedelta(hours=1))
            squares |= more
        finished = answer["error"] is None and answer["wait_until"] is None and weather not in _BAD
        if not finished and weather not in _BAD:
            self._say(name, f"did not end well: {answer['error'] or answer['wait_until']}")
        # Of a tenth that failed, some may be settled in the next nights only.
        settled = finished and weather == "calm"
        self._judge.night(
            name, finds, self._table(books), squares, finished=settled, shown=_shown(answer), scheduled=True
        )
        if finished and full:
            self._uncovered.clear()
            if left := answer["days_uncovered"]:
                self._say(name, f"{left} days stayed uncovered")

    def _full_scan_is_due(self, day: dt.date) -> bool:
        last = self._last_full_scan
        return last is None or (day - last).days >= self._case.full_scan_days

    def _finds(self, day: dt.date) -> Callable[[Order], bool]:
        """What a night is sure to find: all since the last full scan, each with the days that it overlaps."""
        since = min({day, *self._uncovered}) - _OVERLAP
        days = {since + number * _DAY for number in range((day - since).days + 1)}
        by = moments if self._full_scan_is_due(day) else indexed_moments
        return lambda order: bool(by(order) & days)

    def _whole(self, books: ground.Books, last: dt.date, name: str, *, posts: int | None) -> None:
        """All days in one run."""
        job = {"from": self._first.isoformat(), "to": last.isoformat(), "run_id": name.replace(" ", "-")}
        answer, squares = self._ask(books, job, last, tries=_MOST_TRIES)
        if answer["error"]:
            self._say(name, answer["error"])
        days = {self._first - _DAY * 30 + _DAY * number for number in range(self._case.days + 40)}
        self._judge.night(
            name,
            lambda order: bool(moments(order) & days),
            self._table(books),
            squares,
            finished=True,
            shown=_shown(answer),
            scheduled=False,
        )
        if posts is not None and self._judge.posted != posts:
            self._say(name, f"posted {self._judge.posted} more")

    def _ask(
        self,
        books: ground.Books,
        job: Mapping[str, Any],
        day: dt.date,
        *,
        tries: int,
        after: dt.timedelta = dt.timedelta(0),
    ) -> tuple[dict[str, Any], set[int]]:
        """Give a job, again while it asks to come back or fails, each time later; the last answer, and its squares."""
        now = dt.datetime.combine(day + _DAY, _NIGHT_AT) + after
        squares: set[int] = set()
        for _ in range(tries):
            self._on.set_clock(now)
            answer = books.ask(job)
            squares |= {id_ for square in answer["squares"] for id_ in square["order_ids"]}
            if answer.get("days_covered"):
                self._last_full_scan = day
            if answer["error"] is None and answer["wait_until"] is None:
                break
            now += dt.timedelta(minutes=5)
        return answer, squares

    def _table(self, books: ground.Books) -> dict[int, Row]:
        with self._on.root.cursor() as cursor:
            cursor.execute(f"SELECT ORDER_ID, STATUS, ERROR_MSG FROM {books.ledger}.local_kontur_bukh_sync")
            return {order_id: (status, message) for order_id, status, message in cursor.fetchall()}

    # ---- the end

    def _compare_with_backfill(self, books: ground.Books, last: dt.date) -> None:
        """One backfill of all days into a fresh account: the same books, where nothing depends on the day of a look."""
        job = {"from": self._first.isoformat(), "to": last.isoformat(), "run_id": "backfill"}
        answer, _ = self._ask(books, job, last, tries=_MOST_TRIES)
        if answer["error"]:
            self._say("the backfill", answer["error"])
        nightly = self._judge.read()
        once = Reader(self._sandbox.books, BACKFILL).read()
        for order in self._lives.orders.values():
            if order.looked or order.handled or order.deleted:
                continue
            left, right = nightly[order.number], once[order.number]
            if (one := left.told()) != (other := right.told()):
                what = f"the nights brought {', '.join(one) or 'nothing'}; a backfill {', '.join(other) or 'nothing'}"
                self._judge.differences.append(Difference("the backfill", order, what))

    def _say(self, name: str, what: str) -> None:
        self._judge.differences.append(Difference(name, None, what))


def _shown(answer: Mapping[str, Any]) -> set[int] | None:
    """The orders of the squares of a job that ended well, by what it says of itself."""
    if answer["error"] is not None or answer["wait_until"] is not None:
        return None
    return {id_ for square in answer["squares"] for id_ in square["order_ids"]}
