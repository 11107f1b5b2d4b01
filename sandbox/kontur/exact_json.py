"""Bodies of requests read exactly: numbers as ``Decimal``, nothing that only Python calls JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from sandbox.kontur.answers import ApiError


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key stands twice")
    return read


def _not_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


class _ExactRequest(Request):
    async def json(self) -> Any:
        # Whatever this raises, FastAPI turns into a 400.
        return json.loads(
            await self.body(),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_not_json,
            object_pairs_hook=_object,
        )


class ExactJSONRoute(APIRoute):
    """A route whose body, if it has one, must be JSON by its Content-Type and by its content."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def exact(request: Request) -> Response:
            if self.body_field is not None:
                content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
                if content_type != "application/json":
                    raise ApiError(415, "unsupported_media_type", "The Content-Type must be application/json.")
            return await handle(_ExactRequest(request.scope, request.receive))

        return exact
