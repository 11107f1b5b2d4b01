"""The judge is no yes-man: it sees doubles, losses and runs in which nothing happened."""

from __future__ import annotations

import pathlib

import pytest

from proof.faults import arena as arenas
from proof.faults import verdict, worker
from proof.faults.storm import WINDOW
from sandbox.shop import generate


def test_doubles_losses_and_empty_runs_are_seen(tmp_path: pathlib.Path) -> None:
    with arenas.running(tmp_path) as arena:
        worker.plan(arena.job("tables", WINDOW))
        with arena.shop() as shop:
            generate.fill(shop, orders=12, date_from=WINDOW.date_from, date_to=WINDOW.date_to, seed=1)
        worker.plan(arena.job("plans", WINDOW))
        kinds = {problem.partition(":")[0] for problem in verdict.problems(arena, WINDOW)}
        assert kinds == {"missing", "sum", "empty", "unfinished"}

        paths = ("/counterparties", "/saleinvoices", "/payments")
        faults = [{"fault": "doubled_request", "path_ends_with": path} for path in paths]
        arena.kontur.set_faults(next=faults)
        worker.start(arena.job("doubling", WINDOW)).join()
        problems = verdict.problems(arena, WINDOW)
        for name in ("documents", "payments", "counterparties"):
            assert sum(f"2 {name} of the operation" in problem for problem in problems) == 1, problems
        assert not any(problem.startswith(("missing", "empty", "unfinished")) for problem in problems)

        (payment, *_), (document, *_) = arena.kontur.books.payments(), arena.kontur.books.documents()
        never_sent = [
            ("payment:0", "kontur_default", "done", payment["id"]),
            ("payment:0", "kontur_default", "done", "no such id"),
            ("payment:0", "kontur_default", "planned", None),
            ("sale:0", "kontur_default", "done", document["id"]),
        ]
        left_out = list(verdict.left_out(lambda _: never_sent, arena.books, [1]))
        assert left_out == ["payment:0 is done", "payment:0 is planned", "sale:0 is done"], "but for the first"


def test_of_equal_payments_one_may_be_found_in_what_was_sent_for_the_other() -> None:
    twice_sent = [{"id": "1", "idempotency_key": "a"}, {"id": "2", "idempotency_key": "a"}]
    one_each = {"1": "b", "2": "a"}
    assert verdict.of_operations(twice_sent, one_each) == {"a": 1, "b": 1}
    assert verdict.of_operations(twice_sent, {"2": "a"})["a"] == 2, "nobody else's"
    with_its_own = [*twice_sent, {"id": "3", "idempotency_key": "b"}]
    assert verdict.of_operations(with_its_own, one_each)["a"] == 2, "the other one was posted as well"


_COMPANY = "counterparty:kontur_default:8407600013/"


@pytest.mark.parametrize(
    ("keys", "may"),
    [
        ([f"{_COMPANY}274401136", f"{_COMPANY}517101258"], True),  # its head office moved
        ([f"{_COMPANY}274401136", f"{_COMPANY}274401136#2", _COMPANY], True),
        ([f"{_COMPANY}274443136", _COMPANY], True),  # without KPP, the only record there is
        ([f"{_COMPANY}274443136", f"{_COMPANY}517143258"], False),  # two branches
        ([f"{_COMPANY}274443136", f"{_COMPANY}517101258"], False),  # a branch and the head office
        ([f"{_COMPANY}274401136", "counterparty:kontur_default:7707083893/274401136"], False),
        ([f"{_COMPANY}274401136", "counterparty:kontur_other:8407600013/274401136"], False),
        ([f"{_COMPANY}274401136", "sale:1"], False),
        (["sale:1", "sale:2"], False),
        (["payment:1", "payment:2"], False),
    ],
)
def test_who_may_have_one_record(keys: list[str], may: bool) -> None:
    assert verdict.may_share(keys) is may
