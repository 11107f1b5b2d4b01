"""After record: the ids of new documents into the comments of their orders, where the settings switch that on."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from include.bitrix.errors import BitrixError, BitrixTransientError
from include.bitrix.write_back import add_document_to_comment, comment_texts, write_connection
from include.facts import said
from include.ledger.connection import LedgerDatabase
from include.ledger.write_backs import WriteBack, WriteBacks
from include.settings import Settings
from include.words import text

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
        told = said("shop_comments_left", count=left, all=len(waiting), reason=error.said or str(error))
        log.warning("%s", text(told))


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
    """For the shop's managers."""
    return text(said("order_comment", id=document.doc_id, day=document.date))
