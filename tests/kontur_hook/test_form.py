"""Airflow's form of the connection: each key of its extra, as the check takes it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from typing import Any

import jsonschema
import pydantic
import pytest
from kontur_hook.contract import Contract
from kontur_hook.extra import Extra
from kontur_hook.provider_info import get_provider_info

[KIND] = get_provider_info()["connection-types"]
FORM: dict[str, Any] = KIND["conn-fields"]


def test_each_field_of_the_extra_is_in_the_form_and_no_other_in_this_order() -> None:
    assert list(FORM) == list(Extra.model_fields)


@pytest.mark.parametrize("name", Extra.model_fields)
def test_the_form_says_of_a_field_what_the_extra_says(name: str) -> None:
    field, shown = Extra.model_fields[name], FORM[name]
    assert field.title, "the name of an attribute is no label"
    assert field.description
    assert (shown["label"], shown["description"]) == (field.title, field.description)
    assert shown["schema"].get("default") == field.default
    assert ("null" in shown["schema"]["type"]) == (field.default is None), "what has no default may stay empty"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("auth", {"type": "string", "enum": ["api_key", "client_credentials"], "default": "api_key"}),
        ("api_key_header", {"type": ["string", "null"]}),
        ("scope", {"type": ["string", "null"]}),
        ("timeout_s", {"type": "number", "exclusiveMinimum": 0, "maximum": 600, "default": 60}),
        ("concurrency", {"type": "integer", "minimum": 1, "maximum": 64, "default": 20}),
        ("rate_per_s", {"type": ["number", "null"], "exclusiveMinimum": 0}),
        ("ca_bundle", {"type": ["string", "null"]}),
        ("allow_http", {"type": "boolean", "default": False}),
    ],
)
def test_how_a_field_is_asked_for(name: str, shown: dict[str, Any]) -> None:
    assert FORM[name]["schema"] == shown


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("auth", "client_credentials", True),
        ("auth", "basic", False),
        ("api_key_header", "X-Kontur-Apikey", True),
        ("client_id", None, True),
        ("client_id", 7, False),
        ("timeout_s", 0.5, True),
        ("timeout_s", 600, True),
        ("timeout_s", 0, False),
        ("timeout_s", 600.5, False),
        ("concurrency", 1, True),
        ("concurrency", 64, True),
        ("concurrency", 0, False),
        ("concurrency", 65, False),
        ("concurrency", 1.5, False),
        ("rate_per_s", None, True),
        ("rate_per_s", 0.1, True),
        ("rate_per_s", 0, False),
        ("ca_bundle", None, True),
        ("allow_http", True, True),
        ("allow_http", "perhaps", False),
    ],
)
def test_form_and_check_take_the_same(name: str, value: object, *, taken: bool) -> None:
    assert jsonschema.Draft7Validator(FORM[name]["schema"]).is_valid(value) is taken
    try:
        Extra(**{name: value})
    except pydantic.ValidationError:
        assert not taken
    else:
        assert taken


def test_what_the_form_holds_when_it_opens_is_a_connection_without_an_extra() -> None:
    assert Extra(**{name: field["schema"].get("default") for name, field in FORM.items()}) == Extra()


def test_the_placeholder_is_the_base_url_of_an_empty_host() -> None:
    assert KIND["ui-field-behaviour"]["placeholders"] == {"host": Contract().default_base_url, "port": "443"}


def test_the_port_is_shown_for_the_test_button_refuses_a_stored_connection_without_one() -> None:
    assert "port" not in KIND["ui-field-behaviour"]["hidden-fields"]


def test_it_is_what_airflow_wants_of_a_form() -> None:
    """By the schema of Airflow's own providers: the one by which it loads others says nothing of forms."""
    whole = json.loads(resources.files("airflow").joinpath("provider.yaml.schema.json").read_text())
    schema = whole["properties"]["connection-types"]["items"]
    assert "conn-fields" in schema["properties"]
    jsonschema.validate(KIND, schema)


def test_reading_it_imports_nothing_of_airflow() -> None:
    """Each of Airflow's processes reads it, some while Airflow itself is being imported."""
    probe = (
        "import kontur_hook.provider_info, sys; kontur_hook.provider_info.get_provider_info();"
        " print(sorted({'airflow', 'requests', 'kontur_hook.hook'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
