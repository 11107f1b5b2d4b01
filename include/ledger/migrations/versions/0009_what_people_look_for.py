"""What people look for: orders that wait for them, by number or INN; operations by day or amount.

Since when an order waits, its total and its buyer's INN are put down when it is planned next.
"""

import sqlalchemy
from alembic import op

revision = "0009"
down_revision = "0008"

_COLUMNS = {
    "local_kontur_bukh_order": {
        "waits_since": "DATETIME(6) NULL",
        "total": "DECIMAL(18, 2) NULL",
        "inn": "VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NULL",
    },
}
_KEYS = {
    "local_kontur_bukh_order": {
        "ix_person": "(state, code)",
        "ix_number": "(number)",
        "ix_inn": "(inn)",
        "ix_run": "(run_id)",
    },
    "local_kontur_bukh_operation": {
        "ix_day": "(document_date, kind, state, amount)",
        "ix_amount": "(amount, order_id)",
    },
}


def upgrade() -> None:
    """MySQL commits each DDL by itself, so what a run that was killed has made already is left out.

    Others go on reading and writing meanwhile; a server that cannot do it so refuses.
    """
    there = sqlalchemy.inspect(op.get_bind())
    for table, keys in _KEYS.items():
        columns = {column["name"] for column in there.get_columns(table)}
        indexes = {index["name"] for index in there.get_indexes(table)}
        added = [
            f"ADD COLUMN {name} {kind}" for name, kind in _COLUMNS.get(table, {}).items() if name not in columns
        ] + [f"ADD KEY {name} {of}" for name, of in keys.items() if name not in indexes]
        if added:
            op.execute(f"ALTER TABLE {table} {', '.join(added)}, ALGORITHM = INPLACE, LOCK = NONE")
