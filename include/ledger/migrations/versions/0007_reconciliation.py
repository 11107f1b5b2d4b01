"""Differences between shop and books, what each day came to when they were compared, and months that were agreed."""

from alembic import op

revision = "0007"
down_revision = "0006"

_TABLES = (
    # One row a document, payment or refund on which the sides do not agree, or did not; never deleted.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_difference (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        connection VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        name CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        code VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        measure VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        facts MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
        order_id INT NULL,
        number VARCHAR(100) CHARACTER SET utf8mb4 NULL,
        op_key VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NULL,
        document_id VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        entry_id VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        shop_day DATE NULL,
        shop_amount DECIMAL(18, 2) NULL,
        books_day DATE NULL,
        books_amount DECIMAL(18, 2) NULL,
        noted TINYINT(1) NOT NULL,
        told_by VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        listed TINYINT(1) NOT NULL,
        run_id VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        first_seen DATETIME(6) NOT NULL,
        last_seen DATETIME(6) NOT NULL,
        gone_at DATETIME(6) NULL,
        asked_code VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
        asked_run VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        decided_by VARCHAR(100) CHARACTER SET utf8mb4 NULL,
        decided_at DATETIME(6) NULL,
        decided_why TEXT CHARACTER SET utf8mb4 NULL,
        decided_on CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        UNIQUE KEY ux_name (connection, name),
        KEY ix_shop_day (connection, shop_day),
        KEY ix_books_day (connection, books_day),
        KEY ix_open (gone_at, code),
        KEY ix_order (order_id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # What a day came to, as the last reading of this depth found it; the differences of that reading by their codes.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_compared (
        connection VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        day DATE NOT NULL,
        measure VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        depth VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        shop DECIMAL(18, 2) NOT NULL,
        books DECIMAL(18, 2) NOT NULL,
        differences TEXT CHARACTER SET utf8mb4 NOT NULL,
        others INT UNSIGNED NOT NULL,
        others_amount DECIMAL(18, 2) NOT NULL,
        run_id VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        read_at DATETIME(6) NOT NULL,
        PRIMARY KEY (connection, day, measure, depth)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # The month as it was agreed, by its first day.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_month (
        connection VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        month DATE NOT NULL,
        agreed_by VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
        agreed_at DATETIME(6) NOT NULL,
        figures MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
        PRIMARY KEY (connection, month)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
)


def upgrade() -> None:
    """Create what is not there yet."""
    for table in _TABLES:
        op.execute(table)
