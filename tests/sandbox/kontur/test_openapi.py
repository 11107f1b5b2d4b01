from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import requests

from sandbox.kontur.serving import Sandbox

OPERATIONS = {
    ("GET", "/counterparties"),
    ("POST", "/counterparties"),
    *(
        (method, f"/documents/{kind}{rest}")
        for kind in ("saleinvoices", "acts")
        for method, rest in (
            ("GET", ""),
            ("POST", ""),
            ("GET", "/{document_id}"),
            ("POST", "/{document_id}/payments"),
            ("POST", "/{document_id}/refunds"),
        )
    ),
}

CONFIGURATION = """
seed = 20260105
[generation]
max-examples = 25
[parameters]
account = "demo"
[[operations]]
include-path-regex = "/saleinvoices/"
parameters = {{ document_id = "{invoice}" }}
[[operations]]
include-path-regex = "/acts/"
parameters = {{ document_id = "{act}" }}
[checks]
# A body of the right shape can still break a rule: check digits, sums, an unknown counterparty.
positive_data_acceptance.expected-statuses = ["2xx", "422"]
# Starlette names only the first route's methods in Allow; no client of ours asks.
allow_header_conformance.enabled = false
"""


def test_the_description_names_the_contract_and_nothing_of_the_sandboxs_control(sandbox: Sandbox) -> None:
    described = requests.get(f"{sandbox.url}/openapi.json", timeout=10).json()
    found = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    root = "/budget/v1/accounts/{account}"
    assert found == {(method, root + path) for method, path in OPERATIONS} | {("POST", "/connect/token")}

    post = described["paths"][root + "/documents/saleinvoices"]["post"]
    assert set(post["responses"]) == {"201", "400", "401", "403", "404", "415", "422", "429"}
    item = described["components"]["schemas"]["ItemIn"]
    assert item["additionalProperties"] is False
    assert item["properties"]["vatRate"]["enum"] == ["none", "vat0", "vat5", "vat7", "vat10", "vat20", "vat22"]


def test_schemathesis_finds_no_difference_between_server_and_description(
    api: Any, invoice: Callable[..., dict[str, Any]], sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    ids = {
        "invoice": api.created("/documents/saleinvoices", invoice()),
        "act": api.created("/documents/acts", invoice()),
    }
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION.format(**ids))
    command = [
        str(pathlib.Path(sys.executable).with_name("schemathesis")),
        f"--config-file={configuration}",
        "run",
        f"{sandbox.url}/openapi.json",
        "--header=X-Api-Key: demo-key",
        "--no-color",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = sandbox.control("GET", "/requests")["items"]
    assert sum(row["count"] for row in counts if row["status"] == 201) > 20, "some of what it sent was right"
    assert not [row for row in counts if (row["status"] or 500) >= 500]
