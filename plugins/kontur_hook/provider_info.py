"""The connection type ``kontur``, for Airflow's form and its Test button."""

from __future__ import annotations

from typing import Any


def _field(label: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": schema}


def get_provider_info() -> dict[str, Any]:
    """The entry point ``apache_airflow_provider``; extras as in :class:`kontur_hook.connection.Extra`."""
    text = ["string", "null"]
    return {
        "package-name": "bitrix-to-kontur",
        "name": "Kontur",
        "description": "Kontur.Accounting: sale documents, payments, refunds.",
        "connection-types": [
            {
                "connection-type": "kontur",
                "hook-class-name": "kontur_hook.hook.KonturHook",
                "hook-name": "Kontur",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "port", "extra"],
                    "relabeling": {
                        "host": "Base URL",
                        "login": "Account id",
                        "password": "API key or client secret",
                    },
                    "placeholders": {"host": "https://api.kontur.ru/budget/v1"},
                },
                "conn-fields": {
                    "auth": _field(
                        "Authentication",
                        "api_key, or client_credentials (OAuth 2.0).",
                        type="string",
                        enum=["api_key", "client_credentials"],
                        default="api_key",
                    ),
                    "api_key_header": _field("API key header", "Empty: as the settings' contract says.", type=text),
                    "client_id": _field("Client id", "For client_credentials.", type=text),
                    "token_url": _field("Token URL", "For client_credentials.", type=text),
                    "scope": _field("Scope", "For client_credentials: words with spaces between.", type=text),
                    "timeout_s": _field(
                        "Timeout, s",
                        "For one whole exchange.",
                        type="number",
                        exclusiveMinimum=0,
                        maximum=600,
                        default=60,
                    ),
                    "concurrency": _field(
                        "Concurrency", "Requests under way at once.", type="integer", minimum=1, maximum=64, default=4
                    ),
                    "rate_per_s": _field(
                        "Rate, 1/s",
                        "POSTs a second, of all workers; empty: no limit.",
                        type=["number", "null"],
                        exclusiveMinimum=0,
                    ),
                    "ca_bundle": _field("CA bundle", "A PEM file on the workers; empty: the usual ones.", type=text),
                    "allow_http": _field(
                        "Allow http",
                        "For a sandbox only: the key is readable on the way.",
                        type="boolean",
                        default=False,
                    ),
                },
            }
        ],
    }
