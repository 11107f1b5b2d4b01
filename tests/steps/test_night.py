"""``python -m include.steps.night``: jobs on stdin, answers on stdout, a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include.ledger.connection import LedgerDatabase
from proof.environment import ROOT
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case

MARCH_3 = dt.date(2026, 3, 3)
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ask]:
    """``ask({...})`` or ``ask("text")``: the answer of one process that lives as long as the test."""
    monkeypatch.setenv("KONTUR__POSTING__SETTLE_S", "1")
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", "2026-01-01")
    command = [sys.executable, "-m", "include.steps.night"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answered = process.stdin, process.stdout

        def one(job: dict[str, Any] | str) -> dict[str, Any]:
            print(job if isinstance(job, str) else json.dumps(job), file=asked, flush=True)
            answer: dict[str, Any] = json.loads(answered.readline())
            return answer

        yield one
        asked.close()
        assert process.wait(timeout=30) == 0, "it ends when stdin does"
        assert answered.read() == "", "nothing but answers on stdout"


def test_a_night_posts_and_says_what_it_did(ask: Ask, shop: Connection, kontur: Sandbox) -> None:
    good = make_case(shop, "prepaid", at=MARCH_3)
    bad = make_case(shop, "company_without_inn", at=MARCH_3)

    dry = ask(MARCH | {"dry_run": True})
    assert (dry["documents"], dry["payments"], dry["dry_run"], dry["squares"], dry["error"]) == (1, 1, True, [], None)
    assert kontur.books.documents() == []

    night = ask(MARCH | {"run_id": "first", "scheduled": True})
    assert (night["documents"], night["payments"], night["errors"]) == (1, 1, 1)
    assert night["amount"] == "1500.00"
    assert night["window"] == {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    assert (night["error"], night["wait_until"]) == (None, None)
    assert [square["order_ids"] for square in night["squares"]] == [[bad.order_id]]
    assert [d["number"] for d in kontur.books.documents()] == [good.number]

    again = ask(MARCH | {"run_id": "second", "scheduled": True})
    assert (again["documents"], again["squares"], again["error"]) == (0, [], None)
    assert len(kontur.books.documents()) == 1

    named = ask({"order_ids": [str(bad.order_id)], "run_id": "named"})
    assert named["orders"] == 1


def test_what_fails_is_said_in_words_and_the_process_lives_on(ask: Ask, shop: Connection, kontur: Sandbox) -> None:
    make_case(shop, "prepaid", at=MARCH_3)
    for wrong in ("{", "[]", '{"form": "2026-03-01"}', '{"order_ids": 7}'):
        assert ask(wrong)["error"].startswith("Задание не читается"), wrong
    assert ask({"from": "yesterday"})["error"] == (
        "WindowError: Поле «С какого дня»: «yesterday» — не дата. Запишите её в виде 2026-01-31."
    )
    kontur.set_faults(rates={"status_503_before_commit": 1, "search_status_503": 1})
    failed = ask(MARCH)
    assert failed["error"].startswith("Kontur")
    assert failed["squares"] == []
    kontur.set_faults()
    assert (ask(MARCH)["error"], len(kontur.books.documents())) == (None, 1)


def test_it_says_when_to_come_again_for_an_unknown_outcome(ask: Ask, shop: Connection, kontur: Sandbox) -> None:
    make_case(shop, "shipped_unpaid", at=MARCH_3)
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    unsure = ask(MARCH | {"run_id": "unsure"})
    assert (unsure["documents"], unsure["pending"], unsure["error"]) == (0, 1, None)
    until = dt.datetime.fromisoformat(unsure["wait_until"])
    assert until.tzinfo is not None

    answer = unsure
    while answer["wait_until"] is not None:  # a settle time of one second
        answer = ask(MARCH | {"run_id": "unsure"})
    assert (answer["documents"], answer["synced"], answer["error"]) == (1, 1, None)
    assert len(kontur.books.documents()) == 1
