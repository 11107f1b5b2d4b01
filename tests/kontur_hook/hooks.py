"""What the fixtures of hooks and servers give."""

from __future__ import annotations

from collections.abc import Callable

from kontur_hook.hook import KonturHook

from tests.kontur_hook.wire import Wire

SECRET = "canary-key/+7f3a"

Start = Callable[..., Wire]
HookFor = Callable[..., KonturHook]
