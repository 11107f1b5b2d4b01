"""The Airflow connection of type ``kontur``: parsed and checked in one place, with its extra."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pydantic
from airflow.sdk import Connection

from kontur_hook.contract import Contract
from kontur_hook.errors import KonturConfigurationError
from kontur_hook.extra import AuthScheme, Extra


class ConnectionSettings(Extra):
    """A connection that can be used as it is."""

    conn_id: str
    base_url: str
    """Without a slash at the end."""
    account: str
    secret: pydantic.SecretStr
    """The API key or the client secret."""

    @property
    def is_encrypted(self) -> bool:
        """Whether any request goes by https."""
        return any(url.startswith("https:") for url in (self.base_url, self.token_url or ""))


def parse_connection(connection: Connection, contract: Contract) -> ConnectionSettings:
    """Check a connection of type ``kontur``.

    Raises:
        KonturConfigurationError: something is missing or wrong; names the field, never a value of it.
    """
    try:
        return _parse(connection, contract)
    except ValueError as error:
        raise KonturConfigurationError(f"Connection {connection.conn_id}: {error}.") from None


def _parse(connection: Connection, contract: Contract) -> ConnectionSettings:
    extra = _extra(connection.extra)
    if connection.schema:
        raise ValueError("schema stays empty: write the whole base URL into host")
    base_url = _url(connection.host or contract.default_base_url, "host", allow_http=extra.allow_http)
    if connection.port and connection.port != _port(base_url):
        raise ValueError(f"port is not that of host, which is {_port(base_url)}: write it into both")
    values = extra.model_dump()
    if extra.auth is AuthScheme.CLIENT_CREDENTIALS:
        if not (extra.client_id and extra.token_url):
            raise ValueError("auth client_credentials also needs client_id and token_url in extra")
        values["token_url"] = _url(extra.token_url, "token_url", allow_http=extra.allow_http)
    return ConnectionSettings(
        **values,
        conn_id=connection.conn_id,
        base_url=base_url,
        account=_account(connection.login),
        secret=pydantic.SecretStr(_secret(connection.password)),
    )


def _extra(text: str | None) -> Extra:
    try:
        values: Any = json.loads(text or "{}")
    except ValueError:
        raise ValueError("extra is not JSON") from None
    if not isinstance(values, dict):
        raise ValueError("extra is not a JSON object")  # noqa: TRY004 - one kind of error for all that is wrong
    given = {key: value for key, value in values.items() if value is not None and value != ""}
    try:
        return Extra(**given)
    except pydantic.ValidationError as error:
        raise ValueError("; ".join(_explain(problem) for problem in error.errors(include_input=False))) from None


def _explain(problem: Any) -> str:
    key = problem["loc"][0]
    if problem["type"] == "extra_forbidden":
        return f"extra «{key}» is unknown; allowed: {', '.join(Extra.model_fields)}"
    return f"extra {key}: {problem['msg'].removeprefix('Value error, ')}"


def _account(login: str | None) -> str:
    account = (login or "").strip()
    if not account:
        raise ValueError("login is empty; it is Kontur's account id")
    if account in {".", ".."} or not account.isprintable():
        raise ValueError("login is no account id")
    return account


def _secret(password: str | None) -> str:
    if not password:
        raise ValueError("password is empty; it is the API key or the client secret")
    if not re.fullmatch(r"[!-~]+", password):
        raise ValueError(
            "password holds a space, a line break or a letter outside ASCII, which no key has; copy it again"
        )
    return password


def _url(text: str, field: str, *, allow_http: bool) -> str:
    """``text`` with https:// if it names no scheme; never echoed, for it may hold a password."""
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError(f"{field} is no URL")
    url = urlsplit(text if "://" in text else f"https://{text}")
    try:
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{field} is no URL like https://api.kontur.ru/budget/v1")
    if "@" in url.netloc:
        raise ValueError(f"{field} holds a user or a password; put them into login and password")
    if url.query or url.fragment:
        raise ValueError(f"{field} holds a ? or a #; write the URL up to there")
    if url.scheme == "http" and not allow_http and not _is_loopback(url.hostname or ""):
        raise ValueError(f"{field} is http, which shows the key to the network; use https")
    return url.geturl().rstrip("/")


def _port(url: str) -> int:
    """Where it leads, also where it names none."""
    parts = urlsplit(url)
    return parts.port or {"https": 443, "http": 80}[parts.scheme]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
