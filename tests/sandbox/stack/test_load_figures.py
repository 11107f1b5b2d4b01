"""The figures of ``load``, worked out from passes that never were."""

from __future__ import annotations

import pytest

from include.words import Language, speaking
from sandbox.stack.errors import StackError
from sandbox.stack.load_figures import Journal, Pass, Speed, per_operation, told
from sandbox.stack.recorder import Recorded

RECORDED = Recorded(
    rounds=50, rows_per_round=11.66, ms_per_round=6.181, posts=190, oldest_intent_s=0.2222, oldest_look_s=0.1999
)


def one(seconds: float, bare_s: float) -> Pass:
    return Pass(
        seconds=seconds,
        python_cpu_s=0.19,
        mariadb_cpu_s=0.095,
        server_cpu_s=0.019,
        counted={"statements": 380, "commits": 19, "log_writes": 38, "bytes": 190_000},
        kontur={"documents": 100, "payments": 80, "refunds": 10, "GET": 10, "POST": 190},
        journal=Journal(attempts=193, held_up=3),
        bare_s=bare_s,
    )


def test_the_middle_pass_counts_and_the_recorded_one_has_its_own_figures() -> None:
    speed = Speed(20, 20, [one(1, 0.5), one(2, 0.5), one(4, 0.5)], RECORDED)
    assert told(speed) == {
        "load_20ms_c20_ratio": 0.25,
        "load_20ms_c20_orders_per_min": 3000,
        "load_20ms_c20_bare_share": 0.4,
        "load_20ms_c20_statements_per_operation": 2.0,
        "load_20ms_c20_commits_per_operation": 0.1,
        "load_20ms_c20_log_writes_per_operation": 0.2,
        "load_20ms_c20_bytes_per_operation": 1000,
        "load_20ms_c20_posts": 190,
        "load_20ms_c20_attempts": 193,
        "load_20ms_c20_held_up": 3,
        "load_20ms_c20_rows_per_round": 11.7,
        "load_20ms_c20_ms_per_round": 6.18,
        "load_20ms_c20_oldest_intent_s": 0.222,
        "load_20ms_c20_oldest_look_s": 0.2,
        "load_20ms_c20_python_cpu_ms_per_operation": 1.0,
        "load_20ms_c20_mariadb_cpu_ms_per_operation": 0.5,
        "load_20ms_c20_server_cpu_ms_per_operation": 0.1,
    }


def test_an_operation_costs_what_python_and_mariadb_take() -> None:
    assert per_operation(Speed(20, 20, [one(1, 0.5)], RECORDED)) == {
        "statements_per_operation": 2.0,
        "commits_per_operation": 0.1,
        "cpu_ms_per_operation": 1.5,
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.EN, "the server was sent 191 POSTs, the ledger's journal has 190"),
        (Language.RU, "сервер получил запросов POST: 191, а в журнале отправок их 190"),
    ],
)
def test_a_post_that_is_not_in_the_journal_is_told(language: Language, words: str) -> None:
    journal = Journal(attempts=193, held_up=3)
    journal.check(190)
    with speaking(language), pytest.raises(StackError) as failed:
        journal.check(191)
    with speaking(language):
        assert str(failed.value) == words
