"""Periods that people close: which row of the action table was the last word on an account's, and only one can be."""

import sqlalchemy
from alembic import op

revision = "0010"
down_revision = "0009"

_TABLE = "local_kontur_bukh_action"


def upgrade() -> None:
    """Older code leaves the column NULL, which a unique key does not compare; others go on reading and writing."""
    there = sqlalchemy.inspect(op.get_bind())
    added = []
    if "turn" not in {column["name"] for column in there.get_columns(_TABLE)}:
        added.append("ADD COLUMN turn INT UNSIGNED NULL")
    if "uq_turn" not in {index["name"] for index in there.get_indexes(_TABLE)}:
        added.append("ADD UNIQUE KEY uq_turn (connection, turn)")
    if added:
        op.execute(f"ALTER TABLE {_TABLE} {', '.join(added)}, ALGORITHM = INPLACE, LOCK = NONE")
