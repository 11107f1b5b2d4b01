"""What stands in Kontur under one id belongs to one operation only, whatever two senders believe at once."""

import sqlalchemy
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLE = "local_kontur_bukh_operation"


def upgrade() -> None:
    """Payments and refunds by a unique key; for documents, which have no parent, an index to look by.

    MySQL commits each DDL by itself: a run that was killed before it noted the version finds the keys there.
    """
    there = {index["name"] for index in sqlalchemy.inspect(op.get_bind()).get_indexes(_TABLE)}
    if "ux_entry" not in there:
        op.execute(
            f"ALTER TABLE {_TABLE} ADD UNIQUE KEY ux_entry (parent_key, kind, doc_id), ADD KEY ix_document (doc_id)"
        )
