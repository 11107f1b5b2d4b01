"""Where the page stands inside of Airflow's own pages."""

from __future__ import annotations

IN_AIRFLOW = "/plugin/kontur/kontur"
"""Below Airflow's base URL; the path of a screen follows."""
