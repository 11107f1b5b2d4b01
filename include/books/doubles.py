"""Which documents of one marker stand in Kontur, on whatever day.

A list holds the documents of some days. A person who copies a document, our marker with it, gives the copy another day
as a rule, so that a list shows one of the two. Before anything is concluded from it, the others are asked for by
themselves. Only then: a document that is listed alone, under the id that the ledger has, costs no request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kontur_hook.records import DocumentSummary

from include.accounting.marker import find_marker
from include.books.accounts import Account
from include.books.as_shown import document_in_kontur, listed_document, planned_number
from include.books.looked_up import look_up, look_up_own
from include.books.ours import kinds_in_use
from include.facts import Said, Several, said
from include.ledger.operation import DOUBLED, OperationRow, State
from include.settings import Settings

_NAMES = frozenset({"surplus", "ids"})
"""Facts that tell a person which documents there are."""


class Doubles:
    """Asks for what a list does not show."""

    def __init__(self, accounts: Mapping[str, Account], settings: Settings) -> None:
        self._accounts = accounts
        self._kinds = kinds_in_use(settings)
        self._shop_code = settings.shop.code

    def standing(self, row: OperationRow, listed: Iterable[DocumentSummary]) -> dict[str, Said]:
        """Id -> how a person finds it, of all documents that are known to carry the row's marker.

        The list's; the ledger's own, and those that an earlier run told of, unless Kontur says that they are gone, or
        are the order's no longer. What cannot be asked for counts as standing.

        Raises:
            KonturError: Kontur cannot be asked now.
        """
        found = {document.id: listed_document(document) for document in listed}
        if row.state is State.DONE and row.doc_id is not None:
            if row.doc_id in found or self._own_stands(row):
                found[row.doc_id] = document_in_kontur(row, row.doc_id)
            for id_, told in _told(row):
                if id_ not in found and id_ != row.doc_id and (copy := self._copy(row, id_, told)) is not None:
                    found[id_] = copy
        return {id_: found[id_] for id_ in sorted(found)}

    def _own_stands(self, row: OperationRow) -> bool:
        """Whether the document that the ledger has as posted stands in Kontur, and is the order's.

        Kontur may have answered with the id of something else. One whose comment somebody has edited is known by its
        number.
        """
        account = self._accounts.get(row.connection)
        if account is None:
            return True
        read = look_up_own(account, row)
        if read.standing is None:
            return not read.is_gone
        header, number = read.standing.header, planned_number(row)
        marked = find_marker(header.comment, self._shop_code)
        return number in {None, header.number} if marked is None else marked == self._marked(row)

    def _copy(self, row: OperationRow, id_: str, told: Said) -> Said | None:
        """How a person finds it, if it still carries the marker; it may be of another kind, or in another account."""
        for account in self._accounts.values():
            for kind in self._kinds:
                read = look_up(account, kind, id_, number=_number(told))
                if read.standing is not None:
                    header = read.standing.header
                    is_copy = find_marker(header.comment, self._shop_code) == self._marked(row)
                    return listed_document(header) if is_copy else None
                if not read.is_gone:
                    return told
        return None

    def _marked(self, row: OperationRow) -> tuple[int, int | None] | None:
        return find_marker(row.marker, self._shop_code)


def ids_told(row: OperationRow) -> set[str]:
    """Ids of the documents that are known to be doubled, and that a person was told of."""
    return {id_ for id_, _ in _told(row)} | ({row.doc_id} if row.code == DOUBLED and row.doc_id else set())


def _told(row: OperationRow) -> Iterator[tuple[str, Said]]:
    """Id of each document that a person was told of, and how he finds it."""
    for what in row.said if row.code == DOUBLED else ():
        for name, fact in what.facts:
            for told in fact.items if name in _NAMES and isinstance(fact, Several) else ():
                document = said("document_by_id", id=told) if isinstance(told, str) else told
                if isinstance(document, Said) and isinstance(id_ := dict(document.facts).get("id"), str):
                    yield id_, document


def _number(told: Said) -> str | None:
    number = dict(told.facts).get("number")
    return number if isinstance(number, str) else None
