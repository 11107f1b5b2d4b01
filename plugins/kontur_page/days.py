"""The month of an account that an address names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, status
from fastapi import Path as InPath

from include import settings as settings_module
from include.steps.reconciliation.days import MONTH, month_of
from include.window import Window


def _known(connection: str, month: Annotated[str, InPath(pattern=MONTH)]) -> Window:
    """Its days, of an account that there is."""
    if connection not in settings_module.load().shop.connections:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return month_of(month)


Days = Annotated[Window, Depends(_known)]


def path(connection: str, days: Window) -> str:
    """The month's screen."""
    return f"/months/{connection}/{days.date_from:%Y-%m}"
