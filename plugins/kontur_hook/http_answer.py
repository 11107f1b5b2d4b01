"""An answer of HTTP/1.1, read from its bytes as they come, by ``httptools`` and by its strict rules.

That parser knows nothing of the end of a connection, of limits, or of what is left over behind an answer: all three are
seen to here. It reads heads and chunks; a body whose length is known is only counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httptools

from kontur_hook.transport import MAX_BODY_MIB, Answer, Body, TooLargeError
from kontur_hook.unpacking import unpacked

MOST_BYTES_OF_A_HEAD = 64 * 1024
"""Status line and headers, all together."""
MOST_HEADERS = 100
"""As the other way takes."""
_MOST_BYTES = 8 * MAX_BODY_MIB * 1024 * 1024
"""Of an answer on the wire: the sizes of small chunks outweigh what they hold."""
_END_OF_HEAD = b"\r\n\r\n"
_OF_FRAMING = frozenset({"content-length", "transfer-encoding"})


class NotHttpError(Exception):
    """What came is no answer, or is one that can be read in two ways."""


class CutError(Exception):
    """The connection ended before the answer did."""


class Headers(Mapping[str, str]):
    """Of an answer, compared without regard to case; of a repeated one the first."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class _Parsed:
    """What the parser says. An object of its own, so that no cycle is left to the garbage collector."""

    __slots__ = ("closes", "come", "has_head", "headers", "is_muddled", "is_whole", "parts")

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.come = 0
        """Headers, repeated ones as well."""
        self.parts: list[bytes] = []
        """Of a body in chunks."""
        self.has_head = False
        self.closes = False
        """The server will close the connection."""
        self.is_muddled = False
        """Its headers are too many, or say twice how long the body is."""
        self.is_whole = False

    def on_message_begin(self) -> None:
        if self.is_whole:
            raise NotHttpError  # stops the parser: this one is not ours

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.has_head:
            return  # of a trailer
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        if self.headers.setdefault(key, text) is not text and key in _OF_FRAMING:
            self.is_muddled = True
        self.come += 1
        if self.come > MOST_HEADERS:
            self.is_muddled = True
        if key == "connection" and "close" in text.lower():
            self.closes = True

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, part: bytes) -> None:
        self.parts.append(part)

    def on_message_complete(self) -> None:
        self.is_whole = True


class AnswerReader:
    """Reads one answer."""

    __slots__ = ("_body", "_come", "_extra", "_length", "_parsed", "_parser", "_status", "_tail")

    def __init__(self) -> None:
        self._body = Body()
        self._extra = False
        self._status = 0
        """Once the head is read."""
        self._length: int | None = None
        """Of the body, where it is known beforehand."""
        self._begin()

    def _begin(self) -> None:
        self._parsed = _Parsed()
        self._parser = httptools.HttpResponseParser(self._parsed)
        self._tail = b""
        self._come = 0

    def feed(self, data: bytes) -> Answer | None:
        """Read on; the answer once it is whole. What comes behind it only shows in :attr:`keeps_connection`.

        Raises:
            NotHttpError: it is no answer.
            TooLargeError: it is larger than we read.
            NotUnpackedError: its body cannot be read.
        """
        try:
            while not self._status:
                if (end := self._read_head(data)) is None:
                    return None
                data = data[end:]
            return self._answer() if self._read_body(data) else None
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise NotHttpError from error

    def end(self) -> Answer:
        """The connection ended in an orderly way: the answer, if that is how its end is told.

        Raises:
            CutError: it is not.
            NotUnpackedError: its body cannot be read.
        """
        if not self._status or self._is_chunked or self._length is not None:
            raise CutError
        self._parsed.closes = True
        return self._answer()

    @property
    def keeps_connection(self) -> bool:
        """Once the answer is whole: nothing came behind it, and the server leaves the connection open."""
        return not (self._extra or self._parsed.closes) and self._parser.get_http_version() == "1.1"

    def _read_head(self, data: bytes) -> int | None:
        """Where it ends, or ``None`` if it goes on."""
        seen = self._tail + data
        at = seen.find(_END_OF_HEAD)
        end = len(data) if at < 0 else at + len(_END_OF_HEAD) - len(self._tail)
        self._come += end
        if self._come > MOST_BYTES_OF_A_HEAD:
            raise NotHttpError
        self._parser.feed_data(data[:end])
        if at < 0:
            self._tail = seen[1 - len(_END_OF_HEAD) :]
            return None
        if not self._parsed.has_head or self._parsed.is_muddled:
            raise NotHttpError
        self._take(self._parser.get_status_code())
        return end

    def _take(self, status: int) -> None:
        """Who may go on to the body, and how long that is; the parser itself refuses 101."""
        if status < 100:
            raise NotHttpError
        if status < 200:  # only says that the answer is to come
            self._begin()
            return
        self._status = status
        if self._parsed.is_whole:
            self._length = 0
        elif self._is_chunked:
            if self._parsed.headers["transfer-encoding"].lower() != "chunked":
                raise NotHttpError
        elif (length := self._parsed.headers.get("content-length")) is not None:
            self._length = int(length)

    @property
    def _is_chunked(self) -> bool:
        return self._length is None and "transfer-encoding" in self._parsed.headers

    def _read_body(self, data: bytes) -> bool:
        """Whether it is whole."""
        if self._length is not None:
            missing = self._length - len(self._body)
            self._body.add(data[:missing])
            self._extra = len(data) > missing
            return len(data) >= missing
        if not self._is_chunked:
            self._body.add(data)
            return False
        return self._read_chunks(data)

    def _read_chunks(self, data: bytes) -> bool:
        self._come += len(data)
        if self._come > _MOST_BYTES:
            raise TooLargeError
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if not self._parsed.is_whole:
                raise
            self._extra = True
        for part in self._parsed.parts:
            self._body.add(part)
        self._parsed.parts.clear()
        return self._parsed.is_whole

    def _answer(self) -> Answer:
        headers = self._parsed.headers
        body = unpacked(bytes(self._body), headers.get("content-encoding", "").lower())
        return Answer(self._status, Headers(headers), body)
