"""Who logs in to a stack's Airflow."""

from __future__ import annotations

from collections.abc import Mapping

ADMIN = "admin"
ACCOUNTANT = "accountant"
AUDITOR = "auditor"
ROLES: Mapping[str, str] = {ADMIN: "Admin", ACCOUNTANT: "KonturAccountant", AUDITOR: "KonturAuditor"}
"""Name -> role in FAB; a stack without FAB has the admin alone."""
