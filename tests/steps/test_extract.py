"""Cutting a run's orders into batches."""

from __future__ import annotations

import pytest

from include.facts import Count, said
from include.steps.extract import TooManyOrdersError, batches


def test_orders_are_cut_into_batches() -> None:
    assert batches([1, 2, 3, 7, 9], 2) == [
        {"order_ids": [1, 2]},
        {"order_ids": [3, 7]},
        {"order_ids": [9]},
    ]


def test_no_orders_make_one_empty_batch_so_that_nothing_downstream_is_skipped() -> None:
    assert batches([], 200) == [{"order_ids": []}]


@pytest.mark.parametrize(
    ("orders", "count", "largest"), [(100_000, 500, 200), (100_001, 500, 201), (250_000, 500, 500)]
)
def test_batches_grow_before_there_are_more_than_five_hundred(orders: int, count: int, largest: int) -> None:
    cut = batches(range(1, orders + 1), 200)
    assert len(cut) <= count
    assert max(len(batch["order_ids"]) for batch in cut) == largest
    assert [id_ for batch in cut for id_ in batch["order_ids"]] == list(range(1, orders + 1))


def test_more_than_a_run_can_hold_is_refused_in_words() -> None:
    with pytest.raises(TooManyOrdersError) as caught:
        batches(range(250_001), 200)
    assert caught.value.said == said("too_many_orders", orders=Count(250_001, "order"), most=250_000)
