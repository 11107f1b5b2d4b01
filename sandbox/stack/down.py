"""`make down`: stops what `make up` started. Shop, books and runs stay for the next `make up`."""

from __future__ import annotations

from include.facts import said
from include.words import speak, text
from include.words.terminal import language
from sandbox.stack.layout import UP
from sandbox.stack.steps import step
from sandbox.stack.supervise import Supervisor


def main() -> None:
    speak(language())
    with step(text(said("demo_step_stop"))):
        Supervisor(UP).stop()


if __name__ == "__main__":
    main()
