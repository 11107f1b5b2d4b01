"""The Kontur accounts that the settings name, one hook each."""

from __future__ import annotations

import collections
import dataclasses

from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook

from include.errors import ForAPerson, HouseError
from include.facts import said, several
from include.settings import Settings


class AccountTwiceError(ForAPerson, HouseError):
    """Two connections lead to one account: each would hold the other's documents for its own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """One Kontur account, as all senders of a batch share it."""

    connection: str
    hook: KonturHook
    contract: Contract

    @property
    def concurrency(self) -> int:
        """How many requests may be on their way at once."""
        return self.hook.connection_settings.concurrency

    @property
    def rate_per_s(self) -> float | None:
        """How many POSTs a second it takes; ``None``: as many as come."""
        return self.hook.connection_settings.rate_per_s


def accounts(settings: Settings) -> dict[str, Account]:
    """Connection id -> account. Each connection is looked up here, once, so that threads need not.

    Raises:
        KonturConfigurationError: a connection is missing or wrong.
        AccountTwiceError: two of them lead to one account.
    """
    found = {}
    by_account: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for connection in settings.shop.connections:
        hook = KonturHook(connection, contract=settings.contract)
        leads_to = hook.connection_settings  # looked up now
        by_account[leads_to.base_url, leads_to.account].append(connection)
        found[connection] = Account(connection, hook, settings.contract)
    for (_, account), connections in by_account.items():
        if len(connections) > 1:
            raise AccountTwiceError(said("account_twice", account=account, connections=several(*connections)))
    return found
