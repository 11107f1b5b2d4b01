"""``python -m sandbox.lean --port 8901``; ``/_lean/forget?latency_ms=20`` begins anew."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from sandbox.lean.server import serve


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.lean", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
