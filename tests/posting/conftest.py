from __future__ import annotations

import pytest
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook

from include.books.accounts import Account
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from include.words import Language, speak
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import Poster


@pytest.fixture(autouse=True)
def _english() -> None:
    """What is said is read in English here."""
    speak(Language.EN)


@pytest.fixture
def poster(ledger_database: LedgerDatabase, kontur: Sandbox) -> Poster:
    migrate(ledger_database)
    return Poster(ledger_database, Account("kontur_default", KonturHook(), Contract()))
