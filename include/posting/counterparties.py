"""Which counterparty of Kontur a buyer is: known, found, or created once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from kontur_hook.records import KnownCounterparty

from include.accounting.operations import Counterparty
from include.accounting.payload import counterparty_body
from include.ledger.counterparties import Counterparties, identity
from include.ledger.operation import OperationRow, State
from include.posting.core import Action, Result, Step
from include.posting.order_state import UNKNOWN_DEADLINE
from include.posting.sender import Account, Sender

_LOOK_FOR_IT = (
    "its buyer was sent to Kontur, which has not shown since whether it has it: look there, and enter the buyer by hand"
    " if it is missing; the next run goes on with it"
)
_OTHERS_WAIT_S = 30
"""How long the second order of a new company waits for the first one to create it."""


class AmbiguousError(Exception):
    """Several counterparties could be the buyer; ``str()`` says which and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Unresolved:
    """The counterparty is not known yet; the order waits for what ``action`` says."""

    action: Action
    message: str | None = None
    overdue: bool = False
    """Its outcome has been unknown for too long: a person must look."""


def choose(wanted: Counterparty, found: Sequence[KnownCounterparty]) -> str | None:
    """The id to use, ``None`` to create: by (INN, KPP), never «the first» (DESIGN §5).

    Raises:
        AmbiguousError: several records fit.
    """
    if wanted.inn is None:
        fitting = [record for record in found if record.name == wanted.name and not record.inn]
    else:
        company = [record for record in found if record.inn == wanted.inn]
        fitting = [record for record in company if (record.kpp or None) == wanted.kpp]
        if not fitting and wanted.kpp is None:
            fitting = company
    if len(fitting) > 1:
        ids = ", ".join(record.id for record in fitting)
        what = f"INN {wanted.inn}" + (f", KPP {wanted.kpp}" if wanted.kpp else "") if wanted.inn else "this name"
        raise AmbiguousError(
            f"Kontur has {len(fitting)} counterparties with {what} (ids {ids}):"
            " merge them, or give the order the KPP of the right one"
        )
    return fitting[0].id if fitting else None


def resolve(sender: Sender, account: Account, wanted: Counterparty, *, retail_id: str | None) -> str | Unresolved:
    """The buyer's id in Kontur; looked up, and created under the company's own lock where there is none.

    Raises:
        AmbiguousError: several records fit.
        KonturError: the look-up failed.
        LedgerError: the ledger is away.
    """
    if wanted.id is not None:
        return wanted.id
    if wanted.inn is None and retail_id is not None:
        return retail_id
    who = identity(wanted)
    if known := Counterparties(sender.session).known(account.connection, [who]).get(who):
        return known
    key = f"counterparty:{account.connection}:{who}"
    with sender.locks.holding(key, wait_s=_OTHERS_WAIT_S) as ours:
        if not ours:
            return Unresolved(Action(Step.FINISH, result=Result.WAITING))
        # Another order may have made it known while this one waited.
        known = Counterparties(sender.session).known(account.connection, [who]).get(who)
        id_ = known or _find_or_create(sender, account, wanted, key)
        if isinstance(id_, str):
            # The session may be another one by now.
            Counterparties(sender.session).remember(account.connection, who, id_)
        return id_


def _find_or_create(sender: Sender, account: Account, wanted: Counterparty, key: str) -> str | Unresolved:
    row = sender.operations.get(key)
    if row is None or not row.begun or row.state is State.REVIEW:
        if wanted.inn is not None:
            found = account.hook.find_counterparties(inn=wanted.inn)
        elif account.contract.search_counterparties_by_name:
            found = account.hook.find_counterparties(name=wanted.name)
        else:
            return Unresolved(
                Action(Step.FINISH, result=Result.REJECTED),
                f"set accounting.retail_counterparty_id: Kontur is not searched for «{wanted.name}» by name",
            )
        if (id_ := choose(wanted, found)) is not None:
            return id_
        if row is not None and row.state is State.REVIEW:
            return Unresolved(Action(Step.FINISH, result=Result.REVIEW), row.message)
        if row is not None and row.state is State.REJECTED and row.plan == counterparty_body(wanted):
            # The same is not sent again for each of the company's orders.
            return Unresolved(Action(Step.FINISH, result=Result.REJECTED), row.message)
        planned = OperationRow(
            key=key,
            order_id=None,
            connection=account.connection,
            kind="counterparty",
            parent_key=None,
            state=State.PLANNED,
            plan=counterparty_body(wanted),
        )
        sender.operations.plan([planned])
        row = sender.operations.get(key)
        assert row is not None
    row, action = sender.post(row, account, lock=key, body=lambda: counterparty_body(wanted))
    if row.state == State.DONE and row.doc_id is not None:
        return row.doc_id
    if _is_overdue(row, sender.operations.now()):
        return Unresolved(action, _LOOK_FOR_IT, overdue=True)
    return Unresolved(action, row.message)


def _is_overdue(row: OperationRow, now: dt.datetime) -> bool:
    """Only a newer counterparty of ours shows that the search is fresh, and a shop without companies has none."""
    return row.state is State.UNKNOWN and row.unknown_since is not None and now - row.unknown_since > UNKNOWN_DEADLINE
