"""The processes of a stack under supervisord: what dies comes back, what is stopped is stopped whole."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from include.facts import said
from sandbox.stack.environment import MARK
from sandbox.stack.errors import StackError
from sandbox.stack.layout import ROOT, Layout

STOP_TIMEOUT_S = 60
_DAEMON = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
directory={root}
logfile={logs}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={logs}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
_PROGRAM = """
[program:{name}]
command={command}
autostart=false
autorestart=true
startretries=10
stopasgroup=true
killasgroup=true
stopwaitsecs=30
redirect_stderr=true
stdout_logfile={logs}/{name}.log
"""


def config(layout: Layout, programs: Mapping[str, Sequence[str]]) -> str:
    """Supervisord's configuration for ``programs``, name → command line."""

    def plain(text: object) -> str:
        return str(text).replace("%", "%%")

    places = {
        "root": plain(ROOT),
        "folder": plain(layout.folder),
        "logs": plain(layout.logs),
        "socket": plain(layout.supervisor_socket),
    }
    sections = [
        _PROGRAM.format(name=name, command=plain(shlex.join(command)), **places) for name, command in programs.items()
    ]
    return _DAEMON.format(**places) + "".join(sections)


class Supervisor:
    """The supervisord of one stack."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._process: subprocess.Popen[bytes] | None = None

    def _ask(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._layout.supervisor_socket}")
        with contextlib.closing(transport):
            supervisor = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor
            return getattr(supervisor, method)(*arguments)

    def is_running(self) -> bool:
        try:
            self._ask("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def start(self, programs: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> None:
        """Start supervisord, in a session of its own; the programs wait for :meth:`start_program`.

        Raises:
            StackError: it does not come up.
        """
        self._layout.supervisor_config.write_text(config(self._layout, programs), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "supervisor.supervisord",
            "--nodaemon",
            "-c",
            str(self._layout.supervisor_config),
        ]
        with (self._layout.logs / "supervisord.out").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while not self.is_running():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise StackError(said("stack_no_supervisor", log=f"{self._layout.logs}/supervisord.out"))
            time.sleep(0.05)

    def start_program(self, name: str) -> None:
        self._ask("startProcess", name, False)

    def state(self, name: str) -> str:
        """Supervisor's word: RUNNING, BACKOFF, FATAL and the like."""
        return str(self._ask("getProcessInfo", name)["statename"])

    def pid(self, name: str) -> int:
        return int(self._ask("getProcessInfo", name)["pid"])

    def processes(self) -> list[psutil.Process]:
        """Supervisord and all below it, also those whose parent was killed; none when it does not run itself."""
        session = self._session()
        return [process for process in psutil.process_iter() if session is not None and _sid(process) == session]

    def stop(self) -> None:
        """Stop supervisord and every process of the stack, also those whose parent was killed."""
        session = self._session()
        with contextlib.suppress(OSError, xmlrpc.client.Error):
            self._ask("stopAllProcesses", False)  # all at once; shutdown alone would wait for one after the other
            self._ask("shutdown")
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.1)
        if self._process is not None:
            self._process.wait(STOP_TIMEOUT_S)
        for end in (psutil.Process.terminate, psutil.Process.kill):
            left = self._left_behind(session)
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    end(process)
            psutil.wait_procs(left, timeout=10)

    def _left_behind(self, session: int | None) -> list[psutil.Process]:
        return [
            process
            for process in psutil.process_iter()
            if (session is not None and _sid(process) == session) or self._is_marked(process)
        ]

    def _is_marked(self, process: psutil.Process) -> bool:
        """Whether it shows itself to be of this stack; Airflow's workers write their title over their environment."""
        try:
            return bool(process.environ().get(MARK) == str(self._layout.folder))
        except psutil.Error:
            return False

    def _session(self) -> int | None:
        """Of supervisord and everything below it, whatever becomes of the parents in between."""
        try:
            supervisord = psutil.Process(int((self._layout.folder / "supervisord.pid").read_text(encoding="ascii")))
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        return supervisord.pid if self._is_marked(supervisord) else None


def _sid(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except OSError:  # it ended meanwhile
        return None
