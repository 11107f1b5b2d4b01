"""The judge: what Kontur's books and access log say, against the shop. Our own table is only asked what it claims.

Names of invariants: docs/reliability.md.
"""

from __future__ import annotations

import bisect
import collections
import functools
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec
from kontur_hook.records import DocumentSummary, KnownCounterparty

from include.accounting.marker import find_marker
from include.accounting.payload import body, from_json
from include.ledger.actions import Deed
from include.ledger.operation import OperationRow, State
from include.posting.sender import idempotency_key
from proof.simulation.database import Database
from proof.simulation.kontur import Entry, Kontur, Post
from proof.simulation.people import declared, stays_gone
from proof.simulation.shop import SHOP_CODE, Order, roubles
from proof.simulation.weather import REPOST_BUDGET, SETTLE_S, STALL_S

_idempotency_key = functools.lru_cache(maxsize=4096)(idempotency_key)
_SETTLED = {State.DONE, State.REJECTED, State.REVIEW}


def problems(orders: Mapping[int, Order], kontur: Kontur, database: Database) -> list[str]:
    """Everything that is wrong at the end; empty if nothing is."""
    return [
        *database.broken,
        *_customers(orders, kontur),
        *(problem for order in orders.values() for problem in _order(order, kontur, database)),
        *_claims(kontur, database),
        *_requests(kontur, database),
        *_vacuity(kontur),
    ]


def is_of_our_table(problem: str) -> bool:
    """Whether only our own table shows it, and neither Kontur's books nor its access log."""
    return problem.startswith(("I9 ", "I11 "))


def unsettled(orders: Mapping[int, Order], database: Database) -> bool:
    """Whether something that is due has not come to its end."""
    for order in orders.values():
        rejected = False
        for planned in order.plan(database.now):
            row = database.rows.get(planned.key)
            if row is not None and stays_gone(row, database.rows):
                continue  # nothing more is sent to that document
            if row is None or (row.state not in _SETTLED and not (rejected and row.state is State.PLANNED)):
                return True
            rejected |= row.parent_key is None and row.state is not State.DONE
            if row.state is State.REJECTED and row.plan != planned.plan:
                return True
    return False


def _customers(orders: Mapping[int, Order], kontur: Kontur) -> Iterator[str]:
    records = [e.record for e in kontur.entries if isinstance(e.record, KnownCounterparty) and not e.gone]
    count = collections.Counter((record.inn, record.kpp) for record in records)
    for buyer in {order.buyer for order in orders.values()}:
        if (times := count[buyer.inn, buyer.kpp]) > 1:
            yield f"I1 doubled: customer {buyer.inn} stands {times} times in Kontur"


def _order(order: Order, kontur: Kontur, database: Database) -> Iterator[str]:
    documents = [e for e in kontur.entries if e.marker == (order.id, None) and not e.gone]
    row = database.rows.get(f"sale:{order.id}")
    if not documents and row is not None and stays_gone(row, database.rows):
        return  # a person says so
    if not documents and row is not None and (taken := _taken(row, kontur, database)) is not None:
        if not order.postable:
            return  # entered by hand, and a person says so
        documents = [taken]
    if len(documents) > 1:
        yield f"I1 doubled: order {order.id} has {len(documents)} documents"
        return
    if not order.postable:
        yield from _refused(order, documents, row)
        return
    if not documents:
        refused = row is not None and row.state is State.REVIEW and row.code == "rejected_after_unknown"
        if not _has_its_like(order, row, kontur) and not (refused and order.bad_until):
            yield f"I2 lost: order {order.id} has no document ({row.state if row else 'unknown to the ledger'})"
        return
    yield from _document(order, documents[0], kontur)
    yield from _money(order, documents[0], kontur, database)
    if row is None or row.state is not State.DONE:
        yield f"I11 unfinished: order {order.id} is {row.state if row else 'unknown to the ledger'}"


def _refused(order: Order, documents: list[Entry], row: OperationRow | None) -> Iterator[str]:
    if documents:
        yield f"I3 order {order.id} has a document and should have none"
    if order.shipped_at < float("inf") and (row is None or row.code is None or not row.message):
        state = row.state if row else "unknown to the ledger"
        yield f"I2 order {order.id} cannot be posted and nobody is told why ({state})"


