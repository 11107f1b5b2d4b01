"""PHP's ``serialize()``, as far as Bitrix's order history needs it."""

from __future__ import annotations

import re


def scalar(data: str | None, key: str) -> str | None:
    """The string that stands under ``key`` in a serialised array; ``None`` if there is none.

    ``b_sale_order_change.DATA`` is cut at 512 characters, and lengths count bytes of a charset that need not be the
    table's, so neither the end nor the lengths are relied on.

    >>> scalar('a:2:{s:4:"PAID";s:1:"N";s:2:"ID";i:7;}', "PAID")
    'N'
    """
    match = re.search(rf'(?:^a:\d+:\{{|[;}}])s:\d+:"{re.escape(key)}";s:\d+:"([^"]*)";', data or "")
    return match[1] if match else None
