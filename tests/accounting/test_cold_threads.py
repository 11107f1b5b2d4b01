"""Types are inspected when the module is imported, by one thread, and never by the first threads that decode."""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("dags", "include", "plugins")

COLD = """
import threading, time, typing

imported = False
hashed = typing._LiteralGenericAlias.__hash__


def slowly_hashed(self):
    if imported:
        time.sleep(0.05)  # a wider window for whoever inspects a type only now
    return hashed(self)


typing._LiteralGenericAlias.__hash__ = slowly_hashed

from include.accounting.operations import Finding, Payment, Verdict
from include.accounting.payload import from_json, to_json
from include.accounting.stored_findings import findings_from_json, findings_to_json
import datetime as dt
from decimal import Decimal
from kontur_hook.contract import PaymentMethod

payment = Payment(key="payment:1", order_id=1, document_key="sale:1", date=dt.date(2026, 3, 17),
                  amount=Decimal("10.00"), method=PaymentMethod.CASH)
finding = Finding(verdict=Verdict.REVIEW, code="c")
imported = True
threads, decoded = 16, []
together = threading.Barrier(threads)


def work():
    together.wait()
    decoded.append((from_json(to_json(payment)), findings_from_json(findings_to_json([finding]))))


started = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
for thread in started:
    thread.start()
for thread in started:
    thread.join(20)
assert decoded == [(payment, (finding,))] * threads, len(decoded)
"""


@pytest.mark.parametrize("interpreter", range(3))
def test_threads_that_decode_first_of_all_end_with_what_was_stored(interpreter: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLD], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"interpreter {interpreter}: {done.returncode} {done.stderr[-500:]}"


def _inside_functions(tree: ast.AST) -> list[ast.Call]:
    functions = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    )
    return [call for function in functions for call in ast.walk(function) if isinstance(call, ast.Call)]


def test_no_decoder_is_built_where_it_is_used() -> None:
    inspecting = {"json.decode", "json.encode", "json.Decoder", "json.Encoder", "msgpack.decode", "convert"}
    names = {f"msgspec.{name}" for name in inspecting}
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno} {ast.unparse(call.func)}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for call in _inside_functions(ast.parse(path.read_text()))
        if ast.unparse(call.func) in names
    ]
    assert found == []
