"""What the server answers with: exact JSON, and one shape for every error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pydantic
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class ExactJSON(Response):
    """JSON in which a ``Decimal`` is a number with the same digits."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return _ENCODER.encode(content)


class Complaint(pydantic.BaseModel):
    code: str
    message: str


class ErrorBody(pydantic.BaseModel):
    """The body of every 4xx and 5xx."""

    error: Complaint
    traceId: str  # noqa: N815  the word of the wire


Responses = dict[int | str, dict[str, Any]]
READ_ERRORS: Responses = {status: {"model": ErrorBody} for status in (400, 401, 403, 404, 429)}
WRITE_ERRORS: Responses = {status: {"model": ErrorBody} for status in (400, 401, 403, 404, 415, 422, 429)}


class ApiError(Exception):
    """A refusal; nothing was written."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def not_found() -> ApiError:
    """What an unknown path gets, and a part of the contract that is switched off."""
    return ApiError(404, "not_found", "There is no such resource.")


def error_response(
    trace_id: str, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> ExactJSON:
    """An error in the contract's shape."""
    content = {"error": {"code": code, "message": message}, "traceId": trace_id}
    return ExactJSON(content, status_code=status, headers=headers)


def install_error_handlers(app: FastAPI) -> None:
    """Give every error of ``app`` the contract's shape."""

    @app.exception_handler(ApiError)
    async def refused(request: Request, error: ApiError) -> Response:
        return error_response(request.state.trace_id, error.status, error.code, error.message, error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        return error_response(request.state.trace_id, 400, "invalid_request", _explain(error))

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return await refused(request, not_found())
        return error_response(
            request.state.trace_id, error.status_code, "invalid_request", f"{error.detail}.", error.headers
        )

    @app.exception_handler(Exception)
    async def broken(request: Request, _: Exception) -> Response:
        return error_response(request.state.trace_id, 500, "internal", "The sandbox failed; its log says why.")


def _explain(error: RequestValidationError) -> str:
    """Which fields are wrong and why, without the values sent."""
    problems = [f"{'.'.join(str(part) for part in e['loc'][1:]) or 'body'}: {e['msg']}" for e in error.errors()]
    more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
    return "; ".join(problems[:5]) + more
