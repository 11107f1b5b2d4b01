"""How a request proves who it is from."""

from __future__ import annotations

import re
import time
from typing import Protocol
from urllib.parse import urlencode

from kontur_hook.answers import ended, json_object, retry_after_s, server_message
from kontur_hook.errors import (
    KonturAccessError,
    KonturConfigurationError,
    KonturError,
    KonturTransientError,
)
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer, Failure, Request, Transport

LIFETIME_UNSAID_S = 300.0
_EARLY_S = 30.0
_TOKEN = re.compile(r"[!-~]+")


class KonturAuth(Protocol):
    """Signs requests."""

    async def signature(self) -> dict[str, str]:
        """The headers that sign a request.

        Raises:
            KonturError: there is no credential; nothing was sent with one.
        """

    async def renew(self, refused: Request) -> bool:
        """After a 401 for ``refused``: whether another credential can be tried."""


class ApiKeyAuth:
    """The key in a header."""

    def __init__(self, header: str, key: str) -> None:
        self._signature = {header: key}

    async def signature(self) -> dict[str, str]:
        """See :class:`KonturAuth`."""
        return self._signature

    async def renew(self, refused: Request) -> bool:
        """There is but one key."""
        return False


class ClientCredentialsAuth:
    """OAuth 2.0 client credentials, as Kontur's identity service documents them (docs/kontur.md, «Signing»).

    The token is kept until shortly before it expires; one asks for a new one while the others wait.
    """

    def __init__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None,
        redactor: Redactor,
        transport: Transport,
    ) -> None:
        self._token_url = token_url
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        if scope:
            self._form["scope"] = scope
        self._redactor = redactor
        self._transport = transport
        self._token: str | None = None
        self._fresh_until = 0.0

    async def signature(self) -> dict[str, str]:
        """See :class:`KonturAuth`."""
        async with self._transport.lock:
            if self._token is None or time.monotonic() >= self._fresh_until:
                await self._fetch()
            return self._signature

    async def renew(self, refused: Request) -> bool:
        """Forget the token that was refused, unless another has renewed it already."""
        async with self._transport.lock:
            if refused.headers.items() >= self._signature.items():
                self._token = None
        return True

    @property
    def _signature(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    async def _fetch(self) -> None:
        self._token = None
        asked = time.monotonic()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        result = await self._transport.exchange(
            Request("POST", self._token_url, form, urlencode(self._form).encode("ascii"))
        )
        if isinstance(result, Failure):
            raise result.error
        if result.status != 200:
            raise self._refusal(result)
        self._token, lifetime = _read_token(result)
        self._redactor.learn(self._token)
        self._fresh_until = asked + max(lifetime - _EARLY_S, lifetime / 2)

    def _refusal(self, answer: Answer) -> KonturError:
        said = self._redactor.clean(server_message(answer)) or f"HTTP {answer.status}"
        if answer.status == 429 or answer.status >= 500:
            text = f"The token service says: {ended(said)} Try again later."
            return KonturTransientError(text, status=answer.status, retry_after_s=retry_after_s(answer.headers))
        if answer.status in {400, 401, 402, 403} and json_object(answer) is not None:
            text = (
                f"The token service refuses us: {ended(said)} Check client_id, the password (client secret) and scope."
            )
            return KonturAccessError(text, status=answer.status)
        text = f"This is not the token service, or it moved ({said}): check token_url."
        return KonturConfigurationError(text, status=answer.status)


def _read_token(answer: Answer) -> tuple[str, float]:
    """The token and its lifetime in seconds."""
    data = json_object(answer)
    if data is None:
        raise KonturConfigurationError("This is not the token service: check token_url.", status=answer.status)
    token, lifetime = data.get("access_token"), str(data.get("expires_in"))
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(data.get("token_type")).lower() != "bearer":
        raise KonturConfigurationError("The token service gave no bearer token: check token_url.", status=answer.status)
    return token, float(lifetime) if re.fullmatch(r"[1-9][0-9]{0,8}", lifetime) else LIFETIME_UNSAID_S
