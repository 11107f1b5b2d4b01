"""The extra of a connection of type ``kontur``: each key, what it is called, and what it may hold.

Airflow's form is made of it in every process, so it imports nothing of Airflow.
"""

from __future__ import annotations

import enum
import ssl
from typing import Annotated

import pydantic


class AuthScheme(enum.StrEnum):
    API_KEY = "api_key"
    CLIENT_CREDENTIALS = "client_credentials"


def _usable_bundle(path: str) -> str:
    try:
        ssl.create_default_context(cafile=path)
    except OSError:
        raise ValueError("is no readable file of PEM certificates on this machine") from None
    return path


class Extra(pydantic.BaseModel):
    """The connection's extra; another key is refused: Airflow's HTTP hook would send it as a header.

    Title, description, default and limits of a field are what the form shows, in this order.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    auth: AuthScheme = pydantic.Field(
        default=AuthScheme.API_KEY,
        title="Authentication",
        description="api_key, or client_credentials (OAuth 2.0).",
    )
    api_key_header: Annotated[str, pydantic.Field(pattern=r"^[A-Za-z0-9-]+$")] | None = pydantic.Field(
        default=None, title="API key header", description="Empty: as the settings' contract says."
    )
    client_id: str | None = pydantic.Field(default=None, title="Client id", description="For client_credentials.")
    token_url: str | None = pydantic.Field(default=None, title="Token URL", description="For client_credentials.")
    scope: str | None = pydantic.Field(
        default=None, title="Scope", description="For client_credentials: words with spaces between."
    )
    timeout_s: float = pydantic.Field(
        default=60, gt=0, le=600, title="Timeout, s", description="For one whole exchange."
    )
    """Wall-clock seconds."""
    concurrency: int = pydantic.Field(
        default=20, ge=1, le=64, title="Concurrency", description="Requests under way at once."
    )
    """Of one hook."""
    rate_per_s: float | None = pydantic.Field(
        default=None, gt=0, title="Rate, 1/s", description="POSTs a second, of all workers; empty: no limit."
    )
    """Kept by the caller, not by the hook."""
    ca_bundle: Annotated[str, pydantic.AfterValidator(_usable_bundle)] | None = pydantic.Field(
        default=None, title="CA bundle", description="A PEM file on the workers; empty: the usual ones."
    )
    allow_http: bool = pydantic.Field(
        default=False, title="Allow http", description="For a sandbox only: the key is readable on the way."
    )
