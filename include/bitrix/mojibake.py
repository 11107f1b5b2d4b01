"""Texts whose bytes were read in another charset than they were written in."""

from __future__ import annotations

import re

_LATIN = "cp1252"
"""What MySQL calls latin1; its five undefined bytes stand for themselves."""
_CYRILLIC = re.compile(r"[А-Яа-яЁё]+")
_VOWELS = frozenset("аеёиоуыэюя")
_SHORTEST = 5
"""Letters that are believed: some accented letters in a row do occur in other languages."""
_SHORTEST_UTF8 = 3


def reads_as_russian(text: str) -> str | None:
    """What a garbled text says in Russian; ``None`` if it is not garbled, as far as can be told.

    Known are cp1251 bytes read as latin1 («×àéíèê»), UTF-8 bytes read as cp1251 («Р§Р°Р№РЅРёРє») and UTF-8 bytes
    read as latin1 («Ð§Ð°Ð¹Ð½Ð¸Ðº»). A byte that the wrong charset lacks was lost, and stays a question mark.
    """
    if text.isascii():
        return None
    for bytes_ in (_in_latin1(text), _in_cp1251(text)):
        if bytes_ is not None and (read := _as_utf8(bytes_)) is not None:
            return read
    latin = _in_latin1(text)
    return _as_cp1251(latin) if latin is not None else None


def _in_latin1(text: str) -> bytes | None:
    found = bytearray()
    for letter in text:
        try:
            found += letter.encode(_LATIN)
        except UnicodeEncodeError:
            if not 0x80 <= ord(letter) < 0xA0:
                return None
            found.append(ord(letter))
    return bytes(found)


def _in_cp1251(text: str) -> bytes | None:
    """``None`` where letters stand that cp1251 lacks, but for a mark of what was lost."""
    try:
        return text.replace("\ufffd", "?").encode("cp1251")
    except UnicodeEncodeError:
        return None


def _as_utf8(bytes_: bytes) -> str | None:
    """The text, if most of what is not ASCII in it is Russian in UTF-8."""
    read = bytes_.decode("utf-8", "replace")
    letters = "".join(_CYRILLIC.findall(read))
    if len(letters) < _SHORTEST_UTF8 or read.count("\ufffd") * 3 > len(letters):
        return None
    return read.replace("\ufffd", "?")


def _as_cp1251(bytes_: bytes) -> str | None:
    """The text, if its words of accented letters alone are Russian words in cp1251."""
    read = bytes_.decode("cp1251", "replace")
    words = [word for word in re.findall(r"\w+", read) if _CYRILLIC.search(word)]
    russian = sum(len(word) for word in words if _is_russian(word))
    other = sum(
        len(word) for word in words if not _CYRILLIC.fullmatch(word) or (len(word) > 1 and not _has_vowel(word))
    )
    if russian < _SHORTEST or russian <= other:
        return None
    return read


def _is_russian(word: str) -> bool:
    if not _CYRILLIC.fullmatch(word) or not _has_vowel(word) or word[0].lower() in "ъьы":
        return False
    return word in {word.lower(), word.upper(), word[0].upper() + word[1:].lower()}


def _has_vowel(word: str) -> bool:
    return any(letter in _VOWELS for letter in word.lower())
