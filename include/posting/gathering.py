"""What a batch has to post into each account, and what Kontur shows of it already, gathered at the same time."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from include.accounting.operations import Counterparty, SaleDocument
from include.accounting.payload import StoredError, from_json
from include.books.posted_before import PostedBefore
from include.ledger.operation import TO_DO, Kind, OperationRow, State
from include.ledger.statements import OfOrders, PlannedDays
from include.ports import Ports, tell
from include.posting.counterparties import new, recall
from include.posting.run import Run


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Of a batch, what one account gets."""

    run: Run
    found: dict[int, Sequence[OperationRow]]
    """Order -> its operations of the account."""
    new_buyers: dict[int, set[str]]
    """Order -> identities of its buyers that have to be looked up first; only orders that have such."""
    before: PostedBefore

    async def add(self, found: Mapping[int, Sequence[OperationRow]]) -> None:
        """Take in more orders of the account, with what the ledger knows of their buyers.

        Raises:
            LedgerError: the ledger is away.
        """
        self.found.update(found)
        buyers = {order_id: [*_buyers(rows)] for order_id, rows in found.items()}
        await recall(self.run, itertools.chain.from_iterable(buyers.values()))
        self.new_buyers.update({order_id: who for order_id, of_it in buyers.items() if (who := new(self.run, of_it))})

    async def listed(self) -> set[str]:
        """Keys of the planned documents that Kontur shows already.

        Raises:
            KonturError: the lists cannot be read; without them nothing is posted.
        """
        return await self.before.of([*itertools.chain(*self.found.values())])


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """What a batch has to post."""

    parts: list[Part]
    unmapped: dict[str, list[int]]
    """Orders of connections that there is no account for."""


class Late:
    """Orders of a batch that are still being planned while the others are read; here, none."""

    order_ids: Collection[int] = ()

    async def planned(self) -> None:
        """Return once the ledger has all that is planned of them.

        Raises:
            BaseException: it could not be planned; nothing of the batch is posted then.
        """


async def gather(ports: Ports, runs: Mapping[str, Run], order_ids: Sequence[int], late: Late) -> Gathered:
    """What the ledger has planned by now is read, and lists are asked for by its days, all at once; then the late ones.

    Args:
        ports: the world.
        runs: Kontur connection id -> the run into that account.
        order_ids: the batch, at most 500.
        late: those of it that are not planned yet.

    Raises:
        LedgerError: the ledger is away.
        BaseException: what kept the late ones from being planned.
    """
    before = {of: PostedBefore(ports, run.account, run.settings.shop.code) for of, run in runs.items()}
    days: dict[str, list[tuple[Kind, dt.date]]] = collections.defaultdict(list)
    for connection, kind, day in await tell(ports, PlannedDays(order_ids)):
        days[connection].append((kind, day))
    parts = {of: Part(run, {}, {}, before[of]) for of, run in runs.items()}
    unmapped: dict[str, list[int]] = collections.defaultdict(list)

    async def read(some: Sequence[int]) -> None:
        for connection, found in (await _by_account(ports, some)).items():
            if (part := parts.get(connection)) is not None:
                await part.add(found)
            else:
                unmapped[connection] += found

    async def read_all() -> None:
        of_late = frozenset(late.order_ids)
        await read([order_id for order_id in order_ids if order_id not in of_late])
        await late.planned()
        if of_late:
            await read([order_id for order_id in order_ids if order_id in of_late])

    await ports.together(read_all(), *(before[of].look(of_it) for of, of_it in days.items() if of in runs))
    return Gathered([part for part in parts.values() if part.found], unmapped)


async def _by_account(ports: Ports, order_ids: Sequence[int]) -> dict[str, dict[int, list[OperationRow]]]:
    """Of the accounts in which something is to do, the operations of those orders of which it is."""
    found: dict[str, dict[int, list[OperationRow]]] = collections.defaultdict(dict)
    for order_id, read in (await tell(ports, OfOrders(order_ids))).items():
        rows = to_be_tried(read)
        for connection in sorted({row.connection for row in rows if is_to_do(row) or row.is_looked_back_at}):
            found[connection][order_id] = [row for row in rows if row.connection == connection]
    return found


def to_be_tried(rows: Iterable[OperationRow]) -> list[OperationRow]:
    """What is refused for a cause in Kontur comes as planned, and stays refused until that is corrected."""
    return [structs.replace(row, state=State.PLANNED) if row.waits_for_kontur else row for row in rows]


def _buyers(rows: Iterable[OperationRow]) -> Iterator[Counterparty]:
    """Of the planned documents that can be read; of the others their own worker says what is wrong."""
    for row in rows:
        if row.state is State.PLANNED and row.parent_key is None and row.plan is not None:
            with contextlib.suppress(StoredError):
                if isinstance(operation := from_json(row.plan), SaleDocument):
                    yield operation.counterparty


def is_to_do(row: OperationRow) -> bool:
    """To be sent, to be looked for, or to be looked at again because something else stood in its place."""
    return row.state in TO_DO or row.misplaced
