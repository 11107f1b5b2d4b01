"""Periods that people close: which row of the action table was the last word on an account's, and only one can be.

Since when the days of a reopened one are to be looked at again. And keys from which the page is answered without
reading the rows: who waits, what a run posted, what a month came to.
"""

import sqlalchemy
from alembic import op

revision = "0010"
down_revision = "0009"

_COLUMNS = {
    "local_kontur_bukh_action": [("turn", "INT UNSIGNED NULL")],
    "local_kontur_bukh_day": [("again_at", "DATETIME(6) NULL")],
}
_KEYS = {
    "local_kontur_bukh_action": {"uq_turn": ["turn", "connection"]},
    "local_kontur_bukh_day": {},
    "local_kontur_bukh_order": {"ix_person": ["state", "code", "waits_since"]},
    "local_kontur_bukh_operation": {
        "ix_day": ["document_date", "connection", "kind", "state", "amount"],
        "ix_run": ["run_id", "state", "kind", "amount"],
        "ix_state": ["state", "updated_at", "amount"],
    },
    "local_kontur_bukh_compared": {"ix_read": ["read_at"]},
}


def upgrade() -> None:
    """Keys that are there with fewer columns get more under their names, by which older code may ask for them.

    Older code leaves the columns NULL, which a unique key does not compare. Others go on reading and writing meanwhile;
    a server that cannot do it so refuses.
    """
    there = sqlalchemy.inspect(op.get_bind())
    for table, keys in _KEYS.items():
        before = {index["name"]: index["column_names"] for index in there.get_indexes(table)}
        there_already = {column["name"] for column in there.get_columns(table)}
        columns = [(name, kind) for name, kind in _COLUMNS.get(table, ()) if name not in there_already]
        changes = [f"ADD COLUMN {name} {kind}" for name, kind in columns]
        for name, of in keys.items():
            if before.get(name) != of:
                changes += [f"DROP KEY {name}"] if name in before else []
                changes.append(f"ADD {'UNIQUE ' if name.startswith('uq') else ''}KEY {name} ({', '.join(of)})")
        if changes:
            op.execute(f"ALTER TABLE {table} {', '.join(changes)}, ALGORITHM = INPLACE, LOCK = NONE")
