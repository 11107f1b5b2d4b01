"""The connection type as Airflow finds it: by an entry point of the installed distribution."""

from __future__ import annotations

import importlib
import inspect
import tomllib
from pathlib import Path
from typing import Any

from airflow.providers_manager import _create_provider_info_schema_validator
from kontur_hook.hook import KonturHook

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def _info() -> dict[str, Any]:
    module, _, function = PROJECT["entry-points"]["apache_airflow_provider"]["provider_info"].partition(":")
    info: dict[str, Any] = getattr(importlib.import_module(module), function)()
    return info


def test_airflow_accepts_what_the_entry_point_gives() -> None:
    validator = _create_provider_info_schema_validator()  # type: ignore[no-untyped-call]
    validator.validate(_info())


def test_it_names_the_distribution_and_the_hook() -> None:
    info = _info()
    assert info["package-name"] == PROJECT["name"]
    [kind] = info["connection-types"]
    assert kind["hook-class-name"] == f"{KonturHook.__module__}.{KonturHook.__name__}"
    assert (kind["connection-type"], kind["hook-name"]) == (KonturHook.conn_type, KonturHook.hook_name)
    assert KonturHook.conn_name_attr in inspect.signature(KonturHook).parameters  # how Airflow makes one
