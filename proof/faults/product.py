"""Every crash point × every fault of the server, each for one operation of an order of its own."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
import itertools
import pathlib
import signal
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from typing import Literal, cast, get_args

from MySQLdb.connections import Connection
from stdnum.ru import inn

from include.ledger.operation import State
from include.window import Window
from proof.faults import arena as arenas
from proof.faults import calm, verdict, worker
from proof.faults.arena import Arena
from proof.faults.crashing import Blow, Point
from proof.faults.report import Report
from proof.waiting import wait_until
from sandbox.kontur.faults import catalogue
from sandbox.shop import reference
from sandbox.shop.cases.case import CaseDraft
from sandbox.shop.schema import bitrix_session
from sandbox.shop.writer import Ids, Writer

Kind = Literal["document", "payment", "refund", "counterparty"]
WINDOW = Window(dt.date(2026, 6, 1), dt.date(2026, 6, 30))
_LEFT = frozenset({None, Point.HALF_WRITTEN, Point.AFTER_WRITE, Point.AFTER_SEND, Point.AFTER_RECORD})
"""Where a sender dies whose request has left, if only in part; ``None``: it lives."""
_AT_ONCE = 3
_VERSION = "25"
_KPP = "770001001"

LIES = frozenset(
    {
        "doubled_request",
        "doubled_close_after_commit",
        "foreign_id_after_commit",
        *(f"status_{status}_after_commit" for status in (401, 402, 403, 404, 429)),
    }
)
"""Kontur holds it twice, said «nothing was done» after it wrote, or gave the id of something else: no client can know
at once, the promise excludes them. What the next run's guard sees of it: tests/steps/test_ledger_check.py."""
REFUSALS = frozenset(f"status_{status}_before_commit" for status in (400, 404, 413, 415, 422))
"""Kontur refuses it, by the contract: nothing is written, a person is asked."""
FALSE_REFUSALS = frozenset(f"status_{status}_after_commit" for status in (400, 413, 415, 422))
"""It says so and wrote, against the contract: a person is asked, and will find it in the books, once."""
FAULTS = tuple(
    name for name, fault in catalogue.FAULTS.items() if fault.point is not catalogue.Point.SEARCH and name not in LIES
)


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """The fate of one operation."""

    kind: Kind
    point: Point | None
    """Where its first sender dies; ``None``: it lives."""
    fault: str
    """What the server does with its first POST, whoever sends it."""

    def __str__(self) -> str:
        return f"{self.kind}, {self.point or 'alive'} × {self.fault}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Planned:
    case: Case
    order_id: int
    key: str
    lock: str


def product(kind: Kind, faults: Sequence[str] = FAULTS) -> list[Case]:
    """All crash points, and none, with all faults."""
    return [Case(kind, point, fault) for point, fault in itertools.product((None, *Point), faults)]


def play(folder: pathlib.Path, cases: Sequence[Case]) -> Report:
    """All these crashes and faults, calm days, and the verdict on each."""
    with arenas.running(folder, timeout_s=arenas.TIMEOUT_S) as arena:
        worker.plan(arena.job("tables", WINDOW))
        calm.settle(arena, WINDOW, seed=1)  # the retail counterparty is known from now on
        with arena.shop() as shop:
            planned = _fill(shop, cases)
        worker.plan(arena.job("plan", WINDOW))
        arena.kontur.set_faults(
            next=[{"fault": p.case.fault, "idempotency_key": verdict.key_of(p.key)} for p in planned],
            hang_s=arenas.TIMEOUT_S * 2,
            late_commit_s=arenas.LATE_COMMIT_S,
        )
        problems = [*_crash(arena, planned), *_left(arena, planned)]
        calm.settle(arena, WINDOW, seed=2)
        problems += [*_armed(arena, planned), *_judge(arena, planned)]
    return Report(problems, _counted(cases))


def play_all(folder: pathlib.Path) -> Report:
    """The product for each kind of operation, one arena after the other."""
    total = Report()
    for kind in get_args(Kind):
        report = play(folder / kind, product(kind))
        total.problems += report.problems
        total.fired += report.fired
    return total


def _counted(cases: Sequence[Case]) -> collections.Counter[str]:
    return collections.Counter(
        f"{case.kind}: died {case.point}" if case.point else f"{case.kind}: lived" for case in cases
    )


