"""What a person decides of differences and of a month; each decision is a row of the action table."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from include.books.ledger_check import check_go_live
from include.errors import ForAPerson, HouseError
from include.facts import Count, Said, said
from include.ledger.actions import Action, Actions, Deed
from include.ledger.compared import ComparedDays
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.days import Days, selecting
from include.ledger.differences import DifferenceRow, Differences
from include.ledger.months import Frozen, FrozenDay, Months
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.moments import begins, local
from include.reconciliation.sides import Depth
from include.settings import Settings
from include.steps.reconciliation.days import each_day, possible
from include.window import Window


class DecisionRefusedError(ForAPerson, HouseError):
    """It cannot be decided so, and nothing has changed; a line for each reason."""


def open_differences(connection: str, window: Window | None = None) -> list[DifferenceRow]:
    """Those that a person still has to settle, of all days or of these."""
    with LedgerDatabase().open() as session:
        table = Differences(session)
        rows = table.standing(connection) if window is None else table.of_window(connection, window)
    return [row for row in rows if row.is_open]


def decide(ids: Sequence[int], who: str, why: str, seen: Mapping[int, str] | None = None) -> None:
    """What shop and books do not agree on may stay so: all of these differences, or none.

    ``seen``: :attr:`DifferenceRow.telling` of each as he had it before him.

    Raises:
        DecisionRefusedError: one is not there, is gone, was decided by somebody, or tells something else by now; or it
            is not said who decides, and why.
        LedgerError: the ledger is away.
    """
    _say(ids, who, why, Deed.DIFFERENCE_DECIDED, seen)


def reopen(ids: Sequence[int], who: str, why: str) -> None:
    """What was decided of these differences holds no longer: of all, or of none.

    Raises:
        DecisionRefusedError: one is not there, is gone, is not decided, or was decided anew meanwhile; or it is not
            said who says so, and why.
        LedgerError: the ledger is away.
    """
    _say(ids, who, why, Deed.DIFFERENCE_REOPENED)


def _say(ids: Sequence[int], who: str, why: str, kind: Deed, seen: Mapping[int, str] | None = None) -> None:
    if not who.strip() or not why.strip():
        raise DecisionRefusedError(said("decide_who_and_why"))
    decides = kind is Deed.DIFFERENCE_DECIDED
    fits = _not_open if decides else _not_decided
    with LedgerDatabase().open() as session:
        table = Differences(session)
        rows = {row.id: row for row in table.by_ids(ids)}
        refused = [reason for id_ in ids if (reason := fits(id_, rows.get(id_))) is not None]
        if seen is not None:
            changed = (id_ for id_ in ids if id_ in rows and seen.get(id_) != rows[id_].telling)
            refused = refused or [said("difference_changed_meanwhile", id=id_) for id_ in changed]
        if refused:
            raise DecisionRefusedError(*refused)

        def write() -> None:
            for row in rows.values():
                if not (table.decide(row, who, why) if decides else table.reopen(row)):
                    raise DecisionRefusedError(said("difference_changed_meanwhile", id=row.id or 0))
                action = Action(
                    who=who,
                    kind=kind,
                    why=why,
                    connection=row.connection,
                    order_id=row.order_id,
                    facts=(row.said,),
                    before="open" if decides else "decided",
                    after="decided" if decides else "open",
                )
                Actions(session).append(action)

        session.in_transaction(write)


def _not_decided(id_: int, row: DifferenceRow | None) -> Said | None:
    if row is None:
        return said("difference_not_there", id=id_)
    if row.gone_at is not None:
        return said("difference_gone", id=id_)
    return None if row.is_decided else said("difference_not_decided", id=id_)


def _not_open(id_: int, row: DifferenceRow | None) -> Said | None:
    if row is None:
        return said("difference_not_there", id=id_)
    if row.gone_at is not None:
        return said("difference_gone", id=id_)
    if row.is_decided:
        return said("difference_decided_already", id=id_, who=row.decided_by or "", why=row.decided_why or "")
    return said("difference_needs_nobody", id=id_) if row.noted else None


def agree(connection: str, month: Window, who: str, settings: Settings, seen: str | None = None) -> None:
    """Freeze a month's figures: somebody stands for them.

    Args:
        connection: the Kontur account.
        month: its days.
        who: the person's name.
        settings: the settings in force.
        seen: the digest of the :func:`figures` that he had before him; ``None``: he was shown none.

    Raises:
        DecisionRefusedError: it is not over, not all of it was looked at or read, something is unconfirmed or not
            decided, it is agreed as it is, or its figures are not those that he saw.
        GoLiveMissingError: nobody said from which day on orders are posted.
        LedgerError: the ledger is away.
    """
    check_go_live(settings)
    if not who.strip():
        raise DecisionRefusedError(said("decide_who_and_why"))
    with LedgerDatabase().open() as session:
        refused = list(against(session, connection, month, settings))
        if refused:
            raise DecisionRefusedError(*refused)
        frozen = figures(session, connection, month)
        if seen not in {None, frozen.digest}:
            raise DecisionRefusedError(said("agree_others_now"))
        before = Months(session).get(connection, month.date_from)
        if before is not None and before.frozen == frozen:
            day = local(before.agreed_at, settings.shop.zone).date()
            raise DecisionRefusedError(said("month_agreed_already", who=before.agreed_by, day=day))
        documents = [day for day in frozen.days if day.measure == "documents"]
        told = said(
            "month_agreed",
            month=month.date_from,
            shop=sum((day.shop for day in documents), start=Decimal("0.00")),
            books=sum((day.books for day in documents), start=Decimal("0.00")),
        )
        action = Action(
            who=who,
            kind=Deed.MONTH_AGREED,
            why="",
            connection=connection,
            facts=(told,),
            before=None if before is None else "agreed",
            after="agreed",
        )

        def write() -> None:
            Months(session).agree(connection, month.date_from, who, frozen)
            Actions(session).append(action)

        session.in_transaction(write)


def against(session: Session, connection: str, month: Window, settings: Settings) -> Iterator[Said]:
    """Why a month cannot be agreed; nothing: it can."""
    today = local(Operations(session).now(), settings.shop.zone).date()
    if month.date_to >= today:
        yield said("agree_not_over", last=month.date_to)
        return
    go_live = settings.accounting.go_live or month.date_from
    uncovered = Days(session).uncovered(selecting(settings), max(go_live, month.date_from), month.date_to)
    if uncovered:
        yield said("agree_uncovered", days=Count(len(uncovered), "day"), first=uncovered[0])
    ended = month.date_to + dt.timedelta(days=1)
    since = begins(ended, settings.shop.zone)
    days = list(each_day(month))
    by_lists = possible(Depth.FULL, settings) is Depth.HEADERS
    unread = set(days) - ComparedDays(session).full_since(connection, days, since, by_lists=by_lists)
    # What was posted into these days since then, nobody has read back; nor are they its figures.
    unread |= ComparedDays(session).posted_into(connection, month, by_lists=by_lists)
    rows = [row for row in Differences(session).of_window(connection, month) if row.gone_at is None]
    later = [row for row in rows if row.measure != "documents" and row.told_by == Depth.HEADERS and not by_lists]
    unread |= {day for row in later for day in row.days}.intersection(days)
    if unread:
        yield said("agree_unread", days=Count(len(unread), "day"), first=min(unread))
    if unconfirmed := OperationQueries(session).unconfirmed(connection, month):
        yield said("agree_unconfirmed", operations=Count(unconfirmed, "operation"))
    undecided = [row for row in rows if row.is_open]
    posted = len(Differences(session).posted_since(undecided))
    if posted:
        yield said("agree_posted_since", differences=Count(posted, "difference"))
    if len(undecided) > posted:
        yield said("agree_undecided", differences=Count(len(undecided) - posted, "difference"))


def figures(session: Session, connection: str, month: Window) -> Frozen:
    """What would be frozen now."""
    rows = [row for row in Differences(session).of_window(connection, month) if row.gone_at is None]
    return Frozen(
        days=tuple(FrozenDay.of(row) for row in ComparedDays(session).of_window(connection, month)),
        differences={row.id or 0: row.telling for row in sorted(rows, key=lambda row: row.id or 0)},
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Changed:
    """A measure on a day that is not as it was agreed."""

    before: FrozenDay | None
    """``None``: it was not compared then."""
    now: FrozenDay


@dataclasses.dataclass(frozen=True, slots=True)
class Since:
    """What changed in a month after it was agreed."""

    days: tuple[Changed, ...] = ()
    appeared: tuple[DifferenceRow, ...] = ()
    """Differences that did not stand then, or told something else."""
    gone: tuple[int, ...] = ()
    """Ids of those that stood then, and do no longer."""


def since_agreed(session: Session, connection: str, month: Window) -> Since | None:
    """Before and now; ``None``: nobody has agreed the month."""
    agreed = Months(session).get(connection, month.date_from)
    if agreed is None:
        return None
    now = figures(session, connection, month)
    before = {(day.day, day.measure): day for day in agreed.frozen.days}
    stood = agreed.frozen.differences
    rows = Differences(session).by_ids(list(now.differences))
    return Since(
        days=tuple(
            Changed(before.get((day.day, day.measure)), day)
            for day in now.days
            if before.get((day.day, day.measure)) != day
        ),
        appeared=tuple(row for row in rows if stood.get(row.id or 0) != row.telling),
        gone=tuple(sorted(stood.keys() - now.differences.keys())),
    )
