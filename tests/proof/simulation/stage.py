"""A virtual world in calm weather: what stands in the ledger and in Kontur is put there, then runs follow."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import heapq
import random
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, cast

from kontur_hook.contract import Contract, CounterpartyType, PaymentMethod, VatRate
from kontur_hook.hook import KonturHook
from msgspec import structs

from include.accounting.operations import Counterparty, Finding
from include.accounting.payload import body, counterparty_body
from include.accounting.stored_findings import findings_to_json
from include.facts import Said
from include.ledger.operation import DocumentDay, Kind, OperationRow, State
from include.ports import Ports
from include.posting import closing, period
from include.posting.batch import Loading, post_batch
from include.posting.closing import About, FindingDeclaration
from include.posting.deciding import DecisionError, Declaration, Word
from include.posting.decision import Seen
from include.posting.period import PeriodDeclaration
from include.posting.run import Run
from include.posting.tally import Tally
from include.settings import Settings
from proof.simulation import drivers
from proof.simulation.database import Attempt, Database
from proof.simulation.kontur import Entry, Kontur
from proof.simulation.ports import JOIN, Group, RoundQueue, VirtualPorts, World
from proof.simulation.schedule import ACCOUNTS, SETTINGS
from proof.simulation.shop import CONNECTION, Order, Payment, company
from proof.simulation.weather import SETTLE_S

INN, KPP, OTHER_KPP = "7700000000", "770001001", "540002001"
RETAIL = Counterparty(inn=None, kpp=None, name="Розничные покупатели", type=CounterpartyType.INDIVIDUAL)
SUM = 10_000
_NEVER = float("inf")


def order(id_: int, buyer: Counterparty | None = None, payments: int = 0) -> Order:
    """An order of 100.00, shipped; its payments are equal."""
    paid = tuple(Payment(id_ * 10 + n, 0.0, SUM // payments, PaymentMethod.CASH, _NEVER) for n in range(payments))
    return Order(id_, buyer or company(INN), 0.0, ((0.0, SUM),), 0.0, paid)


class Start:
    """One run over orders, whose workers take turns, or go as far as they are told to."""

    dead = False

    def __init__(self, stage: Stage, order_ids: list[int], run: str, days: Iterable[DocumentDay] = ()) -> None:
        self.run = run
        self.time_is_up = False
        self.workers: list[tuple[VirtualPorts, Coroutine[Any, Any, None]]] = []
        self._stage = stage
        self._most = 0
        self.ports = VirtualPorts(self, stage.world)
        self._itself = post_batch(self.ports, Loading(stage.accounts, stage.settings, run), order_ids, days)

    def instead(self, coroutine: Coroutine[Any, Any, Any]) -> Start:
        """Something else than a run."""
        self._itself.close()
        self._itself = coroutine
        return self

    def spawn(self, queue: RoundQueue, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> Group:
        self.workers.clear()
        for _ in range(most):
            ports = VirtualPorts(self, self._stage.world, queue)
            self.workers.append((ports, work(ports)))
        self._group = Group(most, None)
        return self._group

    def begin(self) -> None:
        """Up to where the workers are."""
        while self._itself.send(None) is not JOIN:
            pass

    def until(self, point: str) -> None:
        """The first worker."""
        while self.workers[0][1].send(None)[0] != point:
            pass

    def lose_locks(self) -> None:
        """Its connections that hold locks die unnoticed."""
        for ports, _ in self.workers:
            assert ports.queue is not None
            assert ports.queue.connections.locks.connection is not None
            ports.queue.connections.locks.connection.alive = False

    def finish(self) -> Tally:
        """All of it; raises what the driver raises."""
        while True:
            turns = [(self._stage.database.now, number) for number in range(len(self.workers))]
            while turns:
                at, number = heapq.heappop(turns)
                self._stage.database.now = max(self._stage.database.now, at)
                if (seconds := self._goes_on(self.workers[number][1])) is not None:
                    heapq.heappush(turns, (self._stage.database.now + seconds, number))
            self.workers.clear()
            try:
                while self._itself.send(None) is not JOIN:
                    pass
            except StopIteration as ended:
                return cast("Tally", ended.value)

    def _goes_on(self, worker: Coroutine[Any, Any, None]) -> float | None:
        """For how many seconds it is busy then; ``None``: it has ended."""
        try:
            _, seconds = worker.send(None)
        except StopIteration:
            return None
        except Exception as error:
            self._group.error = error
            return None
        return float(seconds)


class Stage:
    """The world, and short words for what may stand in it."""

    def __init__(self, *, one_owner: bool = True, **contract: Any) -> None:
        self.rng = random.Random(1)
        self.settings: Settings = SETTINGS
        self.database = Database(self.rng, collections.Counter(), one_owner=one_owner)
        self.kontur = Kontur(self.rng, collections.Counter(), drivers.real(), gets_stuck=False)
        self.world = World(self.database, self.kontur, drivers.real(), self.rng)
        self.accounts = {CONNECTION: dataclasses.replace(ACCOUNTS[CONNECTION], contract=Contract(**contract))}
        self.deciding = drivers.real().deciding
        self._others = 900

    def use(self, section: str, **values: object) -> None:
        """Other settings."""
        changed = getattr(self.settings, section).model_copy(update=values)
        self.settings = self.settings.model_copy(update={section: changed})

    def connect(self, **settings: object) -> None:
        """Another connection to Kontur."""
        hook = type("Hook", (), {"connection_settings": type("Connection", (), settings)})
        self.accounts = {CONNECTION: dataclasses.replace(self.accounts[CONNECTION], hook=cast("KonturHook", hook))}

    def plan(self, *orders: Order, **instead: object) -> None:
        """Their operations, in the ledger; ``instead``: of what a document's row holds."""
        for planned in (row for each in orders for row in each.plan(self.database.now)):
            row = planned if planned.parent_key is not None else structs.replace(planned, **instead)
            self.database.rows[row.key] = row

    def start(self, *order_ids: int, run: str = "run") -> Start:
        return Start(self, list(order_ids), run)

    def post(self, *order_ids: int, run: str = "run", days: Iterable[DocumentDay] = ()) -> Tally:
        """One run."""
        return Start(self, list(order_ids), run, days).finish()

    def person(
        self,
        key: str,
        word: Word,
        id_: str | None = None,
        *,
        seen: Seen | None = None,
        who: str = "Anna",
        why: str = "so",
    ) -> Start:
        """What a person decides of an operation that he looks at now."""
        row = self.database.rows.get(key)
        seen = seen or self.seen(key)
        order_id = row.order_id if row is not None and row.order_id is not None else 0
        asked = Declaration(order_id=order_id, key=key, word=word, seen=seen, who=who, why="so", id=id_)
        start = self.start(run=who)
        run = Run(start.ports, self.accounts[CONNECTION], self.settings, who)
        return start.instead(self.deciding.decide(run, asked))

    def decide(self, key: str, word: Word, id_: str | None = None, **how: Any) -> Said | None:
        """Why it was not decided; ``None``: it was."""
        try:
            self.person(key, word, id_, **how).finish()
        except self.deciding.DecisionError as error:
            told: Said = error.said
            return told
        return None

    def find(self, order_id: int, *findings: Finding) -> None:
        """What the last plan said of an order."""
        self.database.findings[order_id] = findings_to_json(findings)

    def closer(self, finding: Said, about: About = About.CLOSE, *, who: str = "Anna", why: str = "so") -> Start:
        """What a person says of a finding of order 1."""
        start = self.start(run=who)
        return start.instead(closing.declare(start.ports, FindingDeclaration(1, finding, about, who, why)))

    def close(self, finding: Said, about: About = About.CLOSE, **how: str) -> Said | None:
        """Why it was not closed, or reopened; ``None``: it was."""
        try:
            self.closer(finding, about, **how).finish()
        except DecisionError as error:
            return error.said
        return None

    def closes_period(
        self, day: dt.date, about: About = About.CLOSE, *, seen: int = 0, who: str = "Anna", why: str = "so"
    ) -> Start:
        """What a person says of the account's period."""
        start = self.start(run=who)
        declared = PeriodDeclaration(connection=CONNECTION, about=about, day=day, seen=seen, who=who, why=why)
        return start.instead(period.declare(start.ports, self.settings, declared))

    def close_period(self, day: dt.date, about: About = About.CLOSE, **how: Any) -> Said | None:
        """Why it was not closed, or reopened; ``None``: it was."""
        try:
            self.closes_period(day, about, **how).finish()
        except DecisionError as error:
            return error.said
        return None

    def seen(self, key: str) -> Seen:
        """What a person has before him now."""
        row = self.database.rows.get(key)
        return Seen(row.epoch if row is not None else 0, self.database.clock())

    def post_another(self) -> None:
        """A newer document of ours, which shows that the search is fresh."""
        self._others += 1
        self.plan(order(self._others, company("7700000999")))
        self.post(self._others)

    def settle(self) -> None:
        """The settle time passes."""
        self.database.now += SETTLE_S + 1

    def row(self, key: str) -> OperationRow:
        return self.database.rows[key]

    def told(self, key: str) -> tuple[State, str | None]:
        """State and code of an operation."""
        return self.row(key).state, self.row(key).code

    def change(self, key: str, **values: object) -> None:
        """What somebody did to a row."""
        self.database.rows[key] = structs.replace(self.row(key), **values)

    def record(self, buyer: Counterparty) -> Entry:
        """A counterparty that stands in Kontur."""
        return self.kontur.enter(Kind.COUNTERPARTY, None, counterparty_body(buyer))

    def document(self, of: Order, buyer: Entry, amount: int = SUM) -> Entry:
        """A document that stands in Kontur."""
        return self.kontur.enter(Kind.SALE_INVOICE, None, self.sent(of, buyer, amount))

    def delete(self, document: str) -> None:
        """Somebody deletes it in Kontur, and its money with it."""
        for entry in self.kontur.entries:
            if document in {entry.id, entry.parent}:
                entry.gone = True

    def sent(self, of: Order, buyer: Entry, amount: int = SUM) -> str:
        """The body of its request."""
        return body(of.document(amount, VatRate.NONE), counterparty_id=buyer.id)

    def unknown(self, of: Order, buyer: Entry, **instead: object) -> None:
        """Its document was sent long ago, and nobody knows what became of it."""
        since = self.database.clock() - dt.timedelta(seconds=SETTLE_S + 1)
        values: dict[str, object] = {
            "state": State.UNKNOWN,
            "payload": self.sent(of, buyer),
            "attempts": 1,
            "uncertain": True,
            "unknown_since": since,
        }
        self.plan(of, **values | instead)

    def creation(self, buyer: Counterparty, state: State, **values: Any) -> str:
        """A counterparty that was sent, or is about to be; its key."""
        key = f"counterparty:{CONNECTION}:{buyer.inn}/{buyer.kpp or ''}"
        text = counterparty_body(buyer)
        self.database.rows[key] = OperationRow(
            key=key,
            order_id=None,
            connection=CONNECTION,
            kind=Kind.COUNTERPARTY,
            parent_key=None,
            state=state,
            plan=text,
            **values,
        )
        return key

    def confirmed(self, key: str) -> None:
        """By an answer of Kontur's, just now."""
        self.database.attempts[key].append(Attempt(0, self.database.now, "created"))
