"""Where the page stands below Airflow's address."""

from __future__ import annotations

PREFIX = "/kontur"
