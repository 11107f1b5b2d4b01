"""What the ledger's words are called on the page."""

from __future__ import annotations

from collections.abc import Mapping

from airflow.sdk import BaseHook

from include.facts import Said, said
from include.settings import Settings

_STATES: Mapping[str, Said] = {
    "planned": said("page_state_planned"),
    "held": said("page_state_held"),
    "sending": said("page_state_sending"),
    "unknown": said("page_state_unknown"),
    "done": said("page_state_done"),
    "rejected": said("page_state_rejected"),
    "review": said("page_state_review"),
    "skipped": said("page_state_skipped"),
}
_DEEDS: Mapping[str, Said] = {
    "accepted": said("page_deed_accepted"),
    "settled": said("page_deed_settled"),
    "not_posted": said("page_deed_not_posted"),
    "sent_again": said("page_deed_sent_again"),
    "stays_gone": said("page_deed_stays_gone"),
    "deleted_as_asked": said("page_deed_deleted"),
    "finding_closed": said("page_deed_finding_closed"),
    "finding_reopened": said("page_deed_finding_reopened"),
    "difference_decided": said("page_deed_difference"),
    "difference_reopened": said("page_deed_difference_reopened"),
    "month_agreed": said("page_deed_month"),
    "period_closed": said("page_deed_period_closed"),
    "period_reopened": said("page_deed_period_reopened"),
    "retried": said("page_deed_retried"),
}
_KINDS: Mapping[str, Said] = {
    "saleinvoice": said("page_kind_sale"),
    "act": said("page_kind_act"),
    "payment": said("page_kind_payment"),
    "refund": said("page_kind_refund"),
    "counterparty": said("page_kind_counterparty"),
}
_ACTS: Mapping[str, Said] = {
    "accept": said("page_act_accept"),
    "stands": said("page_act_stands"),
    "not_posted": said("page_act_not_posted"),
    "send_again": said("page_act_send_again"),
    "stays_gone": said("page_act_stays_gone"),
}
_MEASURES: Mapping[str, Said] = {
    "documents": said("measure_documents"),
    "payments": said("measure_payments"),
    "refunds": said("measure_refunds"),
}

NAMES = {"state": _STATES, "deed": _DEEDS, "kind": _KINDS, "act": _ACTS, "measure": _MEASURES}
"""By what they are words of."""


def account(settings: Settings, connection: str) -> str:
    """What people call a Kontur account: its connection's description; nothing where there is only one."""
    if len(settings.shop.connections) < 2:
        return ""
    return BaseHook.get_connection(connection).description or connection
