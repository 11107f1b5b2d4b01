"""Which language a run speaks: found out once, by its first task."""

from __future__ import annotations

import contextlib

from include.bitrix.errors import BitrixError
from include.bitrix.shop import read_language
from include.bitrix.snapshot import snapshot
from include.settings import Settings, Spoken
from include.words import Language


def language(settings: Settings) -> Language:
    """Of squares, labels and reports."""
    return of(settings.words.language)


def of(chosen: Spoken) -> Language:
    """The one that is chosen, or that of the shop's default site; Russian where neither is known.

    A shop that cannot be read is the preflight's to speak of.
    """
    if chosen is not Spoken.AUTO:
        return Language(chosen)
    with contextlib.suppress(BitrixError, ValueError), snapshot() as shop_db:
        return Language(read_language(shop_db) or "")
    return Language.RU
