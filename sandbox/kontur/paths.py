"""The server's paths, its trace header, and what a path says without being routed."""

from __future__ import annotations

import re

BASE_PATH = "/budget/v1"
ACCOUNT_PATH = BASE_PATH + "/accounts/{account}"
TOKEN_PATH = "/connect/token"  # noqa: S105  a path, no secret
CONTROL_PATH = "/_sandbox"
TRACE_HEADER = "X-Kontur-Trace-Id"

_ACCOUNT = re.compile(rf"^({re.escape(BASE_PATH)}/accounts/)([^/]+)")
_DOCUMENT = re.compile(r"/documents/([a-z]+)/[^/]+")


def is_contract(path: str) -> bool:
    """Whether a path belongs to Kontur, and not to the sandbox's own control."""
    return path == TOKEN_PATH or path.startswith(BASE_PATH + "/")


def account_of(path: str) -> str | None:
    """The account a path speaks of."""
    match = _ACCOUNT.match(path)
    return match[2] if match else None


def template(path: str) -> str:
    """The path with its account and document left open, so that requests can be counted by kind."""
    return _DOCUMENT.sub(r"/documents/\1/{id}", _ACCOUNT.sub(r"\1{account}", path))
