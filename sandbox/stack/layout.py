"""Where a stack keeps everything it makes: one folder below `.run/`, to be deleted at will when it is stopped."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil

from include.facts import said
from sandbox.stack.errors import StackError

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST_SOCKET_PATH = 107
"""Of a Unix socket on Linux, in bytes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """The folder of one stack and what lies in it."""

    folder: pathlib.Path

    @property
    def airflow_home(self) -> pathlib.Path:
        return self.folder / "airflow"

    @property
    def passwords(self) -> pathlib.Path:
        return self.airflow_home / "passwords.json"

    @property
    def mariadb(self) -> pathlib.Path:
        return self.folder / "mariadb"

    @property
    def books(self) -> pathlib.Path:
        """The sandbox's ledger: what Kontur has in its books."""
        return self.folder / "kontur.sqlite"

    @property
    def logs(self) -> pathlib.Path:
        return self.folder / "logs"

    @property
    def reports(self) -> pathlib.Path:
        """The months' workbooks."""
        return self.folder / "reports"

    @property
    def people(self) -> pathlib.Path:
        """There once people have begun to do what they do in Kontur and in the shop."""
        return self.folder / "people-were-here"

    @property
    def choices(self) -> pathlib.Path:
        return self.folder / "choices.json"

    @property
    def supervisor_config(self) -> pathlib.Path:
        return self.folder / "supervisord.conf"

    @property
    def supervisor_socket(self) -> pathlib.Path:
        return self.folder / "supervisor.sock"

    def make(self) -> None:
        """Make the folders.

        Raises:
            StackError: the project lies too deep for Unix sockets.
        """
        longest = max(self.supervisor_socket, self.mariadb / "mysqld.sock", key=lambda path: len(bytes(path)))
        if len(bytes(longest)) > LONGEST_SOCKET_PATH:
            raise StackError(said("stack_path_too_long", path=str(longest)))
        for folder in (self.folder, self.airflow_home, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def forget_data(self) -> None:
        """Delete shop, books, runs and logs; ports and passwords stay as they were chosen."""
        for path in self.folder.iterdir() if self.folder.exists() else ():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != self.choices:
                path.unlink()


DEMO = Layout(ROOT / ".run" / "demo")
UP = Layout(ROOT / ".run" / "up")
BENCH = Layout(ROOT / ".run" / "bench")
