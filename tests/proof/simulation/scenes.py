"""What scenes are kept in: each file of them has its own."""

from __future__ import annotations

from collections.abc import Callable

Scene = Callable[[], None]


class Scenes(list[Scene]):
    """Scenes in the order in which they are written."""

    def add(self, play: Scene) -> Scene:
        """Decorates a scene."""
        self.append(play)
        return play
