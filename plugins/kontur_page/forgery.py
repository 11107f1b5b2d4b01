"""Forms that another site makes a browser send are refused.

Airflow's cookie goes along with them, so the cookie proves nothing: the browser says where a form comes from, and the
form holds what only our page can have put there.
"""

from __future__ import annotations

import hashlib
import hmac
import urllib.parse
from typing import Annotated

from airflow.configuration import conf
from fastapi import Depends, Form, HTTPException, Request, status

from kontur_page.rights import User


def token(user_id: str) -> str:
    """What a form of this user's holds."""
    secret = conf.get("api", "secret_key")
    return hmac.new(secret.encode(), f"kontur-page:{user_id}".encode(), hashlib.sha256).hexdigest()


def is_from_here(request: Request) -> bool:
    """Whether the browser says that one of our own pages sends it; one that says nothing is not believed."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urllib.parse.urlsplit(origin).netloc == request.headers.get("host")


def _check(request: Request, user: User, token_: Annotated[str, Form(alias="token")] = "") -> None:
    if not is_from_here(request) or not hmac.compare_digest(token_.encode(), token(user.get_id()).encode()):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "forged")


UNFORGED = Depends(_check)
