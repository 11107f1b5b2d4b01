"""What the shop tells of money that went back: on which day, whether the bank has confirmed it, and how much."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from include.bitrix.rows import Payment, ReturnReceipt

TO_STORE_CREDIT, TO_BUYER = "Y", "P"


@dataclasses.dataclass(frozen=True, slots=True)
class Traces:
    """Traces of the return of a payment as it was last paid; older ones belong to an earlier refund of the same row."""

    typed: dt.date | None
    """PAY_RETURN_DATE: a day without a time."""
    printed: tuple[ReturnReceipt, ...]
    unpaid_at: dt.datetime | None

    @property
    def day(self) -> dt.date | None:
        """The day of the refund, best source first."""
        moments = (*(receipt.at for receipt in self.printed[:1]), *((self.unpaid_at,) if self.unpaid_at else ()))
        return self.typed or next((moment.date() for moment in moments), None)

    @property
    def confirmed(self) -> bool:
        """Whether somebody says that the money has left, not only that it shall."""
        return self.typed is not None or bool(self.printed)

    @property
    def given_back(self) -> Decimal | None:
        """Roubles of all printed receipts together; ``None``: there is none, or one does not say."""
        sums = [receipt.sum for receipt in self.printed]
        known = [amount for amount in sums if amount is not None]
        return sum(known, start=Decimal(0)) if known and len(known) == len(sums) else None


def went_back(row: Payment) -> bool:
    """Whether a payment went back to the buyer; not while the bank has not answered."""
    return row.is_return == TO_BUYER and (not row.paid or traces(row).confirmed)


def returned_before(row: Payment, paid_at: dt.datetime) -> dt.date | None:
    """The last day on which a row that was paid at ``paid_at`` had gone back before; ``None``: nothing tells of it.

    Marked as unpaid and paid again within a day is a slip. A typed day of what is not paid may be this return's.
    """
    days = [receipt.at.date() for receipt in row.return_receipts if receipt.at < paid_at]
    dated = (row.unpaid_at.date() if row.unpaid_at else None, row.pay_return_date if row.paid else None)
    return max((*days, *(day for day in dated if day is not None and day < paid_at.date())), default=None)


def traces(row: Payment, came_on: dt.date | None = None) -> Traces:
    """The traces that are not older than the payment, by moment where they have one.

    Args:
        row: the payment.
        came_on: the bank's day of it, if that is earlier than the one on which the shop marked it as paid: the day of a
            return may be typed as late as that. It counts once the row is not paid any more.
    """
    paid_at = row.date_paid
    if paid_at is None:
        return Traces(row.pay_return_date, row.return_receipts, row.unpaid_at)
    printed = tuple(receipt for receipt in row.return_receipts if receipt.at >= paid_at)
    earlier = {receipt.at.date() for receipt in row.return_receipts if receipt.at < paid_at}
    typed = row.pay_return_date
    since = paid_at.date() if row.paid or came_on is None else came_on
    if typed is not None and (typed < since or (typed == paid_at.date() and typed in earlier)):
        # Returned, and paid once more on the day that was typed: the receipt shows which of the two it is about.
        typed = None
    unpaid_at = row.unpaid_at if row.unpaid_at is not None and row.unpaid_at >= paid_at else None
    return Traces(typed, printed, unpaid_at)
