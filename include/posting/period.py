"""What a person says of an account's period: closed up to a day, or open again from one on. On the driver's ports."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Coroutine

from include.facts import Said, said
from include.ledger.actions import Action, Deed
from include.ledger.periods import Period, closed_until
from include.ledger.statements import Now, PeriodOf, SayOfPeriod
from include.moments import local
from include.ports import Ports, tell
from include.posting.closing import About
from include.posting.deciding import DecisionError
from include.settings import Settings

_A_DAY = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDeclaration:
    """Who says what of a period, and why."""

    connection: str
    """The Kontur account."""
    about: About
    day: dt.date
    """The last day that is to be closed; of a reopening, the first that is to be open."""
    seen: int
    """:attr:`Period.turn` of what he had before him."""
    who: str
    why: str


async def declare(ports: Ports, settings: Settings, declared: PeriodDeclaration) -> None:
    """Write it down. Whatever begins to be posted from then on keeps to it.

    Raises:
        DecisionError: it cannot be said of it, or somebody else was quicker; nothing has changed.
        LedgerError: the ledger is away; whether it was written must be read again.
    """
    if not declared.who.strip() or not declared.why.strip():
        raise DecisionError(said("decide_who_and_why"))
    await ports.spawn(1, _writer(settings, declared))


def _writer(settings: Settings, declared: PeriodDeclaration) -> Callable[[Ports], Coroutine[None, None, None]]:
    async def write(ports: Ports) -> None:
        now, period = await ports.state(Now(), PeriodOf(declared.connection))
        if period.turn != declared.seen:
            raise DecisionError(_overtaken(period))
        today = local(now, settings.shop.zone).date()
        if (refused := _against(declared, closed_until(settings, period), today, settings)) is not None:
            raise DecisionError(refused)
        open_from = declared.day if declared.about is About.REOPEN else None
        if not await tell(ports, SayOfPeriod(_action(period, declared), open_from)):
            raise DecisionError(_overtaken(await tell(ports, PeriodOf(declared.connection))))

    return write


def _against(declared: PeriodDeclaration, closed: dt.date | None, today: dt.date, settings: Settings) -> Said | None:
    """Why it cannot be said, ``closed`` being the last closed day."""
    if declared.about is About.CLOSE:
        if declared.day >= today:
            return said("period_not_over", day=declared.day)
        return said("period_closed_already", until=closed) if closed is not None and declared.day <= closed else None
    if closed is None or closed < declared.day:
        return said("period_open_already", day=declared.day)
    by_settings = settings.accounting.closed_until
    if by_settings is not None and declared.day <= by_settings:
        return said("period_closed_by_settings", until=by_settings)
    return None


def _overtaken(period: Period) -> Said:
    return said("period_overtaken", who=period.who, now=standing(period.until))


def standing(until: dt.date | None) -> Said:
    """How a period stands."""
    return said("period_closed", until=until) if until is not None else said("period_open")


def _action(period: Period, declared: PeriodDeclaration) -> Action:
    closes = declared.about is About.CLOSE
    until = declared.day if closes else declared.day - _A_DAY
    return Action(
        who=declared.who,
        kind=Deed.PERIOD_CLOSED if closes else Deed.PERIOD_REOPENED,
        why=declared.why,
        connection=declared.connection,
        facts=(standing(until),),
        before=None if period.until is None else period.until.isoformat(),
        after=until.isoformat(),
        turn=period.turn + 1,
    )
