"""How orders stand is put down as it is, also where somebody changes it while that is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.facts import said, to_json
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.orders import Orders, SyncRow
from include.steps.outcomes import bring_up
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)
REFUSED = (
    "UPDATE local_kontur_bukh_operation SET state = 'rejected', code = 'kontur_rejected', epoch = epoch + 1"
    " WHERE order_id = %s AND parent_key IS NOT NULL"
)
FOUND = "UPDATE local_kontur_bukh_order SET findings = '[]' WHERE order_id = %s"
CLOSED = (
    "INSERT INTO local_kontur_bukh_action (at, who, kind, why, connection, order_id, facts, state_before)"
    " SELECT UTC_TIMESTAMP(6), 'Anna', 'finding_closed', 'by hand', connection, order_id,"
    f" '{to_json([said('not_shipped')])}', 'review' FROM local_kontur_bukh_order WHERE order_id = %s"
)


def told(session: Session, order_id: int) -> object:
    row = session.row("SELECT STATUS FROM local_kontur_bukh_sync WHERE ORDER_ID = %s", [order_id])
    return row and row[0]


@pytest.mark.parametrize(("change", "looks"), [(REFUSED, 2), (FOUND, 2), (CLOSED, 2), ("SELECT %s", 1)])
def test_what_somebody_settles_meanwhile_is_not_written_over(
    nights: Nights, shop: Connection, monkeypatch: pytest.MonkeyPatch, change: str, looks: int
) -> None:
    made = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    assert nights.run(DAY) == []
    write: Callable[[Orders, Sequence[SyncRow]], None] = Orders.write_sync
    written: list[str] = []

    def meanwhile(self: Orders, rows: Sequence[SyncRow]) -> None:
        if not written:
            with LedgerDatabase().open() as other:
                other.execute(change, [made.order_id])
        written.extend(row.status for row in rows)
        write(self, rows)

    monkeypatch.setattr(Orders, "write_sync", meanwhile)
    (outcome,) = bring_up([made.order_id], settings.load())
    assert outcome.sync is not None
    with LedgerDatabase().open() as session:
        assert told(session, made.order_id) == outcome.sync.status == written[-1]
    assert len(written) == looks
    assert written[-1] == ("error" if change is REFUSED else "synced")