def _fill(shop: Connection, cases: Sequence[Case]) -> list[_Planned]:
    with bitrix_session(shop):
        reference.ensure(shop, _VERSION)
        ids, writer = Ids(shop, _VERSION), Writer(shop, _VERSION)
        planned = []
        for number, case in enumerate(cases):
            day = WINDOW.date_from + dt.timedelta(days=5 + number % 20)
            draft = CaseDraft(ids, _VERSION, day, None)
            planned.append(_draft(draft, case, number))
            for table, row in draft.rows():
                writer.add(table, row)
        writer.flush()
    return planned


def _draft(draft: CaseDraft, case: Case, number: int) -> _Planned:
    draft.sold()
    lock = f"order:{draft.id}"
    match case.kind:
        case "document":
            key = f"sale:{draft.id}"
        case "payment":
            key = f"payment:{draft.pay('1000.00', draft.on(-1))['ID']}"
        case "refund":
            payment = draft.pay("1000.00", draft.on(-1))
            draft.give_back(payment, draft.on(1))
            key = f"refund:{payment['ID']}"
        case "counterparty":
            digits = f"77{number:07d}"
            company = digits + inn.calc_company_check_digit(digits)
            draft.company(company, _KPP)
            lock = f"counterparty:kontur_default:{company}/"  # one for all records of a company
            key = lock + _KPP
    return _Planned(case, draft.id, key, lock)


def _crash(arena: Arena, planned: Sequence[_Planned]) -> Iterator[str]:
    """Each operation's first sender, a few of them at once; whose end was not the one that was armed."""
    waiting = collections.deque(planned)
    working: dict[int, tuple[_Planned, ForkServerProcess]] = {}
    while waiting or working:
        while waiting and len(working) < _AT_ONCE:
            one = waiting.popleft()
            blow = Blow(point=one.case.point, key=one.key, lock=one.lock) if one.case.point else None
            process = worker.start_loading(arena.job(str(one.case), WINDOW, order_ids=(one.order_id,)), blow)
            working[process.sentinel] = one, process
        for sentinel in connection.wait(list(working)):
            one, process = working.pop(cast("int", sentinel))
            process.join()
            if process.exitcode != (-signal.SIGKILL if one.case.point else 0):
                yield f"idle: {one.case}: its sender ended with {process.exitcode}"


def _left(arena: Arena, planned: Sequence[_Planned]) -> Iterator[str]:
    """The server got the requests that had left, and no others; what a dead sender left it may read a bit later."""

    def wrong() -> list[str]:
        fired = _fired(arena)
        got = {one.case: fired[one.case.fault, verdict.key_of(one.key)] for one in planned}
        return [
            f"idle: {case}: the server got {count} of its requests"
            for case, count in got.items()
            if count != (case.point in _LEFT)
        ]

    with contextlib.suppress(AssertionError):
        wait_until(lambda: not wrong())
    yield from wrong()


def _armed(arena: Arena, planned: Sequence[_Planned]) -> Iterator[str]:
    """Each fault struck its own operation."""
    fired = _fired(arena)
    for one in planned:
        if fired[one.case.fault, verdict.key_of(one.key)] != 1:
            yield f"idle: {one.case}: its fault did not strike"


def _fired(arena: Arena) -> collections.Counter[tuple[str, str]]:
    """Of each fault, and each operation's idempotency key."""
    journal = arena.kontur.control("GET", "/faults/journal")["items"]
    return collections.Counter((row["fault"], row["idempotency_key"]) for row in journal)


def _judge(arena: Arena, planned: Sequence[_Planned]) -> Iterator[str]:
    states = dict(arena.query("SELECT op_key, state FROM local_kontur_bukh_operation"))
    rows = itertools.chain(
        arena.kontur.books.documents(),
        arena.kontur.books.payments(),
        arena.kontur.books.refunds(),
        arena.kontur.books.counterparties(),
    )
    held = collections.Counter(row["idempotency_key"] for row in rows)
    for one in planned:
        ends = (State(states[one.key]), held[verdict.key_of(one.key)])
        if ends not in _expected(one.case):
            yield f"{one.case}: {one.key} is {ends[0]}, and {ends[1]} times in the books"
    yield from verdict.doubled(arena)
    yield from verdict.unfinished(arena)
    yield from verdict.wrong_ids(arena)
    yield from verdict.unannounced(arena)


def _expected(case: Case) -> set[tuple[State, int]]:
    """How it may end: its state, and how often the books hold it."""
    asked = (State.REJECTED, State.REVIEW)
    ends = {(State.DONE, 1)}
    if case.fault in REFUSALS:
        ends |= {(state, 0) for state in asked}
    if case.fault in FALSE_REFUSALS:
        ends |= {(state, 1) for state in asked}
    return ends
