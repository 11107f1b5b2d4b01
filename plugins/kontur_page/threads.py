"""Threads of the page's own.

Airflow's are forty for all that it does, its tasks' requests included: a slow query of a screen must not hold one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

T = TypeVar("T")


@functools.cache
def _reading() -> CapacityLimiter:
    return CapacityLimiter(4)


@functools.cache
def _acting() -> CapacityLimiter:
    return CapacityLimiter(2)


@functools.cache
def _reporting() -> CapacityLimiter:
    """A month is read from the shop and laid out: one at a time."""
    return CapacityLimiter(1)


async def read(work: Callable[[], T]) -> T:
    """Do what reads the ledger."""
    return await anyio.to_thread.run_sync(work, limiter=_reading())


async def act(work: Callable[[], T]) -> T:
    """Do what changes something."""
    return await anyio.to_thread.run_sync(work, limiter=_acting())


async def report(work: Callable[[], T]) -> T:
    """Do what makes a workbook."""
    return await anyio.to_thread.run_sync(work, limiter=_reporting())
