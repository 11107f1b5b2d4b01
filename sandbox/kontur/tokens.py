"""OAuth 2.0 client credentials, as Kontur documents them (docs/kontur.md, «Signing»): refusals are 400, never 401."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs

import pydantic
from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.kontur.access import Gate
from sandbox.kontur.answers import ExactJSON
from sandbox.kontur.options import Options
from sandbox.kontur.paths import TOKEN_PATH

_FORM = "application/x-www-form-urlencoded"
_USER_SCOPES = {"openid", "profile", "email", "offline_access"}


class TokenRequest(pydantic.BaseModel):
    grant_type: Literal["client_credentials"]
    client_id: str = pydantic.Field(min_length=1, max_length=300)
    client_secret: str = pydantic.Field(min_length=1, max_length=300)
    scope: str = pydantic.Field(pattern=r"^\S+( \S+)*$")
    """Names of APIs, separated by blanks; scopes of a person are refused."""


class Token(pydantic.BaseModel):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""


class TokenError(pydantic.BaseModel):
    error: Literal["invalid_request", "invalid_client", "invalid_scope"]


router = APIRouter()


@router.post(
    TOKEN_PATH,
    response_model=Token,
    responses={400: {"model": TokenError}},
    openapi_extra={
        "requestBody": {"required": True, "content": {_FORM: {"schema": TokenRequest.model_json_schema()}}},
    },
)
async def issue_token(request: Request) -> Response:
    options: Options = request.app.state.options
    gate: Gate = request.app.state.gate
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return _refused("invalid_request")
    try:
        form = parse_qs((await request.body()).decode("ascii"), strict_parsing=True)
        asked = TokenRequest.model_validate({name: " ".join(values) for name, values in form.items()})
    except ValueError:
        return _refused("invalid_request")
    if _USER_SCOPES & set(asked.scope.split()):
        return _refused("invalid_scope")
    token = gate.issue_token(asked.client_id, asked.client_secret, options.token_expires_in_s)
    if token is None:
        return _refused("invalid_client")
    return ExactJSON({"access_token": token, "token_type": "Bearer", "expires_in": options.token_expires_in_s})


def _refused(error: str) -> Response:
    return ExactJSON({"error": error}, status_code=400)
