"""How the commands show on the terminal what they are doing."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

WIDTH_OF_A_LOG = 120
console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)


def complain(what: object) -> None:
    """Say in red what is wrong."""
    console.print(Text(f"✗ {what}", style="red"), soft_wrap=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Show ``title`` while the block works and how long it took when it is done; nested steps are not meant."""
    began = time.monotonic()
    if not console.is_terminal:
        console.print(f"… {title}")
    with console.status(title):
        yield
    console.print(f"[green]✓[/green] {title} [dim]{time.monotonic() - began:.0f} s[/dim]")
