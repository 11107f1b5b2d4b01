"""The one place that judges an answer of Kontur: what a POST came to, what a GET says."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from kontur_hook.contract import Contract
from kontur_hook.errors import (
    KonturAccessError,
    KonturConfigurationError,
    KonturError,
    KonturProtocolError,
    KonturTransientError,
)
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected, Unknown
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer, Failure

_CREATED_STATUSES = frozenset({200, 201})
_READ_AGAIN_STATUSES = frozenset({408, 409, 425})
_BAD_QUESTION_STATUSES = frozenset({400, 413, 414, 415, 422})
_MESSAGE_KEYS = ("message", "detail", "error_description", "error", "errors", "title")
_HELD_ID = re.compile(r"[!-~]{1,100}")


class Judge:
    """Judges by allow-list: what the contract does not name is unknown."""

    def __init__(self, contract: Contract, redactor: Redactor, conn_id: str) -> None:
        self._contract = contract
        self._here = f"Connection {conn_id}: "
        self._redactor = redactor

    def write(
        self,
        result: Answer | Failure,
        *,
        below_document: bool,
        names_counterparty: bool = False,
        private: tuple[str, ...] = (),
    ) -> Outcome:
        """What became of a POST.

        Args:
            result: what came back.
            below_document: the path names a document, so that a 404 concerns it and not the account.
            names_counterparty: the body names a counterparty, so that a refusal may concern that.
            private: what was sent and must not come back in a message.
        """
        if isinstance(result, Failure):
            return NotApplied(result.error) if result.not_sent else Unknown(result.error.message)
        status, trace = result.status, self._trace(result)
        if status in _CREATED_STATUSES or not result.headers:
            return self._created(result)
        if status in self._contract.stop_statuses or status in self._contract.busy_statuses:
            return NotApplied(self._error(result))
        if status in self._contract.not_applied_statuses:
            of_counterparty = names_counterparty and self._speaks_of_counterparty(result)
            return self._refused(result, private, below_document=below_document, of_counterparty=of_counterparty)
        if status in self._contract.conflict_statuses:
            return Unknown(self._said(result, private), status, trace, conflict=True)
        if 300 <= status < 400:
            reason = "The API's URL redirects, and was not followed: correct host."
        else:
            reason = f"{ended(self._said(result, private))} Whether it was written is not known."
        return Unknown(reason, status, trace)

    def read(self, result: Answer | Failure, *, absent_is_none: bool = False) -> Any:
        """The JSON of a GET's answer, fractions as ``Decimal``; with ``absent_is_none`` ``None`` for the API's own 404.

        Raises:
            KonturError: of the kind that tells what to do next.
        """
        if isinstance(result, Failure):
            raise result.error
        if not result.headers:
            raise KonturTransientError("Kontur's answer was cut.", status=result.status)
        if result.status == 404 and absent_is_none and json_object(result) is not None:
            return None
        if result.status != 200:
            raise self._error(result)
        if not is_json(result):
            raise KonturProtocolError("The answer is not JSON.", status=200, trace_id=self._trace(result))
        return parse_json(result.body)

    def _created(self, result: Answer) -> Outcome:
        """An answer without any header was cut after its status, whatever that says."""
        held = valid_id((json_object(result) or {}).get(self._contract.id_key))
        if held:
            return Created(held, result.status, self._trace(result))
        reason = "Kontur said it was created but gave no valid id." if result.headers else "Kontur's answer was cut."
        return Unknown(reason, result.status, self._trace(result))

    def _refused(
        self, result: Answer, private: tuple[str, ...], *, below_document: bool, of_counterparty: bool
    ) -> Outcome:
        """A 404 is of the account or the URL, unless it speaks of something that the request names."""
        status, trace = result.status, self._trace(result)
        said_by_api = json_object(result) is not None
        if status == 404 and (not is_json(result) or (said_by_api and not (below_document or of_counterparty))):
            return NotApplied(self._error(result))
        if not said_by_api:  # a gateway's page, or the API's answer cut: no proof that nothing was written
            return Unknown(f"HTTP {status} came with something else than the API's JSON.", status, trace)
        return Rejected(self._said(result, private), status, trace, of_counterparty=of_counterparty)

    def _speaks_of_counterparty(self, result: Answer) -> bool:
        said = json_object(result)
        text = json.dumps(said, ensure_ascii=False, default=str).casefold() if said is not None else ""
        return any(word.casefold() in text for word in self._contract.counterparty_words)

    def _error(self, result: Answer) -> KonturError:
        """The error for an answer that is no success; a 404 is one of the URL or the account."""
        status, trace = result.status, self._trace(result)
        said = self._said(result)
        if 300 <= status < 400:
            return KonturConfigurationError(
                f"{self._here}the API's URL redirects, and redirects are not followed: write the final URL into host.",
                status=status,
                trace_id=trace,
            )
        if status in self._contract.stop_statuses:
            text = f"{self._here}{ended(said)} {_ACCESS.get(status, _ACCESS[403])}"
            return KonturAccessError(text, status=status, trace_id=trace)
        if status in self._contract.busy_statuses or status in _READ_AGAIN_STATUSES or status >= 500:
            wait = retry_after_s(result.headers)
            return KonturTransientError(
                f"{ended(said)} Try again later.", status=status, trace_id=trace, retry_after_s=wait
            )
        if status == 404:
            text = (
                f"{ended(said)} Check login (the account id) and host."
                if json_object(result) is not None
                else _NOT_THE_API
            )
            return KonturConfigurationError(self._here + text, status=status, trace_id=trace)
        if status in _BAD_QUESTION_STATUSES or status < 300:
            return KonturProtocolError(said, status=status, trace_id=trace)
        text = f"{self._here}{ended(said)} Check host and the contract's paths."
        return KonturConfigurationError(text, status=status, trace_id=trace)

    def _said(self, result: Answer, private: tuple[str, ...] = ()) -> str:
        message = self._redactor.clean(server_message(result), private=private)
        return f"{SAYS}{message}" if message else f"Kontur answered HTTP {result.status}."

    def _trace(self, result: Answer) -> str | None:
        for header in self._contract.trace_id_headers:
            if value := result.headers.get(header):
                return self._redactor.clean(value)[:100]
        return None


SAYS = "Kontur says: "
"""Before Kontur's own words."""
_NOT_THE_API = "This URL answers with something else than the API: check host."
_ACCESS = {
    401: "Check the API key (the connection's password) and its header.",
    402: "Check the subscription.",
    403: "Check the rights of the API key.",
}


