"""The text in a document by which we recognise our own.

``BX<shop>-<kind><id>-<check>``, capitals, digits and dashes only, so that trimming, HTML escaping and case folding
leave it as it is. A pure function of the shop's ids: a lost ledger is rebuilt from it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MARKER = re.compile(
    r"\bBX(?P<shop>[A-Z0-9]{1,6})-S(?P<order>[0-9]{1,10})(?:D(?P<shipment>[0-9]{1,10}))?-(?P<check>[0-9A-Z]{2})\b"
)


def _check(body: str) -> str:
    crc = zlib.crc32(body.encode("ascii"))
    return _ALPHABET[crc % 32] + _ALPHABET[crc // 32 % 32]


def marker(shop_code: str, order_id: int, shipment_id: int | None = None) -> str:
    """The marker of an order's sale document, or of one shipment's; at most 40 ASCII characters.

    >>> marker("1", 1045)
    'BX1-S1045-9Y'
    """
    body = f"BX{shop_code}-S{order_id}" + (f"D{shipment_id}" if shipment_id is not None else "")
    return f"{body}-{_check(body)}"


def find_marker(text: str | None, shop_code: str) -> tuple[int, int | None] | None:
    """The (order id, shipment id) of this shop's own marker in ``text``, compared exactly; ``None`` without one.

    Of several it is the last: a document's own stands at the end, and a person may have named another order before it.
    """
    found = [*_of_shop(text, shop_code)]
    return found[-1] if found else None


def names_marker(text: str | None, shop_code: str, ids: tuple[int, int | None]) -> bool:
    """Whether this shop's marker of an order and its shipment stands anywhere in ``text``."""
    return ids in _of_shop(text, shop_code)


def shop_of_marker(text: str | None) -> str | None:
    """The code of the shop whose marker stands in ``text``, whichever shop it is; ``None`` without one."""
    return next((match["shop"] for match in _valid(text)), None)


def _of_shop(text: str | None, shop_code: str) -> Iterator[tuple[int, int | None]]:
    for match in _valid(text):
        if match["shop"] == shop_code:
            yield int(match["order"]), int(match["shipment"]) if match["shipment"] else None


def _valid(text: str | None) -> Iterator[re.Match[str]]:
    for match in _MARKER.finditer(text or ""):
        if match["check"] == _check(match.group(0).rpartition("-")[0]):
            yield match
