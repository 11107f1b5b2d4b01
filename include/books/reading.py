"""Reading the books at length: lists by ranges of days, and many documents one by one, in bounded memory."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import datetime as dt
import itertools
import logging
from collections.abc import Iterable, Iterator

from kontur_hook.answers import valid_id
from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturError, KonturProtocolError, KonturTransientError
from kontur_hook.paging import PagesContradictError

from include.books.accounts import Account
from include.books.standing import Read, Standing
from include.window import Window

log = logging.getLogger(__name__)

_IN_A_ROW = 5
"""So many documents that cannot be read one after the other are no fault of theirs: Kontur is away."""
_A_DAY = dt.timedelta(days=1)


def ranges(window: Window, days: int) -> Iterator[Window]:
    """The window in parts of at most so many days, first day first."""
    first = window.date_from
    while first <= window.date_to:
        last = min(first + (days - 1) * _A_DAY, window.date_to)
        yield Window(first, last)
        first = last + _A_DAY


def listed(account: Account, kind: DocumentKind, window: Window) -> Iterator[Standing]:
    """All documents of these days, whoever wrote them, each as a list shows it.

    A list that will not stand still is read again in halves: the fewer days, the less changes meanwhile. A document
    whose date is changed while two halves are read may be missed or come twice; read by its id, it is there or not.

    Raises:
        PagesContradictError: not even the list of one day stands still.
        KonturError: a list did not come to its end.
    """
    try:
        shown = list(account.hook.list_documents(kind, date_from=window.date_from, date_to=window.date_to))
    except PagesContradictError:
        days = (window.date_to - window.date_from).days + 1
        if days == 1:
            raise
        for half in ranges(window, (days + 1) // 2):
            yield from listed(account, kind, half)
        return
    yield from (Standing.of(kind, document) for document in shown)


def read_documents(account: Account, wanted: Iterable[tuple[DocumentKind, str]]) -> Iterator[Read]:
    """Documents by their ids, in the order in which they are asked for; as many at once as the connection allows.

    No more are held than are under way, whatever the number of those that are wanted.

    Raises:
        KonturTransientError: several could not be read one after the other.
        KonturError: key, account or settings are wrong.
    """
    at_once = account.hook.connection_settings.concurrency
    names = iter(wanted)
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(at_once, thread_name_prefix="read") as pool:
        under_way = collections.deque(pool.submit(_read, account, name) for name in itertools.islice(names, at_once))
        try:
            while under_way:
                outcome = under_way.popleft().result()
                under_way += (pool.submit(_read, account, name) for name in itertools.islice(names, 1))
                failures = 0 if outcome.error is None else failures + 1
                if outcome.error is not None and failures == _IN_A_ROW:
                    raise outcome.error
                yield outcome.read
        finally:
            for future in under_way:
                future.cancel()


@dataclasses.dataclass(frozen=True, slots=True)
class _Outcome:
    read: Read
    error: KonturError | None = None


def _read(account: Account, name: tuple[DocumentKind, str]) -> _Outcome:
    kind, id_ = name
    if valid_id(id_) is None or not account.contract.read_documents:
        return _Outcome(Read(kind=kind, id=id_))
    try:
        document = account.hook.get_document(kind, id_)
    except (KonturTransientError, KonturProtocolError) as error:
        log.warning("Unread: %s %s: %s", id_, account.connection, error)
        return _Outcome(Read(kind=kind, id=id_), error)
    if document is None:
        return _Outcome(Read(kind=kind, id=id_, is_gone=True))
    return _Outcome(Read(kind=kind, id=id_, standing=Standing.of(kind, document)))