def _taken(row: OperationRow, kontur: Kontur, database: Database) -> Entry | None:
    """What a person took for an operation: he answers for it."""
    entry = kontur.find(row.doc_id)
    return entry if row.key in declared(database) and entry is not None and not entry.gone else None


def _has_its_like(order: Order, row: OperationRow | None, kontur: Kontur) -> bool:
    """Whether it is shown to a person because somebody typed in what equals it in all but the marker."""
    if row is None or row.state is not State.REVIEW or row.code != "mismatch":
        return False
    told = [dict(said.facts).get("id") for said in row.said]
    shown = (e for e in kontur.entries if e.id in told and e.kind == row.kind and not e.marker and not e.gone)
    return any(_listed(e.body) == _listed(_sent(row, e)) and _is_of_its_buyer(e, order, kontur) for e in shown)


def _is_of_its_buyer(document: Entry, order: Order, kontur: Kontur) -> bool:
    customer = kontur.find(getattr(document.record, "counterparty_id", None))
    return customer is not None and getattr(customer.record, "inn", None) == order.buyer.inn


def _listed(body: str) -> list[object]:
    """What a list shows of a document, but for its comment."""
    decoded = msgspec.json.decode(body)
    return [decoded.get(name) for name in ("date", "number", "counterpartyId", "totalAmount")]


def _document(order: Order, document: Entry, kontur: Kontur) -> Iterator[str]:
    assert isinstance(document.record, DocumentSummary)
    total = document.record.total_amount
    if total not in {roubles(amount) for _, amount in order.amounts}:
        yield f"I4 order {order.id}: the document's amount {total} never was the order's"
    customer = kontur.find(document.record.counterparty_id)
    if not _is_of_its_buyer(document, order, kontur):
        yield f"I4 order {order.id}: its document has another customer"
    if customer is not None and customer.at > document.at:
        yield f"I7 order {order.id}: its document is older than its customer"


def _money(order: Order, document: Entry, kontur: Kontur, database: Database) -> Iterator[str]:
    money = [e for e in kontur.entries if e.parent == document.id and not e.gone]
    payments, refunds = ([e for e in money if e.kind == kind] for kind in ("payment", "refund"))
    yield from _compare(order, "payment", payments, [p.body for p in order.payments])
    yield from _compare(order, "refund", refunds, [p.body for p in order.payments if p.refunded_at < float("inf")])
    for payment in order.payments:
        for key in (f"payment:{payment.id}", f"refund:{payment.id}"):
            row = database.rows.get(key)
            if row is not None and row.state is not State.DONE:
                yield f"I11 unfinished: {key} is {row.state}"
    sold, paid, refunded = (_sum(entries) for entries in ([document], payments, refunds))
    if not refunded <= paid <= sold:
        yield f"I6 order {order.id}: sold {sold}, paid {paid}, refunded {refunded}"
    if any(entry.at < document.at for entry in payments):
        yield f"I7 order {order.id}: a payment is older than its document"
    if not all(any(p.body == entry.body and p.at <= entry.at for p in payments) for entry in refunds):
        yield f"I7 order {order.id}: a refund is older than its payment"


def _sum(entries: list[Entry]) -> Decimal:
    amounts = (getattr(e.record, "amount", None) or getattr(e.record, "total_amount", None) for e in entries)
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _compare(order: Order, kind: str, entries: list[Entry], due_bodies: list[str]) -> Iterator[str]:
    found, due = collections.Counter(e.body for e in entries), collections.Counter(due_bodies)
    for what, count in (found - due).items():
        yield f"I1 doubled: order {order.id} has {count} {kind} too many ({what})"
    for what, count in (due - found).items():
        yield f"I2 lost: order {order.id} lacks {count} {kind} ({what})"


def _claims(kontur: Kontur, database: Database) -> Iterator[str]:
    owners: dict[str, str] = {}
    for row in database.rows.values():
        if row.state is State.DONE:
            yield from _claim(row, kontur, database)
            if row.doc_id in owners:
                yield f"I5 {row.key} and {owners[row.doc_id]} both claim {row.doc_id}"
            owners[row.doc_id or ""] = row.key
        elif row.state is State.REJECTED and row.marker and any(e.marker == _ids(row) for e in kontur.entries):
            yield f"I8 {row.key} is rejected and yet in the books"


