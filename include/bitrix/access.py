"""Whether the reading user can read all that is needed, in tables of the right kind, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from include.bitrix.columns import MONEY, OPTIONAL, REQUIRED
from include.bitrix.errors import BitrixConfigurationError
from include.bitrix.problems import ShopProblem, error, warning
from include.bitrix.snapshot import ShopDatabase
from include.facts import said, several

_HARMLESS = {"SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REPLICATION CLIENT", "BINLOG MONITOR"}
_OWN_TABLES = "local_kontur_bukh_"


def check_tables(shop_db: ShopDatabase) -> list[ShopProblem]:
    """What is missing or unfit to be read; with an error among them, nothing else can be checked."""
    return [*_missing(shop_db), *_denied(shop_db), *_unfit_money(shop_db), *_engines(shop_db)]


def _missing(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    columns = shop_db.columns
    for table in REQUIRED:
        if not columns.has(table):
            yield error(said("table_missing", table=table))
    for table, spec in (*REQUIRED.items(), *OPTIONAL.items()):
        if columns.has(table) and (missing := columns.missing(table, spec.columns)):
            yield error(said("column_missing", table=table, columns=several(*missing)))
    if columns.sale_version >= 17 and not columns.has("b_sale_cashbox_check"):
        yield warning(said("receipts_unreadable"))


def _denied(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    """Columns of newer versions that are not granted: they must not pass for an older version's lack."""
    columns = shop_db.columns
    for table, spec in (*REQUIRED.items(), *OPTIONAL.items()):
        for column, since in spec.later.items() if columns.has(table) else ():
            if columns.has(table, column):
                continue
            if columns.sale_version >= since or (spec.whole and shop_db.hides(table, column)):
                yield error(said("right_missing", column=f"{table}.{column}"))


def _unfit_money(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    for table, column in MONEY:
        if not shop_db.columns.has(table, column):
            continue
        type_ = shop_db.columns.type_of(table, column)
        if not type_.startswith("decimal"):
            yield error(said("money_not_decimal", column=f"{table}.{column}", type=type_))


def _engines(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    for row in shop_db.rows("engines", tables=tuple(REQUIRED)):
        yield warning(said("not_transactional", table=row["table_name"], engine=row["engine"]))


def check_rights(shop_db: ShopDatabase) -> list[ShopProblem]:
    """Whether this user may write to the shop, as far as the server tells."""
    try:
        grants = [str(value) for row in shop_db.rows("show_grants") for value in row.values()]
        [here] = [row["name"] for row in shop_db.rows("database")]
    except BitrixConfigurationError:
        return []
    excess = sorted({right for grant in grants for right in _writing(grant, here)})
    return [warning(said("may_write", rights=several(*excess)))] if excess else []


def _writing(grant: str, here: str) -> set[str]:
    """The rights of one line of SHOW GRANTS that go beyond reading, if they concern the shop's tables."""
    match = re.match(r"GRANT (?P<rights>.+?) ON (?P<database>\S+)\.(?P<table>\S+) TO ", grant)
    if match is None:
        return set()
    database = match["database"].strip("`").replace("\\", "")
    if database not in {"*", here} or match["table"].strip("`").startswith(_OWN_TABLES):
        return set()
    rights = {right.strip() for right in re.sub(r"\([^)]*\)", "", match["rights"]).split(",")}
    return rights - _HARMLESS
