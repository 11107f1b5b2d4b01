"""A worker dies at each point of the protocol while the server fails in each of its ways."""

from __future__ import annotations

import pathlib

import pytest

from proof.faults import product


@pytest.mark.timeout(600)
def test_each_document_is_posted_once_wherever_its_sender_dies_and_however_the_server_fails(
    tmp_path: pathlib.Path,
) -> None:
    problems = product.play(tmp_path, product.product("document")).problems
    assert not problems, "\n".join(problems)
