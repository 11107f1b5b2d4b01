"""The connection type ``kontur``, for Airflow's form and its Test button.

Airflow reads it in each of its processes, so it imports neither Airflow nor the hook.
"""

from __future__ import annotations

from typing import Any

from kontur_hook.contract import Contract
from kontur_hook.extra import Extra

_SHOWN = ("type", "enum", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
"""Words of JSON schema by which the form chooses and limits an input. A pattern is left to the check: an optional field
may be empty, whatever its pattern says."""


def get_provider_info() -> dict[str, Any]:
    """The entry point ``apache_airflow_provider``."""
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
                    # With an empty or hidden port, Airflow's Test button refuses a connection that is stored: it
                    # compares 0, which its form sends, with NULL.
                    "hidden-fields": ["schema", "extra"],
                    "relabeling": {
                        "host": "Base URL",
                        "port": "Port (443; as in the base URL)",
                        "login": "Account id",
                        "password": "API key or client secret",
                    },
                    "placeholders": {"host": Contract().default_base_url, "port": "443"},
                },
                "conn-fields": _fields_of_extra(),
            }
        ],
    }


def _fields_of_extra() -> dict[str, Any]:
    schema = Extra.model_json_schema()
    return {name: _field(field, schema.get("$defs", {})) for name, field in schema["properties"].items()}


def _field(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    shown = _input(field, definitions)
    if (default := field.get("default")) is not None:
        shown["default"] = default
    return {"label": field["title"], "description": field["description"], "schema": shown}


def _input(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """In the form's flat way: no reference, and an optional field as a list of types."""
    if "$ref" in field:
        return _input(definitions[field["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in field:
        choice, nothing = (_input(one, definitions) for one in field["anyOf"])
        return {**choice, "type": [choice["type"], nothing["type"]]}
    return {word: field[word] for word in _SHOWN if word in field}
