"""INN and KPP: the form and the check digits (facts/kontur.md §3.6)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from include.accounting.buyer.typed import are_both, shape
from include.accounting.findings import rejection
from include.facts import Inn, said

_INN = re.compile(r"[0-9]{10}|[0-9]{12}")
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_ELEVENTH = (7, *_TEN)
_TWELFTH = (3, *_ELEVENTH)


def check_inn(inn: str) -> None:
    """Refuse what is no INN.

    Raises:
        NotPostableError: wrong form, wrong check digit, or all zeros.
    """
    if not _INN.fullmatch(inn):
        if are_both(inn):
            raise rejection("inn_format", typed=said("typed_inn_and_kpp"), hint=said("hint_move_kpp"))
        raise rejection("inn_format", typed=shape(inn), hint=said("hint_correct_inn"))
    if not inn.strip("0"):
        raise rejection("inn_zero")
    digits = [int(digit) for digit in inn]
    weights = (_TEN,) if len(inn) == 10 else (_ELEVENTH, _TWELFTH)
    if any(_check_digit(digits, row) != digits[len(row)] for row in weights):
        raise rejection("inn_checksum", inn=Inn(inn))


def check_kpp(kpp: str) -> None:
    """Refuse what is no KPP.

    Raises:
        NotPostableError: wrong form.
    """
    if not _KPP.fullmatch(kpp):
        if are_both(kpp):
            raise rejection("kpp_format", typed=said("typed_inn_and_kpp"), hint=said("hint_move_inn"))
        raise rejection("kpp_format", typed=shape(kpp), hint=said("hint_correct_kpp"))


def _check_digit(digits: Sequence[int], weights: Sequence[int]) -> int:
    # Shorter than the number itself: the check digits are not weighed.
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11 % 10
