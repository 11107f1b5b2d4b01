"""Which lines of the driver a play leaves out; ``raise AssertionError`` is none: it says what cannot be."""

from __future__ import annotations

import importlib
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, ModuleType
from typing import Any

from proof.simulation.drivers import DRIVER


def unexecuted(play: Callable[[], object]) -> dict[str, list[int]]:
    """Module -> numbers of its lines that ``play`` leaves out, of what stands in functions."""
    modules = [importlib.import_module(name) for name in DRIVER]
    left = {module.__file__ or "": set(_lines(module)) for module in modules}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        lines = left.get(frame.f_code.co_filename)
        if lines is None:
            return None
        if event == "line":
            lines.discard(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        play()
    finally:
        sys.settrace(before)
    return {module.__name__: sorted(lines) for module in modules if (lines := left[module.__file__ or ""])}


def _lines(module: ModuleType) -> Iterator[int]:
    source = inspect.getsource(module)
    texts = source.splitlines()
    for code in _functions(compile(source, module.__file__ or "", "exec")):
        for _, _, line in code.co_lines():
            if line is not None and line != code.co_firstlineno and "raise AssertionError" not in texts[line - 1]:
                yield line


def _functions(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if constant.co_flags & inspect.CO_NEWLOCALS and constant.co_flags & inspect.CO_OPTIMIZED:
                yield constant
            yield from _functions(constant)
