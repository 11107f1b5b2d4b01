"""Fingerprints: hashes of all that an order's plan is made from. Where they are equal, the plan would be.

No column is named here: hashed are the rows as the readers read them, the shop's settings and ours as a whole, and the
text of this package and of the shop's own rule.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import pathlib
import sys
from collections.abc import Iterable, Mapping

import kontur_hook
import msgspec

import include
from include.accounting.rules import Rules
from include.bitrix.orders import OrderRows
from include.bitrix.rows import Shop
from include.ledger.operation import Trace
from include.settings import Settings

_encode = msgspec.json.Encoder(decimal_format="string").encode
_SOURCE = ("*.py", "*.sql")


class Fingerprints:
    """Those that one run makes, which reads the settings and the shop's once."""

    def __init__(self, shop: Shop, settings: Settings, rules: Rules, closed: Mapping[str, dt.date | None]) -> None:
        """``rules``: those that the settings mean; ``closed``: connection -> the last day that is not posted into."""
        self._common = b""
        own_rule = _text_of_rule(settings.accounting.customize)
        if own_rule is not None:
            told = (shop, settings.model_dump(), rules.accounting.model_dump(), rules.comment, closed)
            in_order = msgspec.to_builtins(told, str_keys=True, order="deterministic")
            self._common = _digest(_encode(in_order), _text_of_package(), own_rule)

    def of(self, rows: OrderRows, traces: Iterable[Trace], findings: str) -> str | None:
        """An order's; ``None``: nobody can say what the shop's own rule is.

        Args:
            rows: all that the shop has of it.
            traces: of its operations, and of those of other orders that were planned of its payments.
            findings: of its last plan, as they are stored.
        """
        if not self._common:
            return None
        seen = sorted(trace.planned_from for trace in traces)
        return _digest(self._common, _encode((rows, seen, findings))).hex()


def _digest(*parts: bytes) -> bytes:
    """Of one or more parts; only the last may be of any length."""
    return hashlib.sha256(b"".join(parts)).digest()


@functools.cache
def _text_of_package() -> bytes:
    """A hash of all that this package does; a new version looks at each order once."""
    return _hash_of(pathlib.Path(root) for root in (*include.__path__, *kontur_hook.__path__))


@functools.cache
def _text_of_rule(name: str | None) -> bytes | None:
    """A hash of the package, or the module by itself, that the shop's own rule (``package.module:function``) is in.

    ``None``: it has no files.
    """
    if name is None:
        return b""
    module = sys.modules[name.partition(":")[0].partition(".")[0]]
    if folders := getattr(module, "__path__", None):
        return _hash_of(map(pathlib.Path, folders))
    return _hash_of([pathlib.Path(module.__file__)]) if module.__file__ else None


def _hash_of(places: Iterable[pathlib.Path]) -> bytes:
    files = {
        file
        for place in places
        for file in ([place] if place.is_file() else (found for kind in _SOURCE for found in place.rglob(kind)))
    }
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.digest()
