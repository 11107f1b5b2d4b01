"""The figures of `make bench`, worked out from two runs that never were."""

from __future__ import annotations

from sandbox.stack.bench import Measured, of_runs
from sandbox.stack.work import Counted, Work

_DOCUMENTS = "POST /budget/v1/accounts/demo/documents/saleinvoices"
_PAYMENTS = "POST /budget/v1/accounts/demo/documents/saleinvoices/{id}/payments"
_REFUNDS = "POST /budget/v1/accounts/demo/documents/saleinvoices/{id}/refunds"
_COMPANIES = "GET /budget/v1/accounts/demo/counterparties"


def measured(seconds: float, instances: int, memory: dict[str, list[int]], requests: dict[str, int]) -> Measured:
    return Measured({"documents": 100}, seconds, statements={}, requests=requests, memory=memory, instances=instances)


def test_what_an_operation_costs() -> None:
    answer = {"documents": 100, "payments": 90, "refunds": 10}
    work = Work(answer, seconds=5, cpu_s=1.5, counted=Counted(3_400, 400))
    assert work.per_operation == {
        "night_statements_per_operation": 17.0,
        "night_commits_per_operation": 2.0,
        "night_cpu_ms_per_operation": 7.5,
    }


def test_what_runs_cost() -> None:
    requests = {_DOCUMENTS: 102, _PAYMENTS: 99, _REFUNDS: 3, _COMPANIES: 7}
    first = measured(153.04, 104, {"load": [120, 163], "extract": [150]}, requests)
    second = measured(20.02, 6, {"load": [130]}, {})
    nothing_due = Work({}, seconds=2, cpu_s=2.346, counted=Counted(140, 1))
    assert of_runs(first, second, nothing_due) == {
        "requests_per_order": 2.01,
        "noop_10000_cpu_s": 2.35,
        "noop_10000_statements": 140,
        "noop_10000_wall_s": 20.0,
        "noop_10000_instances": 6,
        "first_10000_wall_s": 153.0,
        "peak_task_mib": 163,
    }
