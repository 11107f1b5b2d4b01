"""A private MariaDB for the demo and the tests: own data folder, own free port, loopback only, no system service."""

from __future__ import annotations

import contextlib
import getpass
import os
import pathlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import MySQLdb


class MariaDBError(Exception):
    """The server is not installed or does not start; ``str()`` says what to do."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(*names: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise MariaDBError(f"{names[0]} is not installed: apt-get install mariadb-server-core mariadb-client-core")


def _temporary(data_dir: pathlib.Path) -> pathlib.Path:
    """Two servers that are set up at once in one /tmp remove each other's temporary tables."""
    return data_dir.with_name(data_dir.name + "-tmp")


def prepare(data_dir: pathlib.Path) -> None:
    """Set up a new data folder, unless it is there already; ``root`` gets no password, from this machine only."""
    _temporary(data_dir).mkdir(parents=True, exist_ok=True)
    if (data_dir / "mysql").is_dir():
        return
    command = [
        _program("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={data_dir}",
        f"--user={getpass.getuser()}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        f"--tmpdir={_temporary(data_dir)}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MariaDBError(f"mariadb-install-db failed: {(done.stdout + done.stderr).strip()[-500:]}")


def command(data_dir: pathlib.Path, port: int) -> list[str]:
    """How the server on ``data_dir`` is started; its socket is ``data_dir/mysqld.sock``."""
    return [
        _program("mariadbd"),
        "--no-defaults",
        f"--datadir={data_dir}",
        f"--user={getpass.getuser()}",
        f"--socket={data_dir / 'mysqld.sock'}",
        f"--port={port}",
        f"--tmpdir={_temporary(data_dir)}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--innodb-buffer-pool-size=256M",
        "--max-connections=300",
    ]


def wait_until_ready(port: int, process: subprocess.Popen[bytes] | None = None, timeout_s: float = 60) -> None:
    """Return when the server answers.

    Raises:
        MariaDBError: it ended, or did not answer within ``timeout_s``.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise MariaDBError(f"mariadbd ended with code {process.returncode}; its log says why")
        with contextlib.suppress(MySQLdb.OperationalError):
            MySQLdb.connect(host="127.0.0.1", port=port, user="root").close()
            return
        time.sleep(0.05)
    raise MariaDBError(f"mariadbd did not answer on port {port} within {timeout_s:.0f} s")


@contextlib.contextmanager
def running(data_dir: pathlib.Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server on ``data_dir`` for as long as the block lasts."""
    prepare(data_dir)
    with (data_dir / "mariadbd.log").open("ab") as log:
        process = subprocess.Popen([*command(data_dir, port), *options], stdout=log, stderr=log)
    try:
        wait_until_ready(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
