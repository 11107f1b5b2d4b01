"""The published description: complete, with every status and header that really comes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sandbox.kontur.paths import TRACE_HEADER


def publish(app: FastAPI) -> None:
    """Let ``/openapi.json`` say what FastAPI does not know of: our errors in place of its own, our headers."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            for path in schema["paths"].values():
                for operation in path.values():
                    _mend(operation["responses"])
            for unused in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(unused, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way


def _mend(responses: dict[str, Any]) -> None:
    content = responses.get("422", {}).get("content", {})
    if "HTTPValidationError" in str(content):
        del responses["422"]
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers[TRACE_HEADER] = {"required": True, "schema": {"type": "string"}}
        if status == "429":
            headers["Retry-After"] = {"required": True, "schema": {"type": "string"}, "description": "Seconds."}
