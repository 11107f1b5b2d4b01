"""What every route takes from the running server."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from sandbox.kontur.ledger import Ledger
from sandbox.kontur.options import Options


async def _ledger(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


async def _options(request: Request) -> Options:
    options: Options = request.app.state.options
    return options


Books = Annotated[Ledger, Depends(_ledger)]
CurrentOptions = Annotated[Options, Depends(_options)]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
"""Written down and not obeyed."""
