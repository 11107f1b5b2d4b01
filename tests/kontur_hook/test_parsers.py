"""Whatever bytes and headers come back, an answer is judged, never an error of our own, and never believed lightly."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kontur_hook.answers import Judge, parse_json, retry_after_s, server_message, valid_id
from kontur_hook.contract import Contract
from kontur_hook.errors import KonturError, KonturProtocolError
from kontur_hook.outcome import Created, NotApplied, Rejected, Unknown
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer

from include.accounting.marker import find_marker, marker

JSON = {"Content-Type": "application/json"}
judge = Judge(Contract(), Redactor(), "kontur_default")
many = settings(max_examples=500, deadline=None)

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "message", "errors"]), inner),
    max_leaves=8,
)
_headers = st.dictionaries(
    st.sampled_from(["Content-Type", "Retry-After", "Date", "X-Request-Id"]),
    st.sampled_from(["application/json", "text/html", "text/plain", "1", "-1", "1e400", "nan"]) | st.text(max_size=30),
)


@many
@given(status=st.integers(100, 599), headers=_headers, body=st.binary(max_size=200), below=st.booleans())
def test_any_answer_to_a_post_has_an_outcome(status: int, headers: dict[str, str], body: bytes, below: bool) -> None:
    outcome = judge.write(Answer(status, headers, body), below_document=below)
    if isinstance(outcome, Created):
        assert status in {200, 201}
        assert valid_id(outcome.id) == outcome.id
    if isinstance(outcome, NotApplied):
        assert status in {401, 402, 403, 404, 429}
        assert headers
    if isinstance(outcome, Rejected):
        assert status in {400, 404, 413, 415, 422}
        assert "json" in headers["Content-Type"].lower()


@many
@given(status=st.sampled_from([200, 201]), data=_values)
def test_a_success_is_believed_only_with_an_id(status: int, data: object) -> None:
    outcome = judge.write(Answer(status, JSON, json.dumps(data).encode()), below_document=False)
    given_id = data.get("id") if isinstance(data, dict) else None
    if valid_id(given_id) is None:
        assert isinstance(outcome, Unknown)
    else:
        assert isinstance(outcome, Created)
        assert outcome.id == str(given_id)


@many
@given(status=st.integers(100, 599), headers=_headers, body=st.binary(max_size=200))
def test_any_answer_to_a_get_is_data_or_an_error_of_ours(status: int, headers: dict[str, str], body: bytes) -> None:
    try:
        judge.read(Answer(status, headers, body))
    except KonturError:
        return
    assert status == 200


@many
@given(text=st.text(max_size=40) | st.floats().map(str) | st.datetimes().map(str))
def test_retry_after_is_seconds_from_now_or_nothing(text: str) -> None:
    seconds = retry_after_s({"Retry-After": text})
    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))


@many
@given(body=st.binary(max_size=100))
def test_json_is_parsed_or_refused(body: bytes) -> None:
    try:
        parse_json(body)
    except KonturProtocolError:
        return


@given(number=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
def test_no_float_touches_a_number(number: Decimal) -> None:
    assert parse_json(f"[{number}]".encode()) == [number]


@many
@given(headers=_headers, body=st.binary(max_size=200))
def test_the_servers_message_is_text(headers: dict[str, str], body: bytes) -> None:
    assert isinstance(server_message(Answer(400, headers, body)), str)


@pytest.mark.parametrize(
    "value", [True, 0, -1, 2**63, "", "0", "00000000-0000-0000-0000-000000000000", "null", "a b", "й"]
)
def test_what_cannot_be_an_id_is_none(value: object) -> None:
    assert valid_id(value) is None


_ids = st.integers(1, 2**31 - 1)
_codes = st.from_regex(r"\A[A-Z0-9]{1,6}\Z")


@many
@given(code=_codes, order=_ids, shipment=st.none() | _ids, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_marker_is_found_again_in_any_comment(
    code: str, order: int, shipment: int | None, before: str, after: str
) -> None:
    text = marker(code, order, shipment)
    assert len(text) <= 40
    assert find_marker(f"{before} {text} {after}", code) == (order, shipment)


@many
@given(order=_ids, digit=st.sampled_from("0123456789"))
def test_a_longer_number_is_another_marker(order: int, digit: str) -> None:
    body, _, check = marker("1", order).rpartition("-")
    found = find_marker(f"{body}{digit}-{check}", "1")
    assert found is None or found == (int(f"{order}{digit}"), None)
    assert find_marker(f"X{marker('1', order)}", "1") is None


@pytest.mark.parametrize("digits", ["１０４５", "١٠٤٥"])
def test_a_marker_has_the_digits_that_we_write(digits: str) -> None:
    assert find_marker(f"BX1-S{digits}-9Y", "1") is None


def test_of_several_markers_the_last_is_the_documents_own() -> None:
    assert find_marker(f"See {marker('1', 7)}. Order 8 {marker('1', 8, 3)}", "1") == (8, 3)
    assert find_marker(f"{marker('1', 7)} like {marker('2', 8)}", "1") == (7, None)


@many
@given(text=st.text(max_size=60))
def test_any_text_is_searched_for_a_marker(text: str) -> None:
    found = find_marker(text, "1")
    assert found is None or marker("1", *found) in text
