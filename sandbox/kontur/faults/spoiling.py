"""What each fault makes of an answer."""

from __future__ import annotations

import dataclasses
import functools
import http
import json
import random
import zlib
from collections.abc import Callable

_JSON = (b"content-type", b"application/json")
_HTML = (b"content-type", b"text/html; charset=utf-8")
_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
_RETRY_AFTER = (None, b"0", b"1", b"-1", b"1000000000", b"soon", b"Wed, 21 Oct 2015 07:28:00 GMT")
BOMB_BYTES = 256 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def with_header(self, header: tuple[bytes, bytes]) -> Answer:
        return dataclasses.replace(self, headers=(*self.headers, header))

    def unsized_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return tuple(header for header in self.headers if header[0] != b"content-length")

    def sized_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        size = () if self.status == 204 else ((b"content-length", b"%d" % len(self.body)),)
        return (*self.unsized_headers(), *size)

    def raw(self) -> bytes:
        """As it goes over the wire, the last on its connection."""
        return self._head(self.sized_headers()) + self.body

    def raw_chunked(self) -> bytes:
        """The same in one chunk."""
        head = self._head((*self.unsized_headers(), (b"transfer-encoding", b"chunked")))
        return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.body), self.body)

    def _head(self, headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
        status = http.HTTPStatus(self.status)
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
        lines += [b"%s: %s" % header for header in (*headers, (b"connection", b"close"))]
        return b"\r\n".join(lines) + b"\r\n\r\n"


def created(new_id: object) -> Answer:
    """A success with this id."""
    return Answer(201, (_JSON,), json.dumps({"id": new_id}).encode())


def with_status(status: int, path: str, dice: random.Random) -> Answer:
    """An error in the contract's shape; a redirect leads to where the request went, to be sent there once more."""
    headers = [_JSON]
    if 300 <= status < 400:
        headers.append((b"location", path.encode("latin-1", "replace")))
    if status == 429 and (retry_after := dice.choice(_RETRY_AFTER)):
        headers.append((b"retry-after", retry_after))
    body = {"error": {"code": f"fault_{status}", "message": "A fault of the sandbox."}, "traceId": "0" * 32}
    return Answer(status, tuple(headers), json.dumps(body).encode())


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    blank = b" " * (1024 * 1024)
    return b"".join(packer.compress(blank) for _ in range(BOMB_BYTES // len(blank))) + packer.flush()


REPLACED: dict[str, Callable[[Answer], Answer]] = {
    "bad_json": lambda answer: Answer(answer.status, (_JSON,), answer.body[:-1]),
    "html": lambda _: Answer(200, (_HTML,), _LOGIN_PAGE),
    "empty_204": lambda _: Answer(204, (), b""),
    "error_in_200": lambda _: Answer(200, (_JSON,), b'{"error": {"code": "internal", "message": "Try again."}}'),
    "no_id": lambda _: Answer(201, (_JSON,), b"{}"),
    "null_id": lambda _: created(None),
    "number_id": lambda _: created(0),
    "bad_gzip": lambda answer: Answer(answer.status, (_JSON, (b"content-encoding", b"gzip")), answer.body),
    "gzip_bomb": lambda answer: Answer(answer.status, (_JSON, (b"content-encoding", b"gzip")), _bomb()),
    "stuck": lambda _: Answer(200, (_JSON,), b'{"items":[]}'),
}
"""Another answer, well formed as HTTP."""

CUT: dict[str, Callable[[Answer], bytes]] = {
    "cut_status_line": lambda answer: answer.raw()[:16],  # HTTP/1.1 201 Cre
    "cut_headers": lambda answer: answer.raw()[: answer.raw().index(b"\r\n") + 12],
    "cut_body": lambda answer: answer.raw()[: -len(answer.body) // 2],
    "cut_chunk": lambda answer: answer.raw_chunked()[: -len(answer.body) // 2 - 7],
}
"""The beginning of the answer's bytes, after which the connection ends."""
