"""Which days of the shop a finished run has looked at, so that the next night makes up for the others."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create what is not there yet."""
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS local_kontur_bukh_day (
            site VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            day DATE NOT NULL,
            run_id VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            read_at DATETIME(6) NOT NULL,
            selects CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            PRIMARY KEY (site, day)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
        """
    )
