"""After record: the ids of new documents into the comments of their orders, where the settings switch that on."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from include.bitrix.errors import BitrixError, BitrixTransientError
from include.bitrix.write_back import add_document_to_comment, comment_texts, write_connection
from include.ledger.connection import LedgerDatabase
from include.ledger.write_backs import WriteBack, WriteBacks
from include.settings import Settings

log = logging.getLogger(__name__)


def write_back(order_ids: Sequence[int], settings: Settings) -> None:
    """Add each confirmed document of these orders to its order's comment, once; what fails waits for the next run.

    Raises:
        LedgerError: the ledger is away.
    """
    if not settings.accounting.write_back_comment:
        return
    with LedgerDatabase().open() as session:
        table = WriteBacks(session)
        table.ask_for(order_ids)
        waiting = table.waiting()
        left, error = _write(table, waiting) if waiting else (0, None)
    if error is not None:
        log.warning(
            "%s of %s documents could not be added to the comments of their orders in the shop; the books are right,"
            " and the next run tries again. %s",
            left,
            len(waiting),
            error,
        )


def _write(table: WriteBacks, waiting: Sequence[WriteBack]) -> tuple[int, BitrixError | None]:
    """How many are left, and why."""
    left, first_error = len(waiting), None
    try:
        with write_connection() as shop_db:
            texts = comment_texts(shop_db)
            for document in waiting:
                line = texts.fit("COMMENTS", _line(document)) or ""
                try:
                    add_document_to_comment(shop_db, document.order_id, line)
                except BitrixTransientError:
                    raise
                except BitrixError as error:  # this comment is full, or the like: the others go on
                    first_error = first_error or error
                else:
                    table.mark_written(document.key)
                    left -= 1
    except BitrixError as error:
        return left, error
    return left, first_error


def _line(document: WriteBack) -> str:
    """For the shop's managers, so in their language."""
    return f"Контур: документ {document.doc_id} от {document.date:%d.%m.%Y}"
