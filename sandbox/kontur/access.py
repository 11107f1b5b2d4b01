"""Who may do what: keys of accounts, and the bearer tokens given out for them."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, OAuth2

from sandbox.kontur.answers import ApiError
from sandbox.kontur.paths import TOKEN_PATH


@dataclasses.dataclass(frozen=True, slots=True)
class Grant:
    """What a key opens."""

    account: str
    can_write: bool


class Gate:
    """Keys are fixed for the life of the server; tokens live in memory."""

    def __init__(self, writers: Mapping[str, str], readers: Mapping[str, str]) -> None:
        """Take account → key; a reader's key opens its account for GET only."""
        self._accounts = {*writers, *readers}
        self._keys = {key: Grant(account, can_write=True) for account, key in writers.items()}
        self._keys |= {key: Grant(account, can_write=False) for account, key in readers.items()}
        self._tokens: dict[str, tuple[Grant, float]] = {}

    def knows_account(self, account: str) -> bool:
        return account in self._accounts

    def issue_token(self, client_id: str, client_secret: str, expires_in_s: float) -> str | None:
        """A token with the rights of the key that is the secret; the client's id is the account's. Else ``None``."""
        grant = self._keys.get(client_secret)
        if grant is None or grant.account != client_id:
            return None
        token = secrets.token_urlsafe(32)
        self._tokens[token] = (grant, time.monotonic() + expires_in_s)
        return token

    def revoke_tokens(self) -> int:
        """All tokens become invalid at once; returns how many there were."""
        revoked = len(self._tokens)
        self._tokens.clear()
        return revoked

    def by_key(self, key: str) -> Grant | None:
        return self._keys.get(key)

    def by_authorization(self, header: str) -> Grant | None:
        scheme, _, token = header.partition(" ")
        grant, until = self._tokens.get(token, (None, 0.0))
        return grant if scheme.lower() == "bearer" and time.monotonic() < until else None


_api_key = APIKeyHeader(name="X-Api-Key", scheme_name="ApiKey", auto_error=False)
_bearer = OAuth2(
    scheme_name="ClientCredentials",
    flows={"clientCredentials": {"tokenUrl": TOKEN_PATH, "scopes": {}}},
    auto_error=False,
)


async def authorize(
    request: Request,
    account: str,
    key: Annotated[str | None, Security(_api_key)],
    authorization: Annotated[str | None, Security(_bearer)],
) -> str:
    """The account of the path, if the request may touch it.

    Raises:
        ApiError: 401, 403 or 404.
    """
    gate: Gate = request.app.state.gate
    grant = None
    if key is not None:
        grant = gate.by_key(key)
    elif authorization is not None:
        grant = gate.by_authorization(authorization)
    if grant is None:
        raise ApiError(401, "unauthorized", "The API key or token is missing or wrong.", {"WWW-Authenticate": "Bearer"})
    if not gate.knows_account(account):
        raise ApiError(404, "unknown_account", "There is no such account.")
    if grant.account != account:
        raise ApiError(403, "forbidden", "This key does not open this account.")
    if request.method != "GET" and not grant.can_write:
        raise ApiError(403, "read_only", "This key may only read.")
    return account


Account = Annotated[str, Depends(authorize)]
"""The account of the path, once it is known that the request may touch it."""
