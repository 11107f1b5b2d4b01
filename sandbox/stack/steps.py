"""How the commands show on the terminal what they are doing."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.text import Text

WIDTH_OF_A_LOG = 120
console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)


def complain(what: object) -> None:
    """Say in red what is wrong."""
    console.print(Text(f"✗ {what}", style="red"), soft_wrap=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Show ``title`` while the block works and how long it took when it is done; nested steps are not meant.

    What it gives takes words on how far the work is: on a terminal they stand beside the title.
    """
    began = time.monotonic()
    if not console.is_terminal:
        console.print(f"… {title}")
    with console.status(title) as status:
        yield lambda words: status.update(f"{title}: {words}")
    console.print(f"[green]✓[/green] {title} [dim]{time.monotonic() - began:.0f} s[/dim]")
