"""The server, put together."""

from __future__ import annotations

import pathlib

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.types import ASGIApp

from sandbox.kontur import control, counterparties, documents, tokens
from sandbox.kontur.access import Gate
from sandbox.kontur.answers import install_error_handlers, not_found
from sandbox.kontur.faults.injector import FaultInjector
from sandbox.kontur.faults.plan import FaultPicker, FaultPlan
from sandbox.kontur.ledger import Ledger
from sandbox.kontur.openapi import publish
from sandbox.kontur.options import Options
from sandbox.kontur.paths import ACCOUNT_PATH
from sandbox.kontur.request_log import RequestLog
from sandbox.kontur.traffic import Throttled, Traced


async def _acts_are_on(request: Request) -> None:
    if not request.app.state.options.acts:
        raise not_found()


def _contract() -> APIRouter:
    contract = APIRouter(prefix=ACCOUNT_PATH)
    contract.include_router(counterparties.router)
    contract.include_router(
        documents.router,
        prefix="/documents/saleinvoices",
        dependencies=[Depends(documents.mounted_as("saleinvoices"))],
    )
    contract.include_router(
        documents.router,
        prefix="/documents/acts",
        dependencies=[Depends(_acts_are_on), Depends(documents.mounted_as("acts"))],
    )
    return contract


def create_app(ledger_path: pathlib.Path, gate: Gate, options: Options) -> ASGIApp:
    """The whole server over the ledger at ``ledger_path``, which is made if it is not there."""
    app = FastAPI(
        title="Kontur.Accounting, sandbox",
        version="1",
        description="A stand-in for tests. The contract is an article's; the vendor has not confirmed it.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.gate, app.state.options = gate, options
    app.state.ledger = Ledger(ledger_path)
    app.state.picker = FaultPicker(FaultPlan())
    app.state.log = RequestLog(app.state.ledger.connection)
    app.include_router(_contract())
    app.include_router(tokens.router)
    app.include_router(control.router)
    install_error_handlers(app)
    publish(app)
    faulty = FaultInjector(app, lambda: app.state.picker, app.state.ledger, app.state.log)
    return Traced(contract=Throttled(faulty, lambda: app.state.options), control=app, log=app.state.log)
