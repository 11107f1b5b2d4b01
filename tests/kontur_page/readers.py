"""People before the page: who they are, what they may do, and what they start."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api import security
from airflow.models.dag import DagModel
from fastapi.testclient import TestClient
from httpx import Response
from kontur_page import acting, forgery, nights, rights
from kontur_page.app import app as the_app

from include import dag_ids

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@dataclasses.dataclass(frozen=True)
class Somebody(BaseUser):
    """A user of Airflow's."""

    name: str

    def get_id(self) -> str:
        return f"id-of-{self.name}"

    def get_name(self) -> str:
        return self.name


READER, EDITOR, NOBODY = Somebody("reader"), Somebody("editor"), Somebody("nobody")
RETRIER = Somebody("retrier")
"""Who acts, and may not start the reconciliation."""


class _Manager:
    """As FAB's roles are made: who reads may read the daily DAG's runs, who acts may start runs by hand."""

    def is_authorized_dag(self, *, method: str, details: Any, user: Somebody, **_: object) -> bool:
        wanted = {
            ("GET", dag_ids.DAILY): {"reader", "retrier", "editor"},
            ("POST", dag_ids.BY_HAND): {"retrier", "editor"},
            ("POST", dag_ids.RECONCILIATION): {"editor"},
        }
        return user.name in wanted.get((method, details.id), set())


class Reader(TestClient):
    """Somebody's browser, and what was started by him."""

    user: Somebody
    started: list[list[int]]
    compared: list[tuple[str, str]]
    noted: list[tuple[str, str, dict[str, object]]]

    def screen(self, path: str, language: str = "en") -> str:
        """A screen's text, without its marks."""
        answer = self.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return text(answer)

    def fill_in(self, path: str, **form: object) -> Response:
        """A form of the page's own, as its browser sends it."""
        data = {"token": forgery.token(self.user.get_id()), **form}
        answer = self.post(path, data=data, headers={**SAME_SITE, "Accept-Language": "en"}, follow_redirects=False)
        assert isinstance(answer, Response)
        return answer


def text(answer: Response) -> str:
    """What a person reads."""
    plain = re.sub(r"<[^>]+>", " ", answer.text)
    return re.sub(r"\s+", " ", plain.replace("&nbsp;", " ").replace("&#39;", "'").replace("\u00a0", " "))


def reader(monkeypatch: pytest.MonkeyPatch, user: Somebody | None, run_id: str = "manual__1") -> Reader:
    """Somebody before the page; ``None``: who is not logged in."""
    monkeypatch.setattr(security, "get_auth_manager", _Manager)
    monkeypatch.setattr(rights, "get_auth_manager", _Manager)
    monkeypatch.setattr(DagModel, "get_team_name", lambda _: None)
    monkeypatch.setattr(nights, "last", lambda: None)
    monkeypatch.setattr(nights, "is_over", lambda *_: False)
    monkeypatch.setattr(nights, "is_paused", lambda: False)
    app = the_app()
    app.dependency_overrides = {} if user is None else {security.get_user: lambda: user}
    client = Reader(app, base_url="http://airflow.example", root_path="")
    client.started, client.compared, client.noted = [], [], []
    if user is not None:
        client.user = user

    def start(order_ids: Sequence[int], who: str) -> str:
        client.started.append(list(order_ids))
        return run_id

    def compare(month: str, who: str) -> str:
        client.compared.append((month, who))
        return run_id

    monkeypatch.setattr(acting, "_start", start)
    monkeypatch.setattr(acting, "compare", compare)
    monkeypatch.setattr(acting, "note", lambda event, who, **extra: client.noted.append((event, who, extra)))
    return client
