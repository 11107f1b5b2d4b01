"""Whether the ledger's user may do what a run will ask of it: tried by statements that change nothing.

The server checks rights before it looks whether a table or a row is there, so a statement on a table that does not
exist, or on none of its rows, tells as much as a real one.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator

from include.facts import Said, said, several
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerConfigurationError
from include.ledger.migrate import is_up_to_date

_DENIED = frozenset({1044, 1142, 1143})
_HARMLESS = frozenset({1146, 1054})
"""No such table, no such column: the right was there."""
_PROBE = "local_kontur_bukh_operation"
"""Asked for where there are no tables yet."""
_NOWHERE = "local_kontur_bukh_nowhere"
_ON_A_TABLE = {
    "SELECT": "SELECT 1 FROM `{table}` LIMIT 0",
    "INSERT": "INSERT INTO `{table}` SELECT * FROM `{table}` WHERE FALSE",
    "UPDATE": "UPDATE `{table}` SET `{column}` = `{column}` WHERE FALSE",
    "DELETE": "DELETE FROM `{table}` WHERE FALSE",
}
_FOR_A_MIGRATION = {
    "CREATE": f"CREATE TABLE {_NOWHERE} LIKE {_NOWHERE}_2",
    "ALTER": f"ALTER TABLE {_NOWHERE} ADD COLUMN nothing INT",
    "INDEX": f"CREATE INDEX nothing ON {_NOWHERE} (nothing)",
}
_TABLES = (
    "SELECT table_name, MIN(column_name) FROM information_schema.columns WHERE table_schema = DATABASE()"
    " AND table_name LIKE 'local\\_kontur\\_bukh\\_%%' GROUP BY table_name ORDER BY table_name"
)


def missing_rights(database: LedgerDatabase) -> list[Said]:
    """What the user of the ledger may not do, with the GRANT that is missing; empty when all is well.

    Raises:
        LedgerError: the database is away, or refuses for another reason.
    """
    with database.open() as session:
        missing: dict[str, list[str | Said]] = collections.defaultdict(list)
        for table, column in session.rows(_TABLES) or [(_PROBE, "op_key")]:
            for right in _denied(session, _ON_A_TABLE, table=table, column=column):
                missing[right].append(table)
        if "SELECT" not in missing and not is_up_to_date(session):
            for right in _denied(session, _FOR_A_MIGRATION):
                missing[right].append(said("tables_to_come"))
        return [*_told(session, database, missing), *_locks(session, database)]


def _denied(session: Session, statements: dict[str, str], **names: str) -> Iterator[str]:
    for right, statement in statements.items():
        try:
            session.execute(statement.format(**names))
        except LedgerConfigurationError as error:
            if error.code in _DENIED:
                # A statement may need more than the right it is there for; the server says which one it lacked.
                lacked = re.search(r"([A-Z]+) command denied", str(error.__cause__))
                yield lacked[1] if lacked else right
            elif error.code not in _HARMLESS:
                raise


def _told(session: Session, database: LedgerDatabase, missing: dict[str, list[str | Said]]) -> Iterator[Said]:
    if not missing:
        return
    row = session.row("SELECT CURRENT_USER()")
    user, _, host = str(row[0] if row else "").rpartition("@")
    yield said(
        "ledger_right_missing",
        connection=database.connection_id,
        rights=several(
            *(
                said("right_on_tables", right=right, tables=several(*dict.fromkeys(tables)))
                for right, tables in sorted(missing.items())
            )
        ),
        grant=f"GRANT {', '.join(sorted(missing))} ON `{database.name}`.* TO '{user}'@'{host}';",
    )


def _locks(session: Session, database: LedgerDatabase) -> Iterator[Said]:
    name = f"kontur.preflight.{id(session)}"
    taken = session.row("SELECT GET_LOCK(%s, 0)", [name])
    held = session.row("SELECT IS_USED_LOCK(%s) = CONNECTION_ID()", [name])
    session.row("SELECT RELEASE_LOCK(%s)", [name])
    if not (taken and taken[0] == 1 and held and held[0] == 1):
        yield said("ledger_locks_not_kept", connection=database.connection_id)
