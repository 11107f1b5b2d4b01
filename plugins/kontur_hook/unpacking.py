"""Bodies that came packed, unpacked under the cap."""

from __future__ import annotations

import zlib

from kontur_hook.transport import CHUNK_BYTES, Body

_GZIP = zlib.MAX_WBITS | 16
_OTHERS = frozenset({"br", "zstd"})
"""Nobody asked for these; a name that is none is taken for no packing at all."""


class NotUnpackedError(Exception):
    """The body is damaged, cut, or packed in a way that was not asked for."""


def unpacked(body: bytes, coding: str) -> bytes:
    """What a body says.

    Args:
        body: as it came, whole.
        coding: the header Content-Encoding, in small letters.

    Raises:
        NotUnpackedError: it cannot be read.
        TooLargeError: it grows beyond what we read.
    """
    if not body:
        return body
    if coding in {"gzip", "x-gzip"}:
        return _inflated(body, _GZIP)
    if coding == "deflate":  # with zlib's head, as the name means, or bare, as some send it
        return _inflated(body, zlib.MAX_WBITS if body[0] & 15 == 8 else -zlib.MAX_WBITS)
    if coding in _OTHERS:
        raise NotUnpackedError
    return body


def _inflated(packed: bytes, window: int) -> bytes:
    whole, stream = Body(), zlib.decompressobj(window)
    try:
        while not stream.eof:
            part = stream.decompress(packed, CHUNK_BYTES)
            packed = stream.unconsumed_tail
            if not (part or packed or stream.eof):
                raise NotUnpackedError  # cut
            whole.add(part)
    except zlib.error as error:
        raise NotUnpackedError from error
    if stream.unused_data:
        raise NotUnpackedError
    return bytes(whole)
