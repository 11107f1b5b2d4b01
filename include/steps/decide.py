"""What a person decides of an operation, or of a finding: ``python -m include.steps.decide accept | settle | close …``.

Each decision needs who and why, is a row of the action table, and leaves the order table true; the next run plans the
order again. Nothing is posted here.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import sys
from collections.abc import Sequence

from kontur_hook.errors import KonturError

from include import settings as settings_module
from include.accounting.named import named
from include.books.accounts import accounts
from include.errors import ForAPerson, HouseError
from include.facts import Said, said, several
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.operation import STAYS_GONE, VANISHED, OperationRow, State
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from include.ledger.write_backs import WriteBacks
from include.posting import deciding
from include.posting.closing import About, FindingDeclaration
from include.posting.deciding import Declaration, Word
from include.posting.decision import Seen
from include.posting.live import drive
from include.posting.run import Run
from include.settings import Settings
from include.steps import closing
from include.steps.closing import find_finding
from include.steps.language import language as spoken
from include.steps.outcomes import bring_up
from include.steps.write_back import write_back
from include.words import speak, speaking, text
from include.words.terminal import language

log = logging.getLogger(__name__)


class WhichError(ForAPerson, HouseError):
    """It is not clear what is to be decided of; nothing has changed."""

    said: Said


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """What a person calls an operation."""

    number: str | None = None
    """Of the order, as the shop shows it …"""
    order_id: int | None = None
    """… or its ID."""
    key: str | None = None
    """Of the operation; ``None``: the only one of the order that this can be said of."""


def decide(settings: Settings, asked: Declaration) -> OperationRow:
    """Decide, and bring the order table up; the operation's row as it is now.

    Raises:
        DecisionError: it cannot be decided so, or somebody else was quicker.
        KonturError, LedgerError: one of the two does not work now.
    """
    database, to = LedgerDatabase(), accounts(settings)
    with database.open() as session:
        row = Operations(session).get(asked.key)
    if row is None or row.connection not in to:
        raise deciding.DecisionError(said("decide_no_operation", key=asked.key))
    account = to[row.connection]
    after = drive(database, to, lambda ports: deciding.decide(Run(ports, account, settings, asked.who), asked))
    if after.doc_id != row.doc_id:
        with database.open() as session:
            WriteBacks(session).forget(row.key)
    with speaking(spoken(settings)):
        bring_up([asked.order_id], settings)
        write_back([asked.order_id], settings)
    return after


def find(named_: Named, word: Word) -> tuple[OperationRow, Seen]:
    """The operation that a person means, and what he has before him.

    Raises:
        WhichError: there is none, or more than one.
        LedgerError: the ledger is away.
    """
    with LedgerDatabase().open() as session:
        operations, order_id = Operations(session), _order(session, named_)
        rows, seen_at = operations.of_orders([order_id])[order_id], operations.now()
    if named_.key is not None:
        fitting = [row for row in rows if row.key == named_.key]
    else:
        fitting = [row for row in rows if is_for(row, word)]
    if len(fitting) != 1:
        known = several(*(said("decide_operation", key=row.key, what=named(row.key)) for row in fitting or rows))
        raise WhichError(said("decide_which", operations=known) if rows else said("decide_nothing"))
    return fitting[0], Seen(fitting[0].epoch, seen_at)


def _order(session: Session, named_: Named) -> int:
    ids = [named_.order_id] if named_.order_id is not None else Orders(session).ids_of(named_.number or "")
    if len(ids) != 1:
        orders = several(*map(str, ids))
        raise WhichError(said("decide_number_twice", orders=orders) if ids else said("decide_no_order"))
    return ids[0]


def is_for(row: OperationRow, word: Word) -> bool:
    """Whether this is likely to be said of it."""
    match word:
        case Word.ACCEPT | Word.STANDS:
            return row.asks_a_person or row.state is State.UNKNOWN
        case Word.NOT_POSTED:
            return row.uncertain and row.state in {State.UNKNOWN, State.REVIEW}
        case Word.SEND_AGAIN:
            return row.state is State.DONE and row.code in {VANISHED, STAYS_GONE}
        case Word.STAYS_GONE:
            return row.state is State.DONE and row.code == VANISHED


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Decide what a run cannot know of an operation; nothing is posted.")
    words = parser.add_subparsers(dest="word", required=True)
    accept = words.add_parser("accept", help="what a run found in Kontur is this operation")
    accept.add_argument("--id", help="its id in Kontur, where several were found")
    settle = words.add_parser("settle", help="say what became of it, having looked in Kontur")
    outcome = settle.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--id", help="it stands in Kontur under this id")
    outcome.add_argument("--not-posted", action="store_true", help="it is not in Kontur: a run may send it")
    send_again = words.add_parser("send-again", help="it was posted, is gone from Kontur, and should be there")
    stays_gone = words.add_parser("stays-gone", help="its document was posted, is gone from Kontur, and should be so")
    close = words.add_parser("close", help="what a finding of the order asks for is done by hand, or need not be done")
    reopen = words.add_parser("reopen", help="a finding that was closed is to be asked about again")
    for command in (close, reopen):
        command.add_argument("--finding", metavar="CODE", help="inn_checksum, payment_rest; where there are several")
    for command in (accept, settle, send_again, stays_gone):
        command.add_argument("--operation", metavar="KEY", help="sale:45, payment:7; where the order has several")
    for command in (accept, settle, send_again, stays_gone, close, reopen):
        order = command.add_mutually_exclusive_group(required=True)
        order.add_argument("--order", metavar="NUMBER", help="the order's number, as the shop shows it")
        order.add_argument("--order-id", type=int, metavar="ID", help="the order's ID")
        command.add_argument("--who", required=True, help="your name")
        command.add_argument("--why", required=True, help="what you have seen, for those who ask later")
    return parser.parse_args(given)


def _word(arguments: argparse.Namespace) -> Word:
    match arguments.word:
        case "accept":
            return Word.ACCEPT
        case "settle":
            return Word.NOT_POSTED if arguments.not_posted else Word.STANDS
        case "send-again":
            return Word.SEND_AGAIN
        case _:
            return Word.STAYS_GONE


def main(given: Sequence[str]) -> int:
    """The command line; 1 if nothing was decided."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments = _arguments(given)
    speak(language())
    try:
        done = _of_finding(arguments) if arguments.word in set(About) else _of_operation(arguments)
    except (HouseError, KonturError) as error:
        log.error("%s", error)  # noqa: TRY400 - for a person, who reads no traceback
        return 1
    log.info("%s", text(done))
    return 0


def _of_operation(arguments: argparse.Namespace) -> Said:
    word = _word(arguments)
    row, seen = find(Named(arguments.order, arguments.order_id, arguments.operation), word)
    declared = Declaration(
        order_id=row.order_id or 0,
        key=row.key,
        word=word,
        seen=seen,
        who=arguments.who,
        why=arguments.why,
        id=getattr(arguments, "id", None),
    )
    return _done(decide(settings_module.load(), declared))


def _of_finding(arguments: argparse.Namespace) -> Said:
    about = About(arguments.word)
    with LedgerDatabase().open() as session:
        order_id = _order(session, Named(arguments.order, arguments.order_id))
    finding = find_finding(order_id, about, arguments.finding)
    closing.declare(settings_module.load(), FindingDeclaration(order_id, finding, about, arguments.who, arguments.why))
    return said("finding_closed", what=finding) if about is About.CLOSE else said("finding_reopened", what=finding)


def _done(row: OperationRow) -> Said:
    if row.code == STAYS_GONE:
        return said("decided_stays_gone", operation=named(row.key))
    if row.state is State.DONE:
        return said("decided_stands", operation=named(row.key), id=row.doc_id or "")
    return said("decided_to_send", operation=named(row.key))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
