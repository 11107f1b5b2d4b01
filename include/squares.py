"""What a mapped instance is called in Airflow's pages, and how a square ends red with a sentence."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NoReturn

from airflow.sdk import get_current_context

log = logging.getLogger(__name__)


def label(text: str) -> None:
    """What this mapped instance is called; shown also when it fails."""
    get_current_context()["label"] = text  # type: ignore[typeddict-unknown-key]


def red(lines: Sequence[str]) -> NoReturn:
    """End the task as failed; its log ends with these lines, and shows no traceback.

    It is for tasks that never retry: to Airflow this is an exit like any other.
    """
    context = get_current_context()
    # Airflow renders the label anew only after an ``Exception``, which would bring the traceback.
    context["ti"].rendered_map_index = context["label"]  # type: ignore[typeddict-item]
    said = "\n".join(lines)
    log.info("%s", said)
    raise SystemExit(said)
