"""The texts: ``<language>/*.po`` beside this file, keyed by code, one file for each room of the house."""

from __future__ import annotations

import enum
import functools
import io
import pathlib

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

FOLDER = pathlib.Path(__file__).parent


class Language(enum.StrEnum):
    """What people are spoken to in."""

    RU = "ru"
    EN = "en"


def read(language: Language) -> Catalog:
    """All texts of a language. A text's id is its code; of a noun, its two English forms."""
    whole = Catalog(locale=str(language))
    for file in sorted((FOLDER / language).glob("*.po")):
        with file.open("rb") as texts:
            for message in read_po(texts, locale=str(language), abort_invalid=True):
                if message.id:
                    whole.add(message.id, message.string)
    return whole


@functools.cache
def translations(language: Language) -> Translations:
    """The texts of a language, ready to be looked up; read once in a process."""
    compiled = io.BytesIO()
    write_mo(compiled, read(language))
    compiled.seek(0)
    return Translations(compiled)
