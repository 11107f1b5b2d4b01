"""What stands in Kontur under one id belongs to one operation, whatever two senders believe at once."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Payments and refunds by a unique key; for documents, which have no parent, an index to look by."""
    op.execute(
        "ALTER TABLE local_kontur_bukh_operation ADD UNIQUE KEY ux_entry (parent_key, kind, doc_id),"
        " ADD KEY ix_document (doc_id)"
    )
