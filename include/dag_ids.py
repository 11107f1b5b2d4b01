"""What the DAGs are called where Airflow keeps them: links, rights and schedules of others know them by these."""

from __future__ import annotations

DAILY = "bitrix_to_kontur"
BY_HAND = "kontur_by_hand"
RECONCILIATION = "kontur_reconciliation"
DIGEST = "kontur_digest"
ALL = (DAILY, BY_HAND, RECONCILIATION, DIGEST)
