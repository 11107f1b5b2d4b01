"""What is said of an order is kept as codes and facts, no longer as a sentence.

The sentences stay where they are, and are read as such until their orders are planned again. Who was asked was kept as
a hash of state, code and sentence; from now on a hash of state and code comes first, and what an older version said
counts as anything said of them.
"""

import sqlalchemy
from alembic import op

revision = "0005"
down_revision = "0004"

_TABLE = "local_kontur_bukh_order"
_SEPARATOR = "CHAR(0 USING utf8mb4)"
_STATE_AND_CODE = ", ".join(f"COALESCE(CONVERT({column} USING utf8mb4), 'None')" for column in ("state", "code"))


def upgrade() -> None:
    """MySQL commits each DDL by itself: a run that was killed before it noted the version finds the column there."""
    there = {column["name"] for column in sqlalchemy.inspect(op.get_bind()).get_columns(_TABLE)}
    if "facts" in there:
        return
    told = f"CONCAT_WS({_SEPARATOR}, {_STATE_AND_CODE}, message)"
    op.execute(
        f"UPDATE {_TABLE} SET asked_key ="
        f" CONCAT(LEFT(SHA2(CONCAT_WS({_SEPARATOR}, {_STATE_AND_CODE}), 256), 32), REPEAT('-', 32))"
        f" WHERE CAST(asked_key AS BINARY) = CAST(SHA2({told}, 256) AS BINARY)"
    )
    op.execute(f"ALTER TABLE {_TABLE} CHANGE COLUMN message facts MEDIUMTEXT CHARACTER SET utf8mb4 NULL")
