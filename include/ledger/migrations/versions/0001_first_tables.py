"""The order table that other modules of a shop read, and our own tables beside it.

MySQL commits each DDL statement by itself, so each says IF NOT EXISTS: a migration that was cut short is done again.
"""

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    # Its shape is promised to other modules; rows that they left are kept as they are.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_sync (
        ORDER_ID INT NOT NULL PRIMARY KEY,
        KB_DOC_ID VARCHAR(100) NULL,
        SYNCED_AT DATETIME NULL,
        STATUS ENUM('pending', 'synced', 'error') DEFAULT 'pending',
        ERROR_MSG TEXT NULL
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # What the last plan said of an order, and whether a person was already asked.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_order (
        order_id INT NOT NULL PRIMARY KEY,
        number VARCHAR(100) NOT NULL,
        site VARCHAR(2) NOT NULL,
        connection VARCHAR(100) NOT NULL,
        state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NULL,
        code VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NULL,
        message TEXT NULL,
        findings MEDIUMTEXT NOT NULL,
        run_id VARCHAR(250) NOT NULL,
        planned_at DATETIME(6) NOT NULL,
        asked_key CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        asked_run VARCHAR(250) NULL,
        KEY ix_state (state)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # One row for each fact to post. Keys and states compare byte for byte.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_operation (
        op_key VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
        order_id INT NULL,
        connection VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        kind VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        parent_key VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NULL,
        state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        epoch INT UNSIGNED NOT NULL DEFAULT 0,
        attempts INT UNSIGNED NOT NULL DEFAULT 0,
        uncertain TINYINT(1) NOT NULL DEFAULT 0,
        plan MEDIUMTEXT NULL,
        payload MEDIUMTEXT NULL,
        payload_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        marker VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
        document_date DATE NULL,
        amount DECIMAL(18, 2) NULL,
        doc_id VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        unknown_since DATETIME(6) NULL,
        absent_since DATETIME(6) NULL,
        code VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NULL,
        message TEXT NULL,
        run_id VARCHAR(250) NULL,
        created_at DATETIME(6) NOT NULL,
        updated_at DATETIME(6) NOT NULL,
        done_at DATETIME(6) NULL,
        KEY ix_order (order_id),
        KEY ix_state (state, updated_at),
        KEY ix_done (connection, kind, done_at),
        KEY ix_marker (marker),
        KEY ix_run (run_id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # Every POST: written before it is sent, completed after. Append-only.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_attempt (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        op_key VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        epoch INT UNSIGNED NOT NULL,
        run_id VARCHAR(250) NOT NULL,
        repost TINYINT(1) NOT NULL,
        sent_at DATETIME(6) NOT NULL,
        ended_at DATETIME(6) NULL,
        outcome VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NULL,
        http_status SMALLINT NULL,
        trace_id VARCHAR(100) NULL,
        detail VARCHAR(500) NULL,
        KEY ix_operation (op_key, epoch)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # Companies and the retail counterparty that Kontur is known to have.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_counterparty (
        connection VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        identity VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        counterparty_id VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        known_at DATETIME(6) NOT NULL,
        PRIMARY KEY (connection, identity)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # How many unknown operations a run has sent again.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_run (
        run_id VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
        reposts INT UNSIGNED NOT NULL DEFAULT 0
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
    # When the next request of an account may be sent: one rate for all workers.
    """
    CREATE TABLE IF NOT EXISTS local_kontur_bukh_rate (
        connection VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
        next_at DATETIME(6) NOT NULL
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
    """,
)


def upgrade() -> None:
    """Create what is not there yet."""
    for table in _TABLES:
        op.execute(table)
