"""Units of measure: OKEI codes as the books write them."""

from __future__ import annotations

from collections.abc import Mapping

PIECE = "шт"
_OKEI = {
    6: "м",
    55: "м2",
    111: "мл",
    112: "л",
    113: "м3",
    163: "г",
    166: "кг",
    168: "т",
    356: "ч",
    359: "сут",
    362: "мес",
    704: "набор",
    715: "пара",
    778: "упак",
    796: PIECE,
    839: "компл",
    876: "усл. ед",
}


def unit(okei: int | None, name: str | None, further: Mapping[int, str]) -> str:
    """The unit of a line.

    Args:
        okei: the OKEI code.
        name: what the shop calls it, for codes that nobody knows.
        further: codes of the settings; they win over the built-in ones.
    """
    known = {**_OKEI, **further}
    if okei is not None and okei in known:
        return known[okei]
    return (name or "").strip() or PIECE
