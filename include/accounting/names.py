"""Names as people read them: Bitrix stores what was typed into its forms with HTML entities."""

from __future__ import annotations

import re

_ENTITIES = {"&quot;": '"', "&amp;": "&", "&#039;": "'", "&lt;": "<", "&gt;": ">", "&nbsp;": "\u00a0"}
"""Those that Bitrix writes; whatever else looks like one was typed so."""
_SHORT = 40
_ENTITY = re.compile("|".join(map(re.escape, _ENTITIES)))


def unescaped(name: str) -> str:
    """The name with Bitrix's entities as characters, each read once; nothing else is changed.

    >>> unescaped("Чай &quot;Лапсанг&quot; &amp;quot;"), unescaped("R&D &laquo;")
    ('Чай "Лапсанг" &quot;', 'R&D &laquo;')
    """
    return _ENTITY.sub(lambda entity: _ENTITIES[entity[0]], name)


def short(name: str) -> str:
    """As much of a name of goods as tells them apart where something is said of them."""
    return name[:_SHORT]
