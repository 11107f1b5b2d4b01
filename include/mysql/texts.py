"""Texts for tables that are not ours: what a column's charset lacks is replaced, what is too long is shortened."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Query = Callable[[str, Sequence[object]], Sequence[tuple[Any, ...]]]
"""Runs a statement with bound values on a connection that speaks utf8mb4, and gives its rows."""

_ELLIPSIS = "..."
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN = (
    *("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u"),
    *("f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"),
)
_INSTEAD = {
    **dict(zip(_CYRILLIC, _LATIN, strict=True)),
    **dict(zip(_CYRILLIC.upper(), (latin.capitalize() for latin in _LATIN), strict=True)),
    **dict.fromkeys("«»“”„", '"'),
    **dict.fromkeys("‘’‚", "'"),
    **dict.fromkeys("—–−‑·•", "-"),
    "→": "->",
    "←": "<-",
    "×": "x",
    "№": "No.",
    "₽": "RUB",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
}
"""Plain letters for signs that a charset may lack; accents go by Unicode's own tables, the rest becomes «?»."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Column:
    charset: str | None
    most_chars: int | None
    most_bytes: int | None
    bytes_per_char: int
    nullable: bool
    members: tuple[str, ...]
    """Of an ENUM, as it spells them."""


class Texts:
    """Makes texts fit into the columns of one table, as the server describes them."""

    def __init__(self, query: Query, table: str) -> None:
        self._query = query
        self._columns = {
            name.upper(): _Column(
                charset=charset,
                most_chars=most_chars,
                most_bytes=most_bytes,
                bytes_per_char=int(bytes_per_char or 1),
                nullable=nullable == "YES",
                members=tuple(re.findall(r"'((?:[^']|'')*)'", type_)) if type_.lower().startswith("enum") else (),
            )
            for name, charset, most_chars, most_bytes, bytes_per_char, nullable, type_ in query(
                "SELECT c.COLUMN_NAME, c.CHARACTER_SET_NAME, c.CHARACTER_MAXIMUM_LENGTH, c.CHARACTER_OCTET_LENGTH,"
                " s.MAXLEN, c.IS_NULLABLE, c.COLUMN_TYPE FROM information_schema.COLUMNS c"
                " LEFT JOIN information_schema.CHARACTER_SETS s ON s.CHARACTER_SET_NAME = c.CHARACTER_SET_NAME"
                " WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = %s",
                [table],
            )
        }
        self._replaced: dict[str, dict[str, str]] = {}
        """Charset -> characters that were looked at -> themselves, or what stands for them."""

    def fit(self, column: str, text: str | None) -> str | None:
        """``text`` as the column can hold it; no text is an empty one where the column must have one."""
        described = self._columns.get(column.upper())
        if described is None:
            return text
        if text is None:
            return None if described.nullable else ""
        if described.charset is not None:
            text = self._held_by(described.charset, text)
        return _shortened(text, described)

    def member(self, column: str, word: str) -> str:
        """A word of an ENUM, as the column spells it."""
        described = self._columns.get(column.upper())
        members = described.members if described else ()
        return next((member for member in members if member.casefold() == word.casefold()), word)

    def _held_by(self, charset: str, text: str) -> str:
        known = self._replaced.setdefault(charset, {})
        if new := sorted({character for character in text if not character.isascii()} - known.keys()):
            known.update(zip(new, self._asked(charset, "".join(new)), strict=True))
        return "".join(known.get(character, character) for character in text)

    def _asked(self, charset: str, characters: str) -> Iterable[str]:
        """What the server makes of them, in one look."""
        there_and_back = f"CONVERT(CONVERT(%s USING {charset}) USING utf8mb4)"
        ((back,),) = self._query(f"SELECT {there_and_back}", [characters])
        if len(back) != len(characters):  # no charset that is known to do so
            back = "?" * len(characters)
        return [given if given == kept else _instead(given) for given, kept in zip(characters, str(back), strict=True)]


def shortened(text: str, most_bytes: int) -> str:
    """Cut a text of UTF-8 to so many bytes, with three dots where something is missing."""
    if len(text.encode()) <= most_bytes:
        return text
    return text.encode()[: most_bytes - len(_ELLIPSIS)].decode(errors="ignore") + _ELLIPSIS


def _shortened(text: str, column: _Column) -> str:
    most = column.most_chars
    if most is not None and len(text) > most:
        text = text[: max(most - len(_ELLIPSIS), 0)] + _ELLIPSIS[:most]
    if column.most_bytes is None or len(text) * column.bytes_per_char <= column.most_bytes:
        return text
    if column.bytes_per_char == 1:
        return text[: column.most_bytes - len(_ELLIPSIS)] + _ELLIPSIS
    return shortened(text, column.most_bytes)


def _instead(character: str) -> str:
    if (word := _INSTEAD.get(character)) is not None:
        return word
    plain = "".join(part for part in unicodedata.normalize("NFKD", character) if part.isascii())
    return plain or "?"
