"""A worker dies at each point of the protocol while the server fails in each of its ways."""

from __future__ import annotations

import itertools
import pathlib
from typing import get_args

import pytest

from proof.faults import product
from proof.faults.crashing import Point


@pytest.mark.timeout(600)
def test_each_document_is_posted_once_wherever_its_sender_dies_and_however_the_server_fails(
    tmp_path: pathlib.Path,
) -> None:
    problems = product.play(tmp_path, product.product("document")).problems
    assert not problems, "\n".join(problems)


def test_each_kind_of_operation_has_all_points_at_which_its_sender_can_die(tmp_path: pathlib.Path) -> None:
    cases = [
        product.Case(kind, point, "close_after_commit")
        for kind, point in itertools.product(get_args(product.Kind), Point)
    ]
    problems = product.play(tmp_path, cases).problems
    assert not problems, "\n".join(problems)
