"""What an order's last plan was made from, as a hash: a run leaves out what would be planned the same.

Without one, as of all orders that were planned before, an order is looked at.
"""

import sqlalchemy
from alembic import op

revision = "0008"
down_revision = "0007"

_TABLE = "local_kontur_bukh_order"


def upgrade() -> None:
    """MySQL commits each DDL by itself: a run that was killed before it noted the version finds the column there."""
    there = {column["name"] for column in sqlalchemy.inspect(op.get_bind()).get_columns(_TABLE)}
    if "fingerprint" not in there:
        op.execute(f"ALTER TABLE {_TABLE} ADD COLUMN fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL")
