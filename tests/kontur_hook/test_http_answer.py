"""An answer is read the same however its bytes are cut."""

from __future__ import annotations

import gzip
import itertools

import pytest
from kontur_hook.http_answer import AnswerReader, CutError, NotHttpError
from kontur_hook.transport import Answer

MADE = b'{"id": "doc-1"}'
PACKED = gzip.compress(MADE)
HEAD = b"HTTP/1.1 201 Created\r\nX-Trace: t-1\r\n"
EARLY = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
COUNTED = HEAD + b"Content-Length: 15\r\n\r\n" + MADE
CHUNKED = (
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + MADE[:5] + b"\r\na;x\r\n" + MADE[5:] + b"\r\n0\r\nA: b\r\n\r\n"
)
UNTIL_THE_END = HEAD + b"\r\n" + MADE
ZIPPED = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED


def _read(reader: AnswerReader, raw: bytes, *cuts: int) -> Answer | None:
    """Of all pieces only the last one may make it whole."""
    for start, end in itertools.pairwise([0, *cuts]):
        assert reader.feed(raw[start:end]) is None
    return reader.feed(raw[cuts[-1] if cuts else 0 :])


@pytest.mark.parametrize("raw", [COUNTED, CHUNKED, ZIPPED, EARLY + COUNTED, EARLY + CHUNKED])
def test_an_answer_in_pieces(raw: bytes) -> None:
    for cuts in [(), range(1, len(raw)), *((at,) for at in range(1, len(raw)))]:
        reader = AnswerReader()
        answer = _read(reader, raw, *cuts)
        assert answer is not None, cuts
        assert (answer.status, answer.headers["x-trace"], answer.body) == (201, "t-1", MADE)
        assert reader.keeps_connection


def test_an_answer_until_the_end_in_pieces() -> None:
    for at in range(1, len(UNTIL_THE_END)):
        reader = AnswerReader()
        assert _read(reader, UNTIL_THE_END, at) is None
        assert reader.end().body == MADE
        assert not reader.keeps_connection


@pytest.mark.parametrize("raw", [COUNTED, CHUNKED, ZIPPED, EARLY])
def test_an_answer_that_is_cut(raw: bytes) -> None:
    for at in range(len(raw)):
        reader = AnswerReader()
        assert reader.feed(raw[:at]) is None
        with pytest.raises(CutError):
            reader.end()


@pytest.mark.parametrize("raw", [COUNTED, CHUNKED, ZIPPED])
@pytest.mark.parametrize("more", [b"x", COUNTED, b"\0", HEAD])
def test_what_comes_behind_it_in_pieces(raw: bytes, more: bytes) -> None:
    for at in range(1, len(raw)):
        reader = AnswerReader()
        answer = _read(reader, raw + more, at)
        assert answer is not None
        assert answer.body == MADE
        assert not reader.keeps_connection


@pytest.mark.parametrize("size", [100, 1000, 200_000])
def test_a_head_without_end_is_not_read_for_ever(size: int) -> None:
    reader = AnswerReader()
    reader.feed(HEAD + b"X-Long: ")
    for _ in range(64_000 // size):
        assert reader.feed(b"x" * size) is None
    with pytest.raises(NotHttpError):
        _read(reader, b"x" * (2000 + size), 1000)
