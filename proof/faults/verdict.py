"""What is wrong once all is final: the server's books against the shop, then our own tables against the books."""

from __future__ import annotations

import collections
import contextlib
import pathlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from MySQLdb.connections import Connection

from include.ledger.operation import Kind, State
from include.posting.sender import idempotency_key
from include.window import Window
from sandbox import books
from sandbox.kontur.books import Books


class Place(Protocol):
    """Where something was posted, by whatever ran it."""

    @property
    def books(self) -> pathlib.Path:
        """The file of Kontur's stand-in."""

    def shop(self) -> contextlib.AbstractContextManager[Connection]:
        """A connection that reads the shop."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""


OPEN = (State.PLANNED, State.SENDING, State.UNKNOWN)


def problems(place: Place, window: Window) -> list[str]:
    """Lost, doubled, wrong, unfinished; an empty run is a problem as well. Empty: all is as promised."""
    return [
        *in_the_books(place, window),
        *unfinished(place),
        *_parked(place),
        *wrong_ids(place),
        *unannounced(place),
    ]


def in_the_books(place: Place, window: Window) -> Iterator[str]:
    """Where the server's books differ from the shop, and what stands there more than once."""
    with place.shop() as shop:
        result = books.check(shop, place.books, window.date_from, window.date_to)
    for difference in result.differences:
        yield f"{difference.kind}: order {difference.number}: {difference.message}"
    yield from doubled(place)


def doubled(place: Place) -> Iterator[str]:
    """By the key that each attempt of an operation carries, and by the company where another run created it."""
    kontur = Books(place.books)
    tables = {
        "documents": kontur.documents(),
        "payments": kontur.payments(),
        "refunds": kontur.refunds(),
        "counterparties": kontur.counterparties(),
    }
    money = place.query(
        "SELECT doc_id, op_key, connection FROM local_kontur_bukh_operation"
        f" WHERE state = '{State.DONE}' AND kind IN ('{Kind.PAYMENT}', '{Kind.REFUND}')"
    )
    owners = {id_: key_of(key, connection) for id_, key, connection in money}
    for name, rows in tables.items():
        for key, count in of_operations(rows, owners).items():
            if count > 1:
                yield f"doubled: {count} {name} of the operation with key {key}"
    companies = collections.Counter((row["inn"], row["kpp"], row["name"]) for row in tables["counterparties"])
    yield from (f"doubled: counterparty {who} {count} times" for who, count in companies.items() if count > 1)


def of_operations(rows: Sequence[Mapping[str, Any]], owners: Mapping[str, str]) -> collections.Counter[str]:
    """How many entries each operation has, by the key of its requests.

    Equal payments of one document cannot be told apart, nor need they be (``tests/proof/simulation/test_twins.py``):
    one whose own request put nothing there may have been found in what another's did, which is sent again then.

    Args:
        rows: entries of the server's books.
        owners: id of a payment or refund -> key of the operation that the ledger says it is.
    """
    sent = {row["idempotency_key"] for row in rows}
    by = ((row["idempotency_key"], owners.get(row["id"])) for row in rows)
    return collections.Counter(key if owner is None or owner in sent else owner for key, owner in by)


def key_of(key: str, connection: str = "kontur_default") -> str:
    """The Idempotency-Key of an operation."""
    return idempotency_key(connection, key)


def open_orders(place: Place) -> set[int]:
    """Orders that a run still has to look at; 0 stands for a counterparty."""
    states = ", ".join(f"'{state}'" for state in OPEN)
    rows = place.query(f"SELECT order_id FROM local_kontur_bukh_operation WHERE state IN ({states})")
    return {row[0] or 0 for row in rows}


