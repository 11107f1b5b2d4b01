"""What was typed where a number belongs, told by its shape: a person sees what is wrong, and no data is repeated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

_BOTH = re.compile(r"[^0-9]*(?:[0-9]{10}|[0-9]{12})[^0-9]*[0-9]{4}[0-9A-Z]{2}[0-9]{3}[^0-9]*")
_PIECES = re.compile(r"(?P<word>[^\W\d_]{3,})|(?P<letter>[^\W\d_])|(?P<digit>\d)|(?P<sign>.)", re.DOTALL)
_SIGNS = {
    " ": "a space",
    "\t": "a tab",
    "\n": "a line break",
    "\r": "a line break",
    "\u00a0": "a no-break space",
    "\u00ad": "a soft hyphen",
    "\u200b": "a zero-width space",
    "\u200c": "a zero-width non-joiner",
    "\u200d": "a zero-width joiner",
    "\u200e": "a left-to-right mark",
    "\u200f": "a right-to-left mark",
    "\u2060": "a word joiner",
    "\u2212": "a dash",
    "\ufeff": "a byte-order mark",
    "/": "a slash",
    "\\": "a backslash",
    ",": "a comma",
    ".": "a dot",
    ":": "a colon",
    ";": "a semicolon",
}
_MOST = 4
_MOST_LETTERS = 5


def are_both(text: str) -> bool:
    """Whether it is an INN and a KPP in one field, whatever stands around them."""
    return _BOTH.fullmatch(text) is not None


def shape(text: str) -> str:
    """What ``text`` consists of, in words: «9 digits, the Cyrillic letter О inside the number»."""
    told = [*_digits(text), *_oddities(text)]
    return ", ".join(told if len(told) <= _MOST else [*told[:_MOST], "and more"])


def _digits(text: str) -> Iterator[str]:
    ours = sum(char in "0123456789" for char in text)
    others = sum(char.isdecimal() for char in text) - ours
    if ours or not others:
        yield f"{ours or 'no'} digits"
    if others:
        yield f"{others} digits of another script"


def _oddities(text: str) -> Iterator[str]:
    """All that is no digit, in the order in which it stands there, each kind once a place."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    number = [position for position, char in enumerate(text) if char.isdecimal()]
    for piece in _PIECES.finditer(text):
        kind = piece.lastgroup
        char, place = piece[0], _place(piece.start(), number)
        if kind == "word":
            found[f"a word{place}", ""] = {}
        elif kind == "sign":
            found[f"{_sign(char)}{place}", ""] = {}
        elif kind == "letter":
            found.setdefault((_alphabet(char), place), {})[char] = None
    for (what, place), letters in found.items():
        if letters:
            plural = "s" if len(letters) > 1 else ""
            yield f"the {what} letter{plural} {', '.join(list(letters)[:_MOST_LETTERS])}{place}"
        else:
            yield what


def _place(position: int, number: Sequence[int]) -> str:
    """Where it stands, by the positions of the digits."""
    if not number:
        return ""
    if position < number[0]:
        return " before the number"
    return " behind the number" if position > number[-1] else " inside the number"


def _alphabet(letter: str) -> str:
    script = unicodedata.name(letter, "UNKNOWN").partition(" ")[0].capitalize()
    return f"small {script}" if letter.islower() else script


def _sign(char: str) -> str:
    if char in _SIGNS:
        return _SIGNS[char]
    match unicodedata.category(char):
        case "Pd":
            return "a dash"
        case "Zs" | "Zl" | "Zp":
            return f"a space (U+{ord(char):04X})"
        case "Cc" | "Cf" | "Co" | "Cn" | "Cs" | "Mn" | "Me":
            return f"an invisible character (U+{ord(char):04X})"
        case _:
            return f"the character «{char}»"
