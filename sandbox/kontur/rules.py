"""What an accounting service checks beyond the shape of a body. A breach is a 422."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sandbox.kontur.answers import ApiError
from sandbox.kontur.schemas import CounterpartyIn, DocumentIn

_INN_LENGTH = {"LegalEntity": 10, "IndividualEntrepreneur": 12, "Individual": 12}
_KOPECK = Decimal("0.01")


def _control_digit(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 % 10)


def inn_is_valid(inn: str) -> bool:
    """Check digits of an INN of 10 or 12 digits; all zeros pass the sum and are refused all the same."""
    if not inn.strip("0"):
        return False
    if len(inn) == 10:
        return inn[9] == _control_digit(inn[:9], (2, 4, 10, 3, 5, 9, 4, 6, 8))
    first = _control_digit(inn[:10], (7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    second = _control_digit(inn[:11], (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    return inn[10:] == first + second


def check_counterparty(counterparty: CounterpartyIn) -> None:
    """INN, KPP and type agree.

    Raises:
        ApiError: they do not.
    """
    inn, kind = counterparty.inn, counterparty.type
    if inn is None:
        if kind == "IndividualEntrepreneur":
            raise ApiError(422, "inn_missing", "An entrepreneur needs an INN of 12 digits.")
    elif len(inn) != _INN_LENGTH[kind]:
        raise ApiError(422, "inn_length", f"The INN of type {kind} has {_INN_LENGTH[kind]} digits.")
    elif not inn_is_valid(inn):
        raise ApiError(422, "inn_checksum", "The INN fails its check digit.")
    if counterparty.kpp is not None and (inn is None or kind != "LegalEntity"):
        raise ApiError(422, "kpp_unexpected", "Only a legal entity with an INN has a KPP.")


def check_sums(document: DocumentIn) -> None:
    """Lines, each rounded to the kopeck half up, add up to the total.

    Raises:
        ApiError: they do not.
    """
    lines = [(item.quantity * item.price).quantize(_KOPECK, ROUND_HALF_UP) for item in document.items]
    if (total := sum(lines, Decimal(0))) != document.total_amount:
        message = f"The items add up to {total:.2f}, totalAmount says {document.total_amount:.2f}."
        raise ApiError(422, "total_mismatch", message)


def check_refund(paid: Decimal, refunded: Decimal, amount: Decimal) -> None:
    """Not more is given back than came in, both in roubles.

    Raises:
        ApiError: more would be.
    """
    if refunded + amount > paid:
        message = f"{paid:.2f} was paid, {refunded:.2f} is refunded already: {amount:.2f} is too much."
        raise ApiError(422, "refund_exceeds_payments", message)
