"""The Kontur accounts that the settings name, one hook each."""

from __future__ import annotations

import dataclasses

from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook

from include.settings import Settings


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
    """
    found = {}
    for connection in settings.shop.connections:
        hook = KonturHook(connection, contract=settings.contract)
        hook.connection_settings  # noqa: B018  (looked up now)
        found[connection] = Account(connection, hook, settings.contract)
    return found
