"""What others wrote, made fit for a log or a message: no secrets, no buyer's data, one short line."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus

from airflow.sdk.log import mask_secret

MAX_LENGTH = 300
_E_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Eleven digits: an INN has 10 or 12.
_PHONE = re.compile(r"(?<!\d)(?:\+?7|8)[ (-]*\d{3}[ )-]*\d{3}[ -]*\d{2}[ -]*\d{2}(?!\d)")


class Redactor:
    """Knows one connection's secrets. Safe to share between threads."""

    def __init__(self) -> None:
        self._secrets: frozenset[str] = frozenset()

    def learn(self, secret: str) -> None:
        """Mask ``secret`` from now on, here and in Airflow's logs, also as it looks in a URL or a form."""
        forms = {secret, quote(secret, safe=""), quote_plus(secret)}
        for form in forms:
            mask_secret(form)
        self._secrets |= forms

    def clean(self, text: str, *, private: tuple[str, ...] = ()) -> str:
        """``text`` on one line of at most 300 characters, without our secrets, e-mails, phones and ``private``."""
        text = " ".join("".join(char if char.isprintable() else " " for char in text[:20_000]).split())
        for word in sorted({*self._secrets, *private}, key=len, reverse=True):
            if len(word) > 2:
                text = text.replace(word, "***")
        text = _PHONE.sub("***", _E_MAIL.sub("***", text))
        return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"
