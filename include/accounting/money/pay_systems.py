"""Pay systems: which bring money, by which method, and which money the books get from elsewhere."""

from __future__ import annotations

import datetime as dt

from kontur_hook.contract import PaymentMethod

from include.accounting.findings import found
from include.accounting.money.returns import returned_before
from include.accounting.operations import Finding, Verdict
from include.accounting.rules import Rules
from include.bitrix.rows import Payment
from include.facts import Money, said
from include.settings import PaidBy, PaymentDay

STORE_CREDIT = "inner"
_CASH = "cash"
_BY_CARRIER = "cashondelivery"
"""Handlers of cash on delivery begin so: the carrier takes the cash, and transfers it."""


def is_money(row: Payment, rules: Rules) -> bool:
    """Whether a payment brings money: store credit came in before, and some pay systems only stand for something."""
    return row.action_file != STORE_CREDIT and _mapped(row, rules) is not PaidBy.NOT_MONEY


def is_from_bank(row: Payment, rules: Rules) -> bool:
    """Whether the books get this money from the bank's statement or another register, and not from here."""
    return is_money(row, rules) and _mapped(row, rules) is PaidBy.FROM_BANK


def from_bank(row: Payment, day: dt.date | None) -> Finding:
    """What is said of money that the books get from elsewhere; ``day``: on which it came, ``None``: nobody says."""
    return found(
        Verdict.NOTED,
        "from_bank",
        row.id,
        payment=row.id,
        amount=Money(row.sum, row.currency),
        day=day or said("some_day"),
        pay_system=row.pay_system_name,
    )


def refund_from_bank(row: Payment, day: dt.date | None) -> Finding:
    """What is said of such money going back; ``day``: when, ``None``: nobody says."""
    amount = Money(row.sum, row.currency)
    return found(Verdict.NOTED, "refund_from_bank", row.id, payment=row.id, amount=amount, day=day or said("some_day"))


def method_of(row: Payment, rules: Rules) -> PaymentMethod:
    """How the money came: by the settings' map of pay systems, else by IS_CASH and CODE."""
    mapped = _mapped(row, rules)
    if mapped in {PaidBy.CASH, PaidBy.BANK_TRANSFER}:
        return PaymentMethod(mapped.value)
    by_carrier = (row.action_file or "").startswith(_BY_CARRIER)
    is_cash = not by_carrier and (row.is_cash == "Y" or row.pay_system_code == _CASH)
    return PaymentMethod.CASH if is_cash else PaymentMethod.BANK_TRANSFER


def paid_on(row: Payment, rules: Rules) -> dt.date | None:
    """The day of a payment (``payment_day``); ``None``: nobody says."""
    voucher = bank_day(row, rules) if rules.accounting.payment_day is PaymentDay.AUTO else None
    return voucher or (row.date_paid.date() if row.date_paid else None)


def bank_day(row: Payment, rules: Rules) -> dt.date | None:
    """The bank's day of a transfer."""
    return voucher_day(row) if method_of(row, rules) is PaymentMethod.BANK_TRANSFER else None


def voucher_day(row: Payment) -> dt.date | None:
    """PAY_VOUCHER_DATE, where it is not later than the day it was marked as paid, and not of an earlier time it was."""
    day, paid_at = row.pay_voucher_date, row.date_paid
    if day is None or paid_at is None or day > paid_at.date():
        return None
    earlier = returned_before(row, paid_at)
    return None if earlier is not None and day <= earlier else day


def _mapped(row: Payment, rules: Rules) -> PaidBy | None:
    """What the settings say of its pay system: by ID, else by CODE, else by ACTION_FILE."""
    methods = rules.accounting.payment_methods
    names = (str(row.pay_system_id), row.pay_system_code, row.action_file)
    return next((methods[name] for name in names if name in methods), None)
