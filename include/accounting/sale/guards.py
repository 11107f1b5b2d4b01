"""What a document must be like to be posted, whether the shop's data made it so or the shop's own rule."""

from __future__ import annotations

import re
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.buyer.inn import check_inn, check_kpp
from include.accounting.clock import Clock
from include.accounting.days import check_day, is_before_go_live
from include.accounting.drafts import NO_DAY, UNKNOWN_RATE, Draft
from include.accounting.findings import Collector, NotPostableError, rejection
from include.accounting.named import named
from include.accounting.names import short
from include.accounting.operations import Counterparty, Finding, SaleDocument
from include.accounting.rules import Rules
from include.accounting.sale.vat import check_mixed, check_rate, check_regime
from include.facts import Said, said

_OF_A_COMPANY = 10
"""Digits of an INN; of a person's, who has no KPP, it has 12."""
_ID = re.compile(r"[!-~]{1,100}")


def refusals(draft: Draft, document: SaleDocument, rules: Rules, clock: Clock | None) -> list[Finding]:
    """Why ``document`` cannot be posted; nothing if it can.

    Args:
        draft: what the shop's data made.
        document: the draft, or what the shop's own rule made of it.
        rules: the rules in force.
        clock: the shop's; ``None`` for what is in the books already, whose day was judged then.
    """
    of_order, of_day = Collector(), Collector()
    with of_order.collecting():
        _check_buyer(draft, document.counterparty)
    goods = [item for item in document.items if item != draft.delivery]
    with of_order.collecting():
        check_mixed({item.vat_rate for item in goods} | draft.beside, rules)
        _check_rates(draft, document)
    with of_order.collecting():
        _check_sums(draft, document)
    if of_order.findings:
        return of_order.findings
    with of_day.collecting():
        _check_texts(draft, document)
    if document.date == NO_DAY:
        with of_day.collecting():
            raise rejection("no_date")
        return of_day.findings
    for item in document.items:
        with of_day.collecting():
            check_rate(item.vat_rate, document.date, short(item.name), rules)
    for item in goods:
        with of_day.collecting():
            check_regime(item.vat_rate, document.date, short(item.name), rules)
    if clock is not None:
        with of_day.collecting():
            if is_before_go_live(document.date, rules):
                raise wrong_answer(said("rule_before_go_live", operation=named(document.key), day=document.date))
            check_day(document.date, said("what_shipment"), rules, clock)
    return of_day.findings


def wrong_answer(what: Said) -> NotPostableError:
    """The shop's own rule did what it must not."""
    return rejection("customize_invalid", what=what)


def _check_buyer(draft: Draft, buyer: Counterparty) -> None:
    if buyer == draft.document.counterparty:
        draft.doubts.buyer.raise_found()
        return
    if buyer.id is not None:
        if not _ID.fullmatch(buyer.id):
            raise wrong_answer(said("rule_counterparty_id"))
        return
    if buyer.inn is not None:
        check_inn(buyer.inn)
    if buyer.kpp is not None:
        check_kpp(buyer.kpp)
        if buyer.inn is None or len(buyer.inn) != _OF_A_COMPANY:
            raise wrong_answer(said("rule_kpp"))
    if not buyer.name.strip():
        raise wrong_answer(said("rule_buyer_without_name"))


def _check_rates(draft: Draft, document: SaleDocument) -> None:
    for rate in {item.vat_rate for item in document.items} - set(VatRate):
        if rate == UNKNOWN_RATE:
            draft.doubts.rates.raise_found()
        raise wrong_answer(said("rule_rate", rate=str(rate)))


def _check_sums(draft: Draft, document: SaleDocument) -> None:
    total = sum((item.amount for item in document.items), start=Decimal(0))
    if total == document.total_amount:
        return
    draft.doubts.sums.raise_found()
    raise wrong_answer(said("rule_sums", lines=total, total=document.total_amount))


def _check_texts(draft: Draft, document: SaleDocument) -> None:
    if (document.number, document.comment) == (draft.document.number, draft.document.comment):
        draft.doubts.texts.raise_found()
    if not document.number.strip():
        raise wrong_answer(said("rule_number_empty"))
    if not all(item.name.strip() for item in document.items):
        raise wrong_answer(said("rule_line_name"))
