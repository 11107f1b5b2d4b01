"""What a batch has to post into each account, and what Kontur shows of it already, gathered at the same time."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from include.accounting.operations import Counterparty, SaleDocument
from include.accounting.payload import StoredError, from_json
from include.books.posted_before import PostedBefore
from include.ledger.operation import TO_DO, DocumentDay, OperationRow, State
from include.ledger.statements import OfOrders
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


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """What a batch has to post."""

    parts: list[Part]
    unmapped: dict[str, list[int]]
    """Orders of connections that there is no account for."""


async def gather(
    ports: Ports,
    runs: Mapping[str, Run],
    before: Mapping[str, PostedBefore],
    order_ids: Sequence[int],
    days: Iterable[DocumentDay],
) -> Gathered:
    """What the ledger has planned is read, and lists are asked for by the days that are known by now, all at once.

    Args:
        ports: the world.
        runs: Kontur connection id -> the run into that account.
        before: Kontur connection id -> what is asked of that account's lists.
        order_ids: the batch, at most 500.
        days: of its planned documents, as far as they are known; the lists of others are asked for when they are.

    Raises:
        LedgerError: the ledger is away.
    """
    parts: list[Part] = []
    unmapped: dict[str, list[int]] = {}

    async def read() -> None:
        for connection, found in (await _by_account(ports, order_ids)).items():
            if (run := runs.get(connection)) is not None:
                parts.append(await _part(run, found, before[connection]))
            else:
                unmapped[connection] = [*found]

    of_account: dict[str, list[DocumentDay]] = collections.defaultdict(list)
    for day in days:
        of_account[day.connection].append(day)
    await ports.together(read(), *(before[of].look(ports, of_it) for of, of_it in of_account.items() if of in runs))
    return Gathered(parts, unmapped)


async def _part(run: Run, found: dict[int, Sequence[OperationRow]], before: PostedBefore) -> Part:
    """With what the ledger knows of its buyers."""
    before.expect(itertools.chain.from_iterable(found.values()))
    buyers = {order_id: [*_buyers(rows)] for order_id, rows in found.items()}
    await recall(run, itertools.chain.from_iterable(buyers.values()))
    return Part(run, found, {id_: who for id_, of_it in buyers.items() if (who := new(run, of_it))}, before)


async def _by_account(ports: Ports, order_ids: Sequence[int]) -> dict[str, dict[int, Sequence[OperationRow]]]:
    """Of the accounts in which something is to do, the operations of those orders of which it is."""
    found: dict[str, dict[int, Sequence[OperationRow]]] = collections.defaultdict(dict)
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
