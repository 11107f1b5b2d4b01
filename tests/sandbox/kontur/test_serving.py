from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest
import requests
import trustme

from sandbox.kontur import serving
from sandbox.mariadb import free_port

COUNTERPARTY = {"name": "А", "type": "Individual"}


def _create(sandbox: serving.Sandbox, account: str = "demo", key: str = "demo-key", verify: str | bool = True) -> int:
    return requests.post(
        f"{sandbox.base_url}/accounts/{account}/counterparties",
        json=COUNTERPARTY,
        headers={"X-Api-Key": key},
        verify=verify,
        timeout=10,
    ).status_code


def test_a_killed_server_started_again_goes_on_with_its_books(tmp_path: pathlib.Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    with serving.running(ledger) as sandbox:
        assert _create(sandbox) == 201
        sandbox.process.kill()
    assert len(sandbox.books.counterparties()) == 1
    with serving.running(ledger) as sandbox:
        assert _create(sandbox) == 201
    assert len(sandbox.books.counterparties()) == 2


def test_a_port_in_use_is_said_so(tmp_path: pathlib.Path) -> None:
    port = free_port()
    with (
        serving.running(tmp_path / "one.sqlite", port=port),
        pytest.raises(serving.SandboxError, match="ended with code"),
        serving.running(tmp_path / "two.sqlite", port=port),
    ):
        pass


def test_it_speaks_https_with_the_certificate_it_is_given(tmp_path: pathlib.Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    with serving.running(tmp_path / "ledger.sqlite", certificate=tmp_path / "server.pem") as sandbox:
        assert _create(sandbox, verify=str(tmp_path / "ca.pem")) == 201
        with pytest.raises(requests.exceptions.SSLError):
            _create(sandbox)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--ledger"),
        (["--ledger", "x.sqlite", "--option", "latencyms=1"], "latencyms"),
        (["--ledger", "x.sqlite", "--option", "latency_ms"], "'latency_ms' is not NAME=VALUE"),
        (["--ledger", "x.sqlite", "--account", "demo="], "'demo=' is not NAME=VALUE"),
    ],
)
def test_a_wrong_command_line_is_refused_in_words(tmp_path: pathlib.Path, arguments: list[str], message: str) -> None:
    command = [sys.executable, "-m", "sandbox.kontur", *arguments]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(serving.ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert message in done.stderr
