"""Nights of two small shops, each task a process of its own; and figures, worked out from nights that never were."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Iterator

import pytest

from sandbox.stack import growth, load_speed
from sandbox.stack.layout import Layout
from sandbox.stack.load_figures import told
from sandbox.stack.night_by_tasks import Night
from sandbox.stack.stack import Stack
from sandbox.stack.work import count_statements

TASKS = {"preflight", "extract", "transform", "load", "record", "attention", "report", "gaps"}


@pytest.fixture
def stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory() as short:  # pytest's own folders are too deep for Unix sockets
        stack = Stack(Layout(pathlib.Path(short) / "stack"))
        yield stack
        stack.stop()


@pytest.mark.db
def test_nights_of_two_shops(stack: Stack) -> None:
    few, many = growth.measure(stack, (60, 120))
    assert [(one.shop, one.orders) for one in (few, many)] == [(60, 60), (120, 120)]
    assert few.report["documents"] < many.report["documents"]
    for one in (few, many):
        assert one.peaks_mib.keys() == TASKS
        assert min(one.peaks_mib.values()) > 20, "not less than Python itself takes"
        assert one.python_cpu_s > 0
        assert 0 < one.mariadb_cpu_s < one.seconds * 8
        assert one.report["errors"] < 10
    assert {"cpu_ms_per_order_60", "peak_task_mib_120", "growth_120_to_60"} <= growth.told([few, many]).keys()


@pytest.mark.db
def test_load_by_itself(stack: Stack) -> None:
    stack.prepare()
    stack.start_shop(60)
    count_statements(stack)
    (speed,) = load_speed.measure(stack, latency_ms=0, connections=[4], times=1)
    figures = told(speed)
    assert figures["load_0ms_c4_posts"] == figures["load_0ms_c4_attempts"] - figures["load_0ms_c4_held_up"] > 60
    assert speed.recorded.posts == figures["load_0ms_c4_posts"]


def test_what_growth_is() -> None:
    few = Night(1000, {"orders": 1000}, 5, python_cpu_s=2.5, mariadb_cpu_s=1.5, peaks_mib={"load": 130, "record": 128})
    many = Night(
        100_000, {"orders": 99_999}, 500, python_cpu_s=300, mariadb_cpu_s=200, peaks_mib={"load": 140, "record": 160}
    )
    assert growth.told([few, many]) == {
        "python_cpu_ms_per_order_1000": 2.5,
        "mariadb_cpu_ms_per_order_1000": 1.5,
        "cpu_ms_per_order_1000": 4.0,
        "night_1000_wall_s": 5,
        "peak_task_mib_1000": 130,
        "peak_load_mib_1000": 130,
        "peak_record_mib_1000": 128,
        "python_cpu_ms_per_order_100000": 3.0,
        "mariadb_cpu_ms_per_order_100000": 2.0,
        "cpu_ms_per_order_100000": 5.0,
        "night_100000_wall_s": 500,
        "peak_task_mib_100000": 160,
        "peak_load_mib_100000": 140,
        "peak_record_mib_100000": 160,
        "growth_100000_to_1000": 1.25,
    }
