"""Which documents' ids were added to the comments of their orders in the shop."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create what is not there yet."""
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS local_kontur_bukh_write_back (
            op_key VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
            written_at DATETIME(6) NULL,
            KEY ix_written (written_at)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
        """
    )
