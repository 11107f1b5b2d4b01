"""What people decide, and an operation that begins anew once Kontur has lost what was posted."""

import sqlalchemy
from alembic import op

revision = "0006"
down_revision = "0005"

_OPERATION = "local_kontur_bukh_operation"


def upgrade() -> None:
    """Create what is not there yet; the column is added without rewriting the table, and older code does without it."""
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS local_kontur_bukh_action (
            id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
            at DATETIME(6) NOT NULL,
            who VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            why TEXT CHARACTER SET utf8mb4 NOT NULL,
            connection VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
            order_id INT NULL,
            op_key VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NULL,
            facts MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
            state_before VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
            state_after VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
            KEY ix_order (order_id),
            KEY ix_operation (op_key),
            KEY ix_kind (kind, at)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
        """
    )
    there = {column["name"] for column in sqlalchemy.inspect(op.get_bind()).get_columns(_OPERATION)}
    if "restarts" not in there:
        op.execute(f"ALTER TABLE {_OPERATION} ADD COLUMN restarts INT UNSIGNED NOT NULL DEFAULT 0")
