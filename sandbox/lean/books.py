"""What was posted, as its requests said it; nothing is checked."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_KINDS = ("/documents/saleinvoices", "/documents/acts")


class Books:
    """Of one account."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._documents: dict[str, dict[str, Any]] = {}
        """Id -> as a read shows it."""
        self._by_day: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
        """Path of the kind, day -> ids."""
        self._companies: list[dict[str, Any]] = []

    @property
    def counted(self) -> dict[str, int]:
        """How many there are of each."""
        documents = self._documents.values()
        return {
            "documents": len(documents),
            "payments": sum(len(one["payments"]) for one in documents),
            "refunds": sum(len(one["refunds"]) for one in documents),
            "counterparties": len(self._companies),
        }

    def add(self, path: str, body: bytes) -> str:
        """Its new id."""
        new = _decode(body)
        id_ = new["id"] = f"id-{next(self._numbers)}"
        if path in _KINDS:
            total = sum((line["price"] * line["quantity"] for line in new["items"]), Decimal(0))
            self._documents[id_] = {**new, "totalAmount": total, "payments": [], "refunds": []}
            self._by_day[path, new["date"]].append(id_)
        elif path == "/counterparties":
            self._companies.append(new)
        else:
            *_, document, money = path.split("/")
            self._documents.setdefault(document, {"payments": [], "refunds": []})[money].append(new)
        return id_

    def read(self, path: str, query: Mapping[str, str]) -> object | None:
        """A list, or a document; ``None``: there is none of this id."""
        if path == "/counterparties":
            return {"items": [one for one in self._companies if self._is_meant(one, query)]}
        if path not in _KINDS:
            return self._documents.get(path.rpartition("/")[2])
        first, last = query.get("dateFrom", ""), query.get("dateTo", "9999")
        ids = (ids for (kind, day), ids in sorted(self._by_day.items()) if kind == path and first <= day <= last)
        found = (self._documents[id_] for id_ in itertools.chain.from_iterable(ids))
        named = [one for one in found if query.get("number", one["number"]) == one["number"]]
        offset = int(query.get("offset", 0))
        return {"items": [_summary(one) for one in named[offset : offset + int(query["limit"])]]}

    @staticmethod
    def _is_meant(company: Mapping[str, Any], query: Mapping[str, str]) -> bool:
        return all(company.get(key) == query[key] for key in ("inn", "name") if key in query)


def _summary(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in {"payments", "refunds", "items"}}
