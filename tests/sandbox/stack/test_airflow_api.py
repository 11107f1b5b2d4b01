"""A busy machine's Airflow: it answers late, or says that it is locked."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from sandbox.stack import airflow_api
from sandbox.stack.airflow_api import AirflowApi


class _Late(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.answer_now = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Late

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.asked == 1:
            self.server.answer_now.wait()  # longer than anybody waits for it
            return
        status = 503 if self.server.asked == 2 else 200
        body = json.dumps({"state": "success"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Late]:
    monkeypatch.setattr(airflow_api, "TIMEOUT_S", 0.2)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    with _Late() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.answer_now.set()
        server.shutdown()


def test_a_read_that_is_answered_late_or_locked_is_read_again(late: _Late) -> None:
    api = AirflowApi(f"http://127.0.0.1:{late.server_port}", "admin", "admin")
    assert api.state("bitrix_to_kontur", "a run") == "success"
    assert late.asked == 3