def is_json(answer: Answer) -> bool:
    """Whether the answer calls itself JSON."""
    return "json" in (answer.headers.get("Content-Type") or "").partition(";")[0].lower()


def json_object(answer: Answer) -> dict[str, Any] | None:
    """The answer's JSON object: the API's own word. ``None`` for a page, a cut body, anything else."""
    if not is_json(answer):
        return None
    try:
        data = parse_json(answer.body)
    except KonturProtocolError:
        return None
    return data if isinstance(data, dict) else None


def parse_json(body: bytes) -> Any:
    """JSON with its fractions as ``Decimal`` and its whole numbers as ``int``.

    Raises:
        KonturProtocolError: it is not JSON, or says NaN or Infinity.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError):  # an exponent may be beyond what a Decimal can have
        raise KonturProtocolError("The answer is not valid JSON.") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def valid_id(value: object) -> str | None:
    """An id as text, if it can be one: 1 to 100 visible ASCII characters, or a whole number above 0; not a nil UUID."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return str(value)
    if not isinstance(value, str) or not _HELD_ID.fullmatch(value) or value in {".", ".."}:
        return None
    return value if value.strip("0-") and value.lower() not in {"null", "none", "undefined"} else None


def ended(text: str) -> str:
    """A text that another one follows: with a full stop, unless it has an end of its own."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text.rstrip(',;:')}."


def server_message(answer: Answer) -> str:
    """What an error answer says, raw: from JSON the message, from plain text the text, from a page nothing."""
    if is_json(answer):
        return _message(json_object(answer))
    if (answer.headers.get("Content-Type") or "").lower().startswith("text/plain"):
        return answer.body.decode("utf-8", "replace")
    return ""


def _message(data: object, depth: int = 0) -> str:
    """The first message in one of the envelopes in use (docs/kontur.md, «Answers»; RFC 9457)."""
    if isinstance(data, str) or depth > 4:
        return data if isinstance(data, str) else ""
    if isinstance(data, list):
        return "; ".join(filter(None, (_message(entry, depth + 1) for entry in data[:5])))
    if isinstance(data, dict):
        keys = [key for key in _MESSAGE_KEYS if key in data]
        found = (_by_field(data[key], depth) if key == "errors" else _message(data[key], depth + 1) for key in keys)
        return next(filter(None, found), "")
    return ""


def _by_field(errors: object, depth: int) -> str:
    """``errors`` as field -> messages, which says more than a title beside it."""
    if not isinstance(errors, dict):
        return _message(errors, depth + 1)
    parts = ((field, _message(value, depth + 1)) for field, value in list(errors.items())[:5])
    return "; ".join(f"{field}: {text}" for field, text in parts if text)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds of the header Retry-After, which is a number or a date; ``None`` without one that can be read."""
    value = (headers.get("Retry-After") or "").strip()
    try:
        seconds = float(value)
    except ValueError:
        moment, now = _http_date(value), _http_date(headers.get("Date") or "")
        if moment is None:
            return None
        seconds = (moment - (now or dt.datetime.now(dt.UTC))).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _http_date(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
