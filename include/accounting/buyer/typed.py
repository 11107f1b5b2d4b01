"""What was typed where a number belongs, told by its shape: a person sees what is wrong, and no data is repeated."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator, Sequence

from include.facts import Count, Fact, Said, Several, said, several

_BOTH = re.compile(r"[^0-9]*(?:[0-9]{10}|[0-9]{12})[^0-9]*[0-9]{4}[0-9A-Z]{2}[0-9]{3}[^0-9]*")
_PIECES = re.compile(r"(?P<word>[^\W\d_]{3,})|(?P<letter>[^\W\d_])|(?P<digit>\d)|(?P<sign>.)", re.DOTALL)
_SIGNS = {
    " ": said("sign_space"),
    "\t": said("sign_tab"),
    "\n": said("sign_line_break"),
    "\r": said("sign_line_break"),
    "\u00a0": said("sign_no_break_space"),
    "\u00ad": said("sign_soft_hyphen"),
    "\u200b": said("sign_zero_width_space"),
    "\u200c": said("sign_zero_width_non_joiner"),
    "\u200d": said("sign_zero_width_joiner"),
    "\u200e": said("sign_left_to_right"),
    "\u200f": said("sign_right_to_left"),
    "\u2060": said("sign_word_joiner"),
    "\u2212": said("sign_dash"),
    "\ufeff": said("sign_byte_order"),
    "/": said("sign_slash"),
    "\\": said("sign_backslash"),
    ",": said("sign_comma"),
    ".": said("sign_dot"),
    ":": said("sign_colon"),
    ";": said("sign_semicolon"),
}
_ALPHABETS = {
    "CYRILLIC": (said("alphabet_cyrillic"), said("alphabet_cyrillic_small")),
    "GREEK": (said("alphabet_greek"), said("alphabet_greek_small")),
    "LATIN": (said("alphabet_latin"), said("alphabet_latin_small")),
}
"""By the first word of the letter's name in Unicode: capitals, small letters."""
_OTHER_ALPHABET = said("alphabet_other")
_WORD = said("typed_word")
_MOST = 4
_MOST_LETTERS = 5


def are_both(text: str) -> bool:
    """Whether it is an INN and a KPP in one field, whatever stands around them."""
    return _BOTH.fullmatch(text) is not None


def shape(text: str) -> Several:
    """What ``text`` consists of: 9 digits, the Cyrillic letter О inside the number."""
    told = [*_digits(text), *_oddities(text)]
    return several(*(told if len(told) <= _MOST else [*told[:_MOST], said("typed_more")]))


def _digits(text: str) -> Iterator[Fact]:
    ours = sum(char in "0123456789" for char in text)
    others = sum(char.isdecimal() for char in text) - ours
    if ours:
        yield Count(ours, "digit")
    if others:
        yield said("typed_other_digits", digits=Count(others, "digit"))
    if not ours and not others:
        yield said("typed_no_digits")


def _oddities(text: str) -> Iterator[Said]:
    """All that is no digit, in the order in which it stands there, each kind once a place."""
    found: dict[tuple[Said, _Place], dict[str, None]] = {}
    number = [position for position, char in enumerate(text) if char.isdecimal()]
    for piece in _PIECES.finditer(text):
        char, place = piece[0], _place(piece.start(), number)
        match piece.lastgroup:
            case "word":
                found[_WORD, place] = {}
            case "sign":
                found[_sign(char), place] = {}
            case "letter":
                found.setdefault((_alphabet(char), place), {})[char] = None
    for (what, place), letters in found.items():
        yield _placed(_letters(list(letters), what) if letters else what, place)


def _letters(letters: Sequence[str], alphabet: Said) -> Said:
    shown = ", ".join(letters[:_MOST_LETTERS])
    return said("typed_letter" if len(letters) == 1 else "typed_letters", letters=shown, alphabet=alphabet)


class _Place(enum.Enum):
    """Where something stands, by the positions of the digits."""

    ALONE = enum.auto()
    BEFORE = enum.auto()
    INSIDE = enum.auto()
    BEHIND = enum.auto()


def _place(position: int, number: Sequence[int]) -> _Place:
    if not number:
        return _Place.ALONE
    if position < number[0]:
        return _Place.BEFORE
    return _Place.BEHIND if position > number[-1] else _Place.INSIDE


def _placed(what: Said, place: _Place) -> Said:
    match place:
        case _Place.BEFORE:
            return said("typed_before", what=what)
        case _Place.INSIDE:
            return said("typed_inside", what=what)
        case _Place.BEHIND:
            return said("typed_behind", what=what)
        case _Place.ALONE:
            return what


def _alphabet(letter: str) -> Said:
    alphabet = _ALPHABETS.get(unicodedata.name(letter, "").partition(" ")[0])
    return alphabet[letter.islower()] if alphabet else _OTHER_ALPHABET


def _sign(char: str) -> Said:
    if char in _SIGNS:
        return _SIGNS[char]
    code = f"U+{ord(char):04X}"
    match unicodedata.category(char):
        case "Pd":
            return said("sign_dash")
        case "Zs" | "Zl" | "Zp":
            return said("sign_other_space", unicode=code)
        case "Cc" | "Cf" | "Co" | "Cn" | "Cs" | "Mn" | "Me":
            return said("sign_invisible", unicode=code)
        case _:
            return said("sign_character", character=char)
