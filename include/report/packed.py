"""Long lists in little memory: each row is kept as the bytes that msgspec makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableSequence
from typing import Any, Generic, TypeVar, overload

import msgspec

_Row = TypeVar("_Row")
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


class Packed(MutableSequence[_Row], Generic[_Row]):
    """A list of rows of one type; what is taken out is a copy."""

    def __init__(self, type_: type[_Row]) -> None:
        self._rows: list[bytes] = []
        self._decode = msgspec.msgpack.Decoder(type_).decode

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[_Row]:
        return map(self._decode, self._rows)

    @overload
    def __getitem__(self, index: int) -> _Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[_Row]: ...
    def __getitem__(self, index: int | slice) -> _Row | list[_Row]:
        if isinstance(index, slice):
            return [self._decode(row) for row in self._rows[index]]
        return self._decode(self._rows[index])

    def __setitem__(self, index: Any, row: Any) -> None:
        self._rows[index] = _encode(row)

    def __delitem__(self, index: int | slice) -> None:
        del self._rows[index]

    def insert(self, index: int, row: _Row) -> None:
        """Before ``index``."""
        self._rows.insert(index, _encode(row))

    def append(self, row: _Row) -> None:
        """At the end."""
        self._rows.append(_encode(row))

    def sort(self, key: Callable[[_Row], Any]) -> None:
        """In place; equal ones stay in their order."""
        self._rows.sort(key=lambda packed: key(self._decode(packed)))

    def packed(self) -> Iterator[bytes]:
        """As they are kept: equal rows are equal bytes."""
        return iter(self._rows)
