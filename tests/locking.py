"""Which locks their holders still have."""

from __future__ import annotations

from typing import Any

from include.ledger.locks import Locks


def held(locks: Locks[Any], *names: str) -> list[bool]:
    """As the look before a request shows it, of operations that do not matter."""
    return [look.held for look in locks.look([(name, f"of {name}") for name in names])]
