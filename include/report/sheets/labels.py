"""What types are called in cells and conditions."""

from __future__ import annotations

from kontur_hook.contract import DocumentKind, PaymentMethod, VatRate

from include.accounting.operations import Verdict
from include.accounting.sale.vat import told
from include.facts import Said, said
from include.reconciliation.difference import KIND_NAMES, Measure
from include.report.rows import Books, BuyerKind, Fate, Standing

BUYERS = {
    BuyerKind.RETAIL: said("workbook_retail"),
    BuyerKind.COMPANY: said("workbook_company"),
    BuyerKind.ENTREPRENEUR: said("workbook_entrepreneur"),
    BuyerKind.UNKNOWN: said("workbook_buyer_unknown"),
}
STANDINGS = {
    Standing.POSTED: said("workbook_posted"),
    Standing.TAKEN_OVER: said("workbook_taken_over"),
    Standing.UNCONFIRMED: said("workbook_unconfirmed"),
    Standing.WAITING: said("workbook_waiting"),
    Standing.REFUSED: said("workbook_refused"),
    Standing.SETTLED: said("workbook_settled"),
}
BOOKS = {
    Books.THIS_MONTH: said("workbook_yes"),
    Books.OTHER_MONTH: said("workbook_other_month"),
    Books.NOWHERE: said("workbook_no"),
}
SETTLED = STANDINGS[Standing.SETTLED]
YES = BOOKS[Books.THIS_MONTH]
METHODS = {
    PaymentMethod.CASH: said("workbook_cash"),
    PaymentMethod.BANK_TRANSFER: said("workbook_bank_transfer"),
    None: said("workbook_method_unknown"),
}
FATES = {
    Fate.POSTED: said("workbook_posted"),
    Fate.DUE: said("workbook_fate_due"),
    Fate.HELD: said("workbook_fate_held"),
    Fate.RETURNED: said("workbook_fate_returned"),
    Fate.STORE_CREDIT: said("workbook_fate_store_credit"),
    Fate.NOT_MONEY: said("workbook_fate_not_money"),
    Fate.FROM_BANK: said("workbook_fate_from_bank"),
    Fate.NOT_OURS: said("workbook_fate_not_ours"),
}
KINDS = {
    DocumentKind.SALE_INVOICE: said("workbook_sale_invoice"),
    DocumentKind.ACT: said("workbook_act"),
}
MEASURES = {
    Measure.DOCUMENTS: said("measure_documents"),
    Measure.PAYMENTS: said("workbook_payments"),
    Measure.REFUNDS: said("workbook_refunds"),
}
VERDICTS = {
    Verdict.REJECTED: said("workbook_rejected"),
    Verdict.REVIEW: said("workbook_review"),
    Verdict.NOTED: said("workbook_noted"),
    Verdict.SKIPPED: said("workbook_skipped"),
}


def rate(value: VatRate | None) -> Said:
    """A rate of a sale."""
    return said("workbook_rate_unknown") if value is None else told(value)


def difference(code: str) -> Said:
    """A kind of difference; of one that this version does not know, its code."""
    return KIND_NAMES.get(code, Said(code))
