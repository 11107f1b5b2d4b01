"""INN and KPP: the form and the check digits (docs/kontur.md, «INN and KPP»)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from include.accounting.buyer.typed import are_both, shape
from include.accounting.findings import rejection

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
        told = f" but {shape(inn)}: correct the INN in the order's properties"
        if are_both(inn):
            told = ": it is INN and KPP in one field: put the KPP into its own"
        raise rejection("inn_format", f"INN is not 10 or 12 digits{told}")
    if not inn.strip("0"):
        raise rejection("inn_zero", f"INN {inn} is nobody's: correct the INN in the order's properties")
    digits = [int(digit) for digit in inn]
    weights = (_TEN,) if len(inn) == 10 else (_ELEVENTH, _TWELFTH)
    if any(_check_digit(digits, row) != digits[len(row)] for row in weights):
        raise rejection("inn_checksum", f"INN {inn} fails its check digit: correct the INN in the order's properties")


def check_kpp(kpp: str) -> None:
    """Refuse what is no KPP.

    Raises:
        NotPostableError: wrong form.
    """
    if not _KPP.fullmatch(kpp):
        told = f" but {shape(kpp)}: correct the KPP in the order's properties"
        if are_both(kpp):
            told = ": it is INN and KPP in one field: leave the KPP, and put the INN into its own"
        raise rejection("kpp_format", f"KPP is not four digits, two digits or capital letters, three digits{told}")


def _check_digit(digits: Sequence[int], weights: Sequence[int]) -> int:
    # Shorter than the number itself: the check digits are not weighed.
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11 % 10
