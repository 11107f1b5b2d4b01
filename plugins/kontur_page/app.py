"""The application that Airflow mounts: routes, what every answer says to the browser, and errors in words."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from kontur_hook.errors import KonturError
from starlette.exceptions import HTTPException

from include.errors import HouseError
from include.words import speaking
from kontur_page import month, months, needs, order, order_acts, periods, search, tabs, today
from kontur_page.page import Page, language_of

STATIC = pathlib.Path(__file__).with_name("static")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@functools.cache
def app() -> FastAPI:
    """The one of this process."""
    return create_app()


def create_app() -> FastAPI:
    """All of the page, at home wherever it is mounted."""
    made = FastAPI(title="Kontur", openapi_url=None, docs_url=None, redoc_url=None)
    made.mount("/static", StaticFiles(directory=STATIC), name="static")
    for screen in (today, needs, order, order_acts, months, month, periods, search, tabs):
        made.include_router(screen.router)
    made.middleware("http")(_with_headers)
    made.add_exception_handler(HTTPException, _refused)
    made.add_exception_handler(RequestValidationError, _misread)
    made.add_exception_handler(HouseError, _failed)
    made.add_exception_handler(KonturError, _failed)
    return made


async def _with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    # Static files are asked for again as well: a newer version must not meet an older one's.
    response.headers["Cache-Control"] = "no-cache" if "/static/" in request.url.path else "no-store"
    return response


async def _refused(request: Request, error: Exception) -> Response:
    """Words for a person whose session is lost, who has no right, or who is lost himself."""
    assert isinstance(error, HTTPException)  # noqa: S101 - by its registration
    return Page(request).wrong("refused.html.jinja", error.status_code, reason=error.detail)


async def _misread(request: Request, _: Exception) -> Response:
    """An address or a form that nobody gets by clicking."""
    return Page(request).wrong("refused.html.jinja", 422, reason="")


async def _failed(request: Request, error: Exception) -> Response:
    """What was asked for was not done, or cannot be shown; the error says why."""
    with speaking(language_of(request)):
        lines = str(error).splitlines()
    code = status.HTTP_409_CONFLICT if request.method == "POST" else status.HTTP_503_SERVICE_UNAVAILABLE
    return Page(request).wrong("failed.html.jinja", code, lines=lines, back=request.headers.get("referer"))