def left_out(
    query: Callable[[str], list[tuple[Any, ...]]], books: pathlib.Path, order_ids: Collection[int]
) -> Iterator[str]:
    """What is due of these orders and the server's books do not hold: of a green run's orders nothing may be."""
    if not order_ids:
        return
    states = ", ".join(f"'{state}'" for state in (*OPEN, State.DONE))
    due = query(
        f"SELECT op_key, connection, state, doc_id FROM local_kontur_bukh_operation WHERE state IN ({states})"
        f" AND order_id IN ({', '.join(map(str, order_ids))})"
    )
    # The books after the ledger: what is posted in between is there.
    kontur = Books(books)
    money = [*kontur.payments(), *kontur.refunds()]
    held = {row["idempotency_key"] for row in (*kontur.documents(), *money)}
    found = {row["id"] for row in money}  # perhaps in what another one's request put there: see of_operations
    yield from (
        f"{key} is {state}"
        for key, connection, state, doc_id in due
        if key_of(key, connection) not in held and doc_id not in found
    )


def unfinished(place: Place) -> Iterator[str]:
    """Operations that calm weather did not bring to an end.

    A buyer's creation that is only planned is none: its sender was cut short before the request, and by the time that
    another try came, an order with another KPP had made a record that fits. Whose buyer is missing, the books show.
    """
    states = ", ".join(f"'{state}'" for state in OPEN)
    for key, state, message in place.query(
        f"SELECT op_key, state, message FROM local_kontur_bukh_operation WHERE state IN ({states})"
        f" AND NOT (kind = '{Kind.COUNTERPARTY}' AND state = '{State.PLANNED}')"
    ):
        yield f"unfinished: {key} is {state}: {message}"


def _parked(place: Place) -> Iterator[str]:
    """Nothing that these faults do is a person's business."""
    for key, state, message in place.query(
        "SELECT op_key, state, message FROM local_kontur_bukh_operation WHERE state IN ('review', 'rejected')"
    ):
        yield f"parked: {key} is {state}: {message}"


def wrong_ids(place: Place) -> Iterator[str]:
    """What is done has an id that the books have, and nothing else has but a buyer who is the same company."""
    kontur = Books(place.books)
    held = {
        row["id"]
        for rows in (
            kontur.documents(),
            kontur.payments(),
            kontur.refunds(),
            kontur.counterparties(),
        )
        for row in rows
    }
    done = place.query("SELECT op_key, doc_id FROM local_kontur_bukh_operation WHERE state = 'done'")
    yield from (f"wrong id: {key} is done as {id_}, which is not in the books" for key, id_ in done if id_ not in held)
    keys: dict[str, list[str]] = collections.defaultdict(list)
    for key, id_ in done:
        keys[id_].append(key)
    for id_, of_it in keys.items():
        if len(of_it) > 1 and not may_share(of_it):
            yield f"wrong id: {len(of_it)} operations are done as {id_}: {', '.join(sorted(of_it))}"


def may_share(keys: Collection[str]) -> bool:
    """Whether what these operations created may be one record: buyers of one company, which has one for all of them.

    A head office that moved has several KPPs (digits 5 and 6 are 01), and an order without KPP takes the record that
    there is; two branches have one each. So a creation of which nobody knows whether it was sent is found in the record
    that another one has made since (docs/accounting-rules.md).
    """
    companies = {key.partition("/")[0] for key in keys}
    if len(companies) > 1 or not all(key.startswith("counterparty:") and "/" in key for key in keys):
        return False
    kpps = {key.partition("/")[2].partition("#")[0] for key in keys}
    branches = {kpp for kpp in kpps if kpp and kpp[4:6] != "01"}
    return not branches or (len(branches) == 1 and kpps <= {*branches, ""})


def unannounced(place: Place) -> Iterator[str]:
    """Each POST has a line in the journal that was committed before it."""
    kontur = Books(place.books)
    announced = collections.Counter(
        key_of(key, connection)
        for connection, key in place.query(
            "SELECT o.connection, o.op_key FROM local_kontur_bukh_attempt a"
            " JOIN local_kontur_bukh_operation o ON o.op_key = a.op_key"
        )
    )
    sent = collections.Counter(row["idempotency_key"] for row in kontur.requests() if row["method"] == "POST")
    for key, count in (sent - announced).items():
        yield f"unannounced: {count} POSTs with key {key} that the journal does not have"
