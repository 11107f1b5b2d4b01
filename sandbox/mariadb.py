"""A private MariaDB for the demo and the tests: own data folder, own free port, loopback only, no system service.

With the environment variable ``PRIVATE_MYSQLD``, the path of a ``mysqld``, it is that MySQL instead.
"""

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

MYSQLD = "PRIVATE_MYSQLD"


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


def is_mysql() -> bool:
    """Whether the private servers are MySQL's."""
    return bool(os.environ.get(MYSQLD))


def _common(data_dir: pathlib.Path) -> list[str]:
    return [
        "--no-defaults",
        f"--datadir={data_dir}",
        f"--user={getpass.getuser()}",
        f"--tmpdir={_temporary(data_dir)}",
    ]


def prepare(data_dir: pathlib.Path) -> None:
    """Set up a new data folder, unless it is there already; ``root`` gets no password, from this machine only."""
    _temporary(data_dir).mkdir(parents=True, exist_ok=True)
    if (data_dir / "mysql").is_dir():
        return
    if is_mysql():
        command = [os.environ[MYSQLD], *_common(data_dir), "--initialize-insecure"]
    else:
        own = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        command = [_program("mariadb-install-db"), *_common(data_dir), *own]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MariaDBError(f"{command[0]} failed: {(done.stdout + done.stderr).strip()[-500:]}")


def command(data_dir: pathlib.Path, port: int) -> list[str]:
    """How the server on ``data_dir`` is started; its socket is ``data_dir/mysqld.sock``."""
    if is_mysql():
        # Its root is of the name localhost, so names are resolved. Else it would take a fixed port for its second
        # protocol, and want a folder that a system service has.
        program, own = os.environ[MYSQLD], ["--mysqlx=OFF", "--secure-file-priv=NULL"]
    else:
        program, own = _program("mariadbd"), ["--skip-name-resolve"]
    return [
        program,
        *_common(data_dir),
        f"--socket={data_dir / 'mysqld.sock'}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--character-set-server=utf8mb4",
        "--innodb-buffer-pool-size=256M",
        "--max-connections=300",
        *own,
    ]


def wait_until_ready(port: int, process: subprocess.Popen[bytes] | None = None, timeout_s: float = 60) -> None:
    """Return when the server answers.

    Raises:
        MariaDBError: it ended, or did not answer within ``timeout_s``.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise MariaDBError(f"the server ended with code {process.returncode}; its log says why")
        with contextlib.suppress(MySQLdb.OperationalError):
            MySQLdb.connect(host="127.0.0.1", port=port, user="root").close()
            return
        time.sleep(0.05)
    raise MariaDBError(f"the server did not answer on port {port} within {timeout_s:.0f} s")


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
