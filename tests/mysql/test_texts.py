"""Texts that the tables of others can hold."""

from __future__ import annotations

import pytest

from include.ledger.connection import LedgerDatabase, Session
from include.mysql.texts import Texts, shortened

MESSAGE = "№ 7 «Чай» 2 × 33,33 → 66,66 ₽ — é 📦"


def table(session: Session, columns: str, charset: str) -> Texts:
    session.execute(f"CREATE TABLE theirs (ID INT PRIMARY KEY, {columns}) DEFAULT CHARACTER SET {charset}")
    return Texts(session.rows, "theirs")


@pytest.mark.parametrize(
    ("charset", "fitted"),
    [
        ("utf8mb4", MESSAGE),
        ("utf8mb3", "№ 7 «Чай» 2 × 33,33 → 66,66 ₽ — é ?"),
        ("cp1251", "№ 7 «Чай» 2 x 33,33 -> 66,66 RUB — e ?"),
        ("koi8r", 'No. 7 "Чай" 2 x 33,33 -> 66,66 RUB - e ?'),
        ("latin1", "No. 7 «Chai» 2 × 33,33 -> 66,66 RUB — é ?"),
        ("ascii", 'No. 7 "Chai" 2 x 33,33 -> 66,66 RUB - e ?'),
    ],
)
def test_what_a_charset_lacks_is_replaced(ledger_database: LedgerDatabase, charset: str, fitted: str) -> None:
    with ledger_database.open() as session:
        texts = table(session, "WORDS TEXT", charset)
        assert texts.fit("WORDS", MESSAGE) == fitted
        session.execute("INSERT INTO theirs VALUES (1, %s)", [fitted])
        assert session.row("SELECT WORDS FROM theirs") == (fitted,), "strict mode takes it as it is"


@pytest.mark.parametrize(
    ("type_", "charset", "length", "unit"),
    [
        ("VARCHAR(10)", "utf8mb4", 10, "я"),
        ("VARCHAR(10)", "cp1251", 10, "я"),
        ("VARCHAR(2)", "cp1251", 2, "я"),
        ("TINYTEXT", "cp1251", 255, "я"),
        ("TINYTEXT", "utf8mb4", 129, "я"),
        ("TEXT", "utf8mb4", 32_769, "я"),
    ],
)
def test_what_is_too_long_is_shortened(
    ledger_database: LedgerDatabase, type_: str, charset: str, length: int, unit: str
) -> None:
    with ledger_database.open() as session:
        texts = table(session, f"WORDS {type_}", charset)
        fitted = texts.fit("words", unit * 40_000)
        assert fitted is not None
        assert len(fitted) == length
        assert fitted.endswith("..."[:length])
        session.execute("INSERT INTO theirs VALUES (1, %s)", [fitted])
        assert session.row("SELECT WORDS FROM theirs") == (fitted,)
        assert texts.fit("WORDS", "я" if length == 2 else "short") in {"я", "short"}


def test_columns_that_must_have_a_text_and_words_of_an_enum(ledger_database: LedgerDatabase) -> None:
    with ledger_database.open() as session:
        texts = table(session, "A TEXT NULL, B TEXT NOT NULL, C ENUM('PENDING', 'it''s'), D VARCHAR(9)", "utf8mb4")
        assert (texts.fit("A", None), texts.fit("B", None)) == (None, "")
        assert (texts.member("C", "pending"), texts.member("C", "synced")) == ("PENDING", "synced")
        assert texts.member("D", "pending") == "pending"
        assert texts.fit("NO_SUCH", "→") == "→"


def test_a_text_is_cut_between_letters() -> None:
    assert shortened("яяяя", 8) == "яяяя"
    assert shortened("яяяяя", 8) == "яя..."
