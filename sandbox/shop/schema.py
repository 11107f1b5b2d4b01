"""Bitrix's tables as a version of its `sale` module has them; what differs between versions stands in `tables.sql`."""

from __future__ import annotations

import contextlib
import functools
import pathlib
import re
from collections.abc import Iterator

from MySQLdb.connections import Connection

VERSIONS = ("16.5", "19", "22.8", "25", "2026")
CHARSETS = ("utf8mb4", "cp1251")

_TABLES = pathlib.Path(__file__).with_name("tables.sql")
_TABLE = re.compile(r"^CREATE TABLE (?P<name>\w+) \((?P<remark>.*)\n(?P<body>(?:  .*\n)+)\);$", re.MULTILINE)
_LIMIT = re.compile(r"--.*?\b(?P<word>since|before) (?P<version>[\d.]+)")
_KEY = re.compile(r"(PRIMARY |UNIQUE |FULLTEXT )?KEY ")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def at_least(version: str, since: str) -> bool:
    """Whether ``version`` is ``since`` or newer."""
    return _parts(version) >= _parts(since)


def _has(version: str, line: str) -> bool:
    return all((limit["word"] == "since") == at_least(version, limit["version"]) for limit in _LIMIT.finditer(line))


@functools.cache
def _definitions(version: str) -> dict[str, tuple[str, ...]]:
    """Table -> its columns and keys as SQL."""
    if version not in VERSIONS:
        raise ValueError(f"no description of version {version}; there are {', '.join(VERSIONS)}")
    return {
        table["name"]: tuple(
            line.partition(" --")[0].strip().rstrip(",") for line in table["body"].splitlines() if _has(version, line)
        )
        for table in _TABLE.finditer(_TABLES.read_text(encoding="utf-8"))
        if _has(version, table["remark"])
    }


@functools.cache
def columns(version: str) -> dict[str, frozenset[str]]:
    """Table -> the names of its columns in ``version``."""
    return {
        table: frozenset(entry.split()[0].strip("`") for entry in entries if not _KEY.match(entry))
        for table, entries in _definitions(version).items()
    }


@contextlib.contextmanager
def bitrix_session(connection: Connection) -> Iterator[None]:
    """Talk to the server as Bitrix does: ``sql_mode=''``, so that zero dates and cut values are taken."""
    connection.set_character_set("utf8mb4")
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@SESSION.sql_mode")
        before = cursor.fetchone()
        cursor.execute("SET SESSION sql_mode=''")
        yield
        connection.commit()
        cursor.execute("SET SESSION sql_mode=%s", before)


def create(connection: Connection, version: str = "25", charset: str = "utf8mb4") -> None:
    """Create the empty tables in the connection's database.

    Args:
        connection: to an empty database.
        version: one of ``VERSIONS``.
        charset: one of ``CHARSETS``, the tables' own; the connection speaks utf8mb4.
    """
    if charset not in CHARSETS:
        raise ValueError(f"no charset {charset}; there are {', '.join(CHARSETS)}")
    with bitrix_session(connection), connection.cursor() as cursor:
        for table, entries in _definitions(version).items():
            cursor.execute(
                f"CREATE TABLE {table} (\n  " + ",\n  ".join(entries) + f"\n) ENGINE=InnoDB DEFAULT CHARSET={charset}"
            )
