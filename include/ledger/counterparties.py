"""The counterparties that Kontur is known to have: a company seen before costs no request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from include.accounting.operations import Counterparty
from include.ledger.cases import marks
from include.ledger.chunks import parts
from include.ledger.connection import Session


def identity(counterparty: Counterparty) -> str:
    """(INN, KPP) of a company, the name of the retail counterparty: what tells one from another."""
    if counterparty.inn:
        return f"{counterparty.inn}/{counterparty.kpp or ''}"
    return "name/" + hashlib.sha256(counterparty.name.encode()).hexdigest()[:32]


class Counterparties:
    """The table of known counterparties of all Kontur accounts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def known(self, connection: str, identities: Iterable[str]) -> dict[str, str]:
        """Identity -> id in Kontur, for those that are known."""
        wanted = sorted(set(identities))
        found: dict[str, str] = {}
        for chunk in parts(wanted):
            rows = self._session.rows(
                "SELECT identity, counterparty_id FROM local_kontur_bukh_counterparty"
                f" WHERE connection = %s AND identity IN ({marks(chunk)})",
                [connection, *chunk],
            )
            found.update(dict(rows))
        return found

    def forget(self, connection: str, counterparty_id: str) -> None:
        """Kontur has it no longer."""
        self._session.execute(
            "DELETE FROM local_kontur_bukh_counterparty WHERE connection = %s AND counterparty_id = %s",
            [connection, counterparty_id],
        )

    def remember(self, connection: str, identity_: str, counterparty_id: str) -> None:
        """The first id that is remembered stays, until it is forgotten.

        A company whose second record becomes known is no longer known without KPP: which is meant has to be asked.
        """
        inn, slash, kpp = identity_.partition("/")
        if slash and kpp and inn.isdigit():
            self._session.execute(
                "DELETE FROM local_kontur_bukh_counterparty"
                " WHERE connection = %s AND identity = %s AND counterparty_id <> %s",
                [connection, f"{inn}/", counterparty_id],
            )
        self._session.execute(
            "INSERT IGNORE INTO local_kontur_bukh_counterparty (connection, identity, counterparty_id, known_at)"
            " VALUES (%s, %s, %s, UTC_TIMESTAMP(6))",
            [connection, identity_, counterparty_id],
        )
