"""The yardstick of `make bench`: a bare client that sends the same POSTs, and does nothing else."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Sequence

import requests

Post = tuple[str, str]
"""Path below the account, body."""


def send(base_url: str, account: str, key: str, posts: Sequence[Post], threads: int) -> float:
    """Seconds for sending ``posts`` by ``threads`` sessions side by side.

    Raises:
        requests.HTTPError: one was refused.
    """

    def work(part: Sequence[Post]) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update({"X-Api-Key": key, "Content-Type": "application/json"})
            for path, body in part:
                url = f"{base_url}/accounts/{account}{path}"
                session.post(url, data=body.encode(), timeout=60).raise_for_status()

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, posts[first::threads]) for first in range(threads)]:
            done.result()
    return time.monotonic() - began
