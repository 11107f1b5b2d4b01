"""Which language a run speaks: found out once, by its first task."""

from __future__ import annotations

import contextlib

from include.bitrix.errors import BitrixError
from include.bitrix.shop import read_language
from include.bitrix.snapshot import snapshot
from include.settings import Settings, Spoken
from include.words import Language


def language(settings: Settings) -> Language:
    """That of the settings, or of the shop's default site; Russian where neither is known.

    A shop that cannot be read is the preflight's to speak of.
    """
    if settings.words.language is not Spoken.AUTO:
        return Language(settings.words.language)
    with contextlib.suppress(BitrixError, ValueError), snapshot() as shop_db:
        return Language(read_language(shop_db) or "")
    return Language.RU
