"""A ledger of any size, made by its database: two operations an order and a refund for every other one, three years."""

from __future__ import annotations

from include.accounting.findings import found
from include.accounting.operations import Verdict
from include.accounting.stored_findings import findings_to_json
from include.facts import Inn, said, to_json
from include.ledger.connection import LedgerDatabase, Session
from sandbox.shop.numbers import numbers

DAYS, LAST_DAY = 1095, "2026-10-31"
"""The last one, and how many there are."""
LAST_RUN = "manual__catching_up"
"""Posted a twentieth of all."""
_OF_ORDER = 2.5
_BODY = 600
"""Characters of a body and of a plan."""
_DAY = f"DATE('{LAST_DAY}') - INTERVAL ({{n}} MOD {DAYS}) DAY"
_RUN = f"IF({{n}} MOD 20 = 0, '{LAST_RUN}', CONCAT('scheduled__', {_DAY}))"
_TYPO = said("inn_checksum", inn=Inn("7707083894"))


def fill_many(database: LedgerDatabase, operations: int) -> int:
    """Fill an empty ledger; how many orders it has. One of a hundred waits, one of fifty has money that is held."""
    orders = int(operations / _OF_ORDER)
    with database.open() as session:
        session.execute("SET SESSION unique_checks = 0, foreign_key_checks = 0")
        _orders(session, orders)
        for kind, key, every in (("saleinvoice", "sale", 1), ("payment", "payment", 1), ("refund", "refund", 2)):
            _operations(session, orders, kind, key, every)
        _around(session, orders)
        for table in ("order", "operation", "attempt", "action", "difference", "compared"):
            session.rows(f"ANALYZE TABLE local_kontur_bukh_{table}")
    return orders


def _orders(session: Session, orders: int) -> None:
    finding = findings_to_json([found(Verdict.REJECTED, _TYPO.code, inn=Inn("7707083894"))])
    state = "CASE WHEN seq MOD 100 = 0 THEN 'rejected' WHEN seq MOD 50 = 1 THEN 'held' ELSE 'done' END"
    session.execute(
        "INSERT INTO local_kontur_bukh_order (order_id, number, site, connection, state, code, facts, findings, run_id,"
        f" planned_at, total, inn, waits_since) SELECT seq, seq + 1000, 's1', 'kontur_default', {state},"
        " IF(seq MOD 100 = 0, CONCAT('inn_checksum', IF(seq MOD 300 = 0, '', seq DIV 100 MOD 20)), NULL),"
        f" IF(seq MOD 100 = 0, %s, NULL), IF(seq MOD 100 = 0, %s, '[]'), {_RUN.format(n='seq')},"
        f" {_DAY.format(n='seq')}, seq MOD 90000 + 1, IF(seq MOD 10 = 0, 7700000000 + seq MOD 5000, NULL),"
        f" IF(seq MOD 100 = 0, {_DAY.format(n='seq')}, NULL) FROM {numbers(orders)}",
        [to_json([_TYPO]), finding],
    )


def _operations(session: Session, orders: int, kind: str, key: str, every: int) -> None:
    is_document = kind == "saleinvoice"
    session.execute(
        "INSERT INTO local_kontur_bukh_operation (op_key, order_id, connection, kind, parent_key, state, epoch, plan,"
        " payload, marker, document_date, amount, doc_id, run_id, created_at, updated_at, done_at)"
        f" SELECT CONCAT('{key}:', seq), seq, 'kontur_default', '{kind}',"
        f" {'NULL' if is_document else 'CONCAT(%s, seq)'},"
        " CASE WHEN seq MOD 100 = 0 THEN 'rejected' WHEN seq MOD 50 = 1 THEN 'held' ELSE 'done' END, 3,"
        f" REPEAT('x', {_BODY}), CONCAT('{{\"comment\":\"', REPEAT('x', {_BODY}), '\"}}'),"
        f" {'CONCAT(%s, seq)' if is_document else 'NULL'}, {_DAY.format(n='seq')}, seq MOD 90000 + 1,"
        f" CONCAT('{key}-', seq), {_RUN.format(n='seq')}, {_DAY.format(n='seq')}, {_DAY.format(n='seq')},"
        f" {_DAY.format(n='seq')} FROM {numbers(orders)} WHERE seq MOD {every} = 0",
        ["BX1-S" if is_document else "sale:"],
    )


def _around(session: Session, orders: int) -> None:
    """A request for each document, what people did, the days as they were compared, differences decided and open."""
    session.execute(
        "INSERT INTO local_kontur_bukh_attempt (op_key, epoch, run_id, repost, sent_at, ended_at, outcome, http_status)"
        f" SELECT CONCAT('sale:', seq), 2, 'r', 0, NOW(6), NOW(6), 'created', 201 FROM {numbers(orders)}"
    )
    session.execute(
        "INSERT INTO local_kontur_bukh_action (at, who, kind, why, connection, order_id, op_key, facts)"
        f" SELECT NOW(6), 'Anna', 'retried', '', NULL, seq * 10, NULL, %s FROM {numbers(orders // 10)}",
        [to_json([])],
    )
    session.execute(
        "INSERT INTO local_kontur_bukh_compared (connection, day, measure, depth, shop, books, differences, others,"
        " others_amount, run_id, read_at) SELECT 'kontur_default', "
        f"{_DAY.format(n='d.seq')}, m.measure, 'full', d.seq, d.seq, %s, 0, 0, 'r', NOW(6) FROM {numbers(DAYS, 'd')},"
        " (SELECT 'documents' AS measure UNION SELECT 'payments' UNION SELECT 'refunds') m",
        ['{"version":1,"by_code":{}}'],
    )
    gone = said("difference_vanished", document="x", id="x", remedy=said("vanished_restore"))
    session.execute(
        "INSERT INTO local_kontur_bukh_difference (connection, name, code, measure, facts, order_id, number, op_key,"
        " shop_day, shop_amount, noted, told_by, listed, run_id, first_seen, last_seen, gone_at)"
        " SELECT 'kontur_default', SHA2(seq, 256), 'vanished', 'documents', %s, seq * 50, seq,"
        f" CONCAT('sale:', seq * 50), {_DAY.format(n='seq')}, 100, seq MOD 3 = 1, 'full', 1, 'r', NOW(6), NOW(6),"
        " IF(seq MOD 3 = 0, NOW(6), NULL)"
        f" FROM {numbers(orders // 50)}",
        [to_json([gone])],
    )
