"""What the fixtures of hooks and servers give, and the two ways that a hook's requests take."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

from kontur_hook.api import KonturApi
from kontur_hook.hook import KonturHook

from tests.kontur_hook.wire import Wire

SECRET = "canary-key/+7f3a"

Start = Callable[..., Wire]
HookFor = Callable[..., KonturHook]


class Way(Protocol):
    """How a hook's calls are made."""

    def calling(self, hook: KonturHook) -> KonturHook:
        """What has the hook's calls, to be made one after the other."""

    def at_once(self, hook: KonturHook, times: int, call: str, **named: Any) -> list[Any]:
        """Make the same call of what :meth:`calling` gave several times at the same time; what each gave."""


class Blocking:
    """By the hook's own methods, at once in threads."""

    def calling(self, hook: KonturHook) -> KonturHook:
        return hook

    def at_once(self, hook: KonturHook, times: int, call: str, **named: Any) -> list[Any]:
        all_there = threading.Barrier(times)

        def work(_: int) -> Any:
            all_there.wait()
            return getattr(hook, call)(**named)

        with concurrent.futures.ThreadPoolExecutor(times) as threads:
            return list(threads.map(work, range(times)))


class OnALoop:
    """By coroutines, all of a test on one loop, so that connections are kept."""

    def __init__(self, runner: asyncio.Runner, stack: contextlib.AsyncExitStack) -> None:
        self._runner = runner
        self._stack = stack

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator[OnALoop]:
        with asyncio.Runner() as runner:
            stack = contextlib.AsyncExitStack()
            yield cls(runner, stack)
            runner.run(stack.aclose())

    def calling(self, hook: KonturHook) -> KonturHook:
        return cast("KonturHook", _Called(self._runner, self._stack, hook))

    def at_once(self, hook: KonturHook, times: int, call: str, **named: Any) -> list[Any]:
        async def work() -> list[Any]:
            return await asyncio.gather(*(getattr(api, call)(**named) for _ in range(times)))

        api = cast("_Called", hook).api
        return self._runner.run(work())


class _Called:
    """The coroutines of a hook, each run to its end."""

    def __init__(self, runner: asyncio.Runner, stack: contextlib.AsyncExitStack, hook: KonturHook) -> None:
        self._runner = runner
        self._stack = stack
        self._hook = hook

    @functools.cached_property
    def api(self) -> KonturApi:
        async def opened() -> KonturApi:
            return await self._stack.enter_async_context(self._hook.on_a_loop())

        return self._runner.run(opened())

    def __getattr__(self, name: str) -> Any:
        if not hasattr(KonturApi, name):
            return getattr(self._hook, name)
        return functools.partial(self._run, getattr(self.api, name))

    def _run(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        async def work() -> Any:
            return await call(*given, **named)

        return self._runner.run(work())
