"""Findings as text, for the ledger. The decoders are built when this is imported, as those of ``payload.py`` are."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from include.accounting.operations import Finding, Verdict
from include.facts import Facts, facts

VERSION = 2
"""Of what is stored: 1 had a sentence (``message``) in the place of facts, and its oldest texts were a bare list."""


class _Finding(msgspec.Struct):
    """As any version stored it."""

    verdict: Verdict
    code: str
    facts: Facts = ()
    message: str | None = None
    payment_id: int | None = None


class _Stored(msgspec.Struct):
    findings: tuple[_Finding, ...]
    version: int = 1


_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_decoder = msgspec.json.Decoder(_Stored | tuple[_Finding, ...])
_UNREADABLE = (Finding(verdict=Verdict.REJECTED, code="findings_unreadable"),)


def findings_to_json(findings: Sequence[Finding]) -> str:
    """An order's findings for the ledger; equal findings give equal text."""
    return _encoder.encode({"findings": findings, "version": VERSION}).decode()


def findings_from_json(text: str) -> tuple[Finding, ...]:
    """What :func:`findings_to_json` of this version or an older one wrote.

    What cannot be read concerns its own order only: in its place stands one finding that says so.
    """
    try:
        stored = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _UNREADABLE
    if isinstance(stored, _Stored):
        if stored.version > VERSION:
            return _UNREADABLE
        stored = stored.findings
    return tuple(_finding(one) for one in stored)


def _finding(stored: _Finding) -> Finding:
    told = stored.facts if stored.message is None else facts(sentence=stored.message)
    return Finding(verdict=stored.verdict, code=stored.code, facts=told, payment_id=stored.payment_id)
