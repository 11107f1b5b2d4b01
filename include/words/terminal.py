"""What the terminal's person reads."""

from __future__ import annotations

import os

from include.words import Language

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""As the C library asks them."""


def language() -> Language:
    """By the terminal's locale: Russian where it is, else English."""
    locale = next((value for name in _VARIABLES if (value := os.environ.get(name))), "")
    return Language.RU if locale.lower().startswith("ru") else Language.EN
