"""How a request proves who it is from."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import requests
from requests.auth import AuthBase

from kontur_hook.answers import ended, json_object, retry_after_s, server_message
from kontur_hook.errors import (
    KonturAccessError,
    KonturConfigurationError,
    KonturError,
    KonturTransientError,
)
from kontur_hook.failure import Failure
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer

LIFETIME_UNSAID_S = 300.0
_EARLY_S = 30.0
_TOKEN = re.compile(r"[!-~]+")


class KonturAuth(AuthBase):
    """Signs requests. Safe to share between threads."""

    def renew(self, refused: requests.PreparedRequest) -> bool:
        """After a 401 for ``refused``: whether another credential can be tried."""
        return False


class ApiKeyAuth(KonturAuth):
    """The key in a header."""

    def __init__(self, header: str, key: str) -> None:
        self._header = header
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._key
        return request


class ClientCredentialsAuth(KonturAuth):
    """OAuth 2.0 client credentials, as Kontur's identity service documents them (docs/kontur.md, «Signing»).

    The token is kept until shortly before it expires; one thread asks for a new one while the others wait.
    """

    def __init__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None,
        redactor: Redactor,
        exchange: Callable[[requests.PreparedRequest], Answer | Failure],
    ) -> None:
        self._token_url = token_url
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        if scope:
            self._form["scope"] = scope
        self._redactor = redactor
        self._exchange = exchange
        self._lock = threading.Lock()
        self._token: str | None = None
        self._fresh_until = 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``request``.

        Raises:
            KonturError: there is no token; the request was not sent.
        """
        with self._lock:
            if self._token is None or time.monotonic() >= self._fresh_until:
                self._fetch()
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def renew(self, refused: requests.PreparedRequest) -> bool:
        """Forget the token that was refused, unless another thread has renewed it already."""
        with self._lock:
            if refused.headers.get("Authorization") == f"Bearer {self._token}":
                self._token = None
        return True

    def _fetch(self) -> None:
        self._token = None
        asked = time.monotonic()
        # Not prepared by the session: that would sign it, which is what we are about.
        request = requests.Request(
            "POST", self._token_url, data=self._form, headers={"Accept": "application/json"}
        ).prepare()
        result = self._exchange(request)
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