def _claim(row: OperationRow, kontur: Kontur, database: Database) -> Iterator[str]:
    entry = kontur.find(row.doc_id)
    if stays_gone(row, database.rows):
        if entry is not None and not entry.gone:
            yield f"I5 {row.key} is to stay gone, and stands as {row.doc_id}"
        return
    if entry is None or entry.kind != row.kind or entry.gone:
        yield f"I5 {row.key} is done as {row.doc_id}, which Kontur does not have"
        return
    if entry.marker != _ids(row) and row.key not in declared(database):
        yield f"I5 {row.key} is done as {row.doc_id}, which carries another marker"
    if entry.body != _sent(row, entry) and row.key not in declared(database):
        yield f"I4 {row.key}: the books do not hold what the ledger froze"
    if row.parent_key is not None and entry.parent != database.rows[row.parent_key].doc_id:
        yield f"I5 {row.key} is done as {row.doc_id}, which belongs to another document"


def _ids(row: OperationRow) -> tuple[int, int | None] | None:
    return find_marker(row.marker, SHOP_CODE)


def _sent(row: OperationRow, entry: Entry) -> str:
    """What was sent of it, or would be if ``entry`` did not stand there: before its sending nothing is frozen."""
    if row.payload is not None:
        return row.payload
    return body(from_json(row.plan or ""), counterparty_id=getattr(entry.record, "counterparty_id", None))


def _requests(kontur: Kontur, database: Database) -> Iterator[str]:
    posts = collections.defaultdict(list)
    keys = {
        _idempotency_key(row.connection, key, restarts): key
        for key, row in database.rows.items()
        for restarts in range(row.restarts + 1)
    }
    decided = _decided(database)
    for post in kontur.log:
        posts[keys[post.key]].append(post)
    resent: dict[str, list[float]] = collections.defaultdict(list)
    for key, of_key in posts.items():
        attempts = database.attempts[key]
        if len(attempts) < len(of_key) or any(a.at > p.at for a, p in zip(attempts, of_key, strict=False)):
            yield f"I10 {key}: a request has no row of the journal before it"
        refused, granted = sum(post.refused for post in of_key), database.granted_of[key]
        if len(of_key) > 1 + refused + granted + len(decided[key]):
            yield f"I12 {key}: {len(of_key)} requests, {refused} of them refused, {granted} permitted again"
        for part in _parted(of_key, decided[key]):
            since_unknown = _since_unknown(part)
            for post in since_unknown[1:]:
                if not post.refused:
                    resent[post.run].append(post.at)
            if len({post.body for post in since_unknown}) > 1:
                yield f"I4 {key}: sent again with another content after an unknown outcome"
    for run, times in resent.items():
        yield from _trust(run, sorted(times), database.granted_at[run])


def _trust(run: str, sent: list[float], granted: list[float]) -> Iterator[str]:
    """Within a settle time a run sends again no more than its budget, and as many as it was permitted before that.

    The settle time less P: a sender that lost its lock may come so much later than its operation was taken over.
    """
    for last, at in enumerate(sent):
        since = at - (SETTLE_S - STALL_S)
        count = last + 1 - bisect.bisect(sent, since)
        before = sum(moment <= since for moment in granted)
        if count > REPOST_BUDGET + before:
            yield f"I12 run {run} sent {count} unknown operations again within a settle time, after {before}"
            return


def _decided(database: Database) -> Mapping[str, list[float]]:
    """When a person said of an operation that Kontur does not have it, seconds: what is sent then is no repost."""
    moments: collections.defaultdict[str, list[float]] = collections.defaultdict(list)
    for action in database.actions:
        if action.kind in {Deed.NOT_POSTED, Deed.SENT_AGAIN} and action.at is not None:
            moments[action.op_key or ""].append((action.at - database.clock(0.0)).total_seconds())
    return moments


def _parted(posts: list[Post], moments: list[float]) -> Iterator[list[Post]]:
    """One operation's requests before, between and after these moments."""
    bounds = [float("-inf"), *sorted(moments), float("inf")]
    for since, until in itertools.pairwise(bounds):
        yield [post for post in posts if since <= post.at < until]


def _since_unknown(posts: list[Post]) -> list[Post]:
    """Those of one operation's requests from the first on whose outcome nobody knows."""
    first = next((n for n, post in enumerate(posts) if not post.settled), len(posts))
    return posts[first:]


def _vacuity(kontur: Kontur) -> Iterator[str]:
    if not any(entry.marker for entry in kontur.entries):
        yield "I14 nothing was posted: this schedule shows nothing"
