"""`make down`: stops what `make up` started. Shop, books and runs stay for the next `make up`."""

from __future__ import annotations

from sandbox.stack.layout import UP
from sandbox.stack.steps import step
from sandbox.stack.supervise import Supervisor


def main() -> None:
    with step("Stopping everything"):
        Supervisor(UP).stop()


if __name__ == "__main__":
    main()
