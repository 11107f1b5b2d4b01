"""Roubles on the wire, whole kopecks in the ledger."""

from __future__ import annotations

from decimal import Decimal


def kopecks(roubles: Decimal) -> int:
    """Exact: ``roubles`` has at most two decimals."""
    return int(roubles.scaleb(2))


def roubles(kopecks: int) -> Decimal:
    """With two decimals."""
    return Decimal(kopecks).scaleb(-2)
