"""The queries of the accountant's documentation give what they are said to give."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest

from include.ledger.connection import Session
from proof.environment import ROOT

DAY = dt.date(2026, 9, 3)
OPERATIONS = (
    ("sale:1", 1, "saleinvoice", "done", "1000.00", DAY),
    ("payment:11", 1, "payment", "done", "1000.00", DAY),
    ("sale:2", 2, "saleinvoice", "unknown", "500.00", DAY),
    ("payment:31", 3, "payment", "held", "300.00", DAY),
    ("sale:4", 4, "saleinvoice", "done", "77.00", dt.date(2026, 10, 1)),
)


@pytest.mark.parametrize("document", ["docs/en/accountant.md", "docs/ru/accountant.md"])
def test_they_give_what_is_said(session: Session, document: str) -> None:
    for order_id in range(1, 6):
        session.execute(
            "INSERT INTO local_kontur_bukh_order"
            " (order_id, number, site, connection, code, findings, run_id, planned_at)"
            " VALUES (%s, %s, 's1', 'kontur_default', %s, '[]', 'run-1', NOW())",
            [order_id, f"A-{order_id}", "inn_checksum" if order_id == 5 else None],
        )
    for key, order_id, kind, state, amount, day in OPERATIONS:
        session.execute(
            "INSERT INTO local_kontur_bukh_operation"
            " (op_key, order_id, connection, kind, state, amount, document_date, marker, created_at, updated_at)"
            " VALUES (%s, %s, 'kontur_default', %s, %s, %s, %s, 'BX1', NOW(), NOW())",
            [key, order_id, kind, state, amount, day],
        )
    session.execute("INSERT INTO local_kontur_bukh_sync (ORDER_ID, STATUS, ERROR_MSG) VALUES (5, 'error', 'wrong INN')")

    text = (ROOT / document).read_text(encoding="utf-8")
    waiting, held, unconfirmed, posted = (
        session.rows(query) for query in re.findall(r"```sql\n(.+?);\n```", text, re.DOTALL)
    )
    assert waiting == [("A-5", "inn_checksum", "wrong INN")]
    assert held == [("A-3", DAY, Decimal("300.00"))]
    assert unconfirmed == [("A-2", "saleinvoice", DAY, Decimal("500.00"), "BX1")]
    assert sorted(posted) == [
        ("kontur_default", "payment", 1, Decimal("1000.00")),
        ("kontur_default", "saleinvoice", 1, Decimal("1000.00")),
    ]
