"""How the server behaves beyond the contract. By default: fast, fresh, unlimited, every extension there."""

from __future__ import annotations

import pydantic


class Options(pydantic.BaseModel):
    """Set on the command line (``--option name=value``) or by ``PUT /_sandbox/options``, which replaces all."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    latency_ms: int = pydantic.Field(default=0, ge=0)
    """Added before each request is looked at."""
    rate_per_s: float | None = pydantic.Field(default=None, gt=0)
    """Requests per second and account, beyond which 429 is answered."""
    search_lag_s: float = pydantic.Field(default=0, ge=0)
    """Documents stand in lists only this long after they were written."""
    substring_search: bool = False
    """``number=`` and ``name=`` also find what only contains them."""
    token_expires_in_s: int = pydantic.Field(default=3600, ge=1)

    search_documents: bool = True
    read_documents: bool = True
    search_counterparties_by_name: bool = True
    acts: bool = True
    refunds: bool = True
