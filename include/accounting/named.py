"""What a person calls an operation."""

from __future__ import annotations

from include.accounting.keys import money_of
from include.facts import Said, said


def named(key: str) -> Said:
    """An operation by its key: by the shop's number of the payment; an order's document needs none.

    Args:
        key: of a document, a payment or a refund (:mod:`include.accounting.keys`).
    """
    money = money_of(key)
    if money is None:
        return said("named_document")
    if key == money.refund_key:
        return said("named_refund", payment=money.payment_id)
    return said("named_payment", payment=money.payment_id)
