"""What is wrong with a key of the settings: where it stands, what is wrong, what is allowed."""

from __future__ import annotations

import json
import pathlib
import re
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pydantic
import yaml
from pydantic_core import PydanticCustomError

from include.facts import Number, Said, said, several
from include.variables import PREFIX

_LONGEST = 100
"""Characters of a value that are shown."""


def no_time_zone() -> PydanticCustomError:
    """A validator's word for a name that no time zone has."""
    return PydanticCustomError("time_zone", "no time zone")


def no_time() -> PydanticCustomError:
    """A validator's word for what is no time of day between quotes."""
    return PydanticCustomError("time_of_day", "no time")


def no_percentage() -> PydanticCustomError:
    """A validator's word for a rate that is no number."""
    return PydanticCustomError("percentage", "no percentage")


def no_list() -> PydanticCustomError:
    """A validator's word for a list whose brackets or quotes do not match."""
    return PydanticCustomError("list_unreadable", "no list")


def no_day() -> PydanticCustomError:
    """A validator's word for what is no day as settings write it."""
    return PydanticCustomError("day", "no day")


def no_url() -> PydanticCustomError:
    """A validator's word for what no browser takes for an address."""
    return PydanticCustomError("url", "no URL")


def empty() -> PydanticCustomError:
    """A validator's word for a text of blanks."""
    return PydanticCustomError("blank", "empty")


def said_twice(what: str) -> PydanticCustomError:
    """A validator's word for what may be said once only."""
    return PydanticCustomError("said_twice", "said twice", {"what": what})


def no_such_word(allowed: Sequence[str]) -> PydanticCustomError:
    """A validator's word for one that is not among those allowed."""
    return PydanticCustomError("word", "no such word", {"allowed": list(allowed)})


def told(
    file: pathlib.Path,
    text: str,
    environment: Mapping[str, str],
    model: type[pydantic.BaseModel],
    problem: Mapping[str, Any],
) -> Said:
    """One problem.

    Args:
        file: where the settings stand.
        text: what stands there.
        environment: variables that may set keys as well.
        model: the settings.
        problem: as pydantic tells it.
    """
    keys = [str(part) for part in problem["loc"] if part != "[key]"]
    key, given = ".".join(keys), _shown(problem["input"])
    if (variable := _variable_of(keys, environment)) is not None:
        where = said("where_variable", name=variable)
    else:
        where = said("where_file", file=str(file), line=_line_of(text, keys))
    if problem["type"] == "extra_forbidden":
        return said("setting_unknown", where=where, key=key, allowed=several(*_keys_of(model, keys[:-1])))
    if problem["type"] == "invalid_key":
        return said("setting_key_no_text", where=where, key=key)
    return (
        _not_allowed(problem, where, key, given)
        or _no_text(problem, where, key, given)
        or _of_another_kind(problem, where, key, given)
        or _of_our_own(problem, where, key, given)
        or _nothing_or_too_much(problem, where, key)
        or said("setting_wrong", where=where, key=key, given=given, rule=str(problem["type"]))
    )


def _variable_of(keys: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The variable that sets a key: its own, or that of a map, list or section that it is a part of."""
    names = {name.upper(): name for name in environment}
    for length in range(len(keys), 0, -1):
        name = names.get((PREFIX + "__".join(keys[:length])).upper())
        if name is not None and _holds(environment[name], keys[length:]):
            return name
    return None


def _holds(text: str, keys: Sequence[str]) -> bool:
    """Whether a variable's JSON says something of the key; the rest of a section may stand in the file."""
    try:
        value = json.loads(text)
    except ValueError:
        return True
    for key in keys:
        if not isinstance(value, dict):
            return True
        if key not in value:
            return False
        value = value[key]
    return True


def _not_allowed(problem: Mapping[str, Any], where: Said, key: str, given: str) -> Said | None:
    """Of the right kind, but not among what is allowed."""
    limits = problem.get("ctx", {})
    match problem["type"]:
        case "enum":
            allowed = several(*re.findall(r"'([^']*)'", limits["expected"]))
            return said("setting_word", where=where, key=key, given=given, allowed=allowed)
        case "word":
            return said("setting_word", where=where, key=key, given=given, allowed=several(*limits["allowed"]))
        case "greater_than":
            return said("setting_too_small", where=where, key=key, given=given, limit=_number(limits["gt"]))
        case "greater_than_equal":
            return said("setting_below_least", where=where, key=key, given=given, least=_number(limits["ge"]))
        case "less_than_equal":
            return said("setting_above_most", where=where, key=key, given=given, most=_number(limits["le"]))
        case _:
            return None


def _no_text(problem: Mapping[str, Any], where: Said, key: str, given: str) -> Said | None:
    match problem["type"]:
        case "string_type" if isinstance(problem["input"], bool | int | float):  # YAML takes NO for «false»
            return said("setting_needs_quotes", where=where, key=key, given=given)
        case "string_type":
            return said("setting_no_text", where=where, key=key, given=given)
        case "string_pattern_mismatch" if key == "shop.code":
            return said("setting_shop_code", where=where, key=key, given=given)
        case "string_pattern_mismatch" if key == "accounting.customize":
            return said("setting_customize", where=where, key=key, given=given)
        case _:
            return None


def _of_another_kind(problem: Mapping[str, Any], where: Said, key: str, given: str) -> Said | None:
    match problem["type"]:
        case "int_type" | "int_parsing" | "int_parsing_size" | "int_from_float":
            return said("setting_no_whole_number", where=where, key=key, given=given)
        case "float_type" | "float_parsing" | "finite_number":
            return said("setting_no_number", where=where, key=key, given=given)
        case "bool_type" | "bool_parsing":
            return said("setting_no_switch", where=where, key=key, given=given)
        case "day" | "date_type" | "date_parsing" | "date_from_datetime_parsing" | "date_from_datetime_inexact":
            return said("setting_no_date", where=where, key=key, given=given)
        case "tuple_type" | "list_type" | "set_type" | "frozen_set_type":
            return said("setting_no_list", where=where, key=key, given=given)
        case "dict_type" | "model_type" | "model_attributes_type":
            return said("setting_no_map", where=where, key=key, given=given)
        case _:
            return None


def _of_our_own(problem: Mapping[str, Any], where: Said, key: str, given: str) -> Said | None:
    """What our validators found."""
    match problem["type"]:
        case "time_zone":
            return said("setting_time_zone", where=where, key=key, given=given)
        case "time_of_day":
            return said("setting_time", where=where, key=key, given=given)
        case "percentage":
            return said("setting_percentage", where=where, key=key, given=given)
        case "list_unreadable":
            return said("setting_list_unreadable", where=where, key=key, given=given)
        case "url":
            return said("setting_url", where=where, key=key, given=given)
        case _:
            return None


def _nothing_or_too_much(problem: Mapping[str, Any], where: Said, key: str) -> Said | None:
    match problem["type"]:
        case "blank" | "too_short":
            return said("setting_empty", where=where, key=key)
        case "missing":
            return said("setting_missing", where=where, key=key)
        case "said_twice":
            return said("setting_said_twice", where=where, key=key, what=problem["ctx"]["what"])
        case _:
            return None


def _shown(value: object) -> str:
    """A value as one would write it into the file."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _number(limit: float) -> Number:
    return Number(Decimal(str(limit)))


def _keys_of(model: Any, section: Sequence[str]) -> list[str]:
    for key in section:  # a number: a place in a list of sections
        model = typing.get_args(model)[0] if key.isdigit() else model.model_fields[key].annotation
    return [field.alias or name for name, field in model.model_fields.items()]


def _line_of(text: str, keys: Sequence[str]) -> int:
    """The line of the deepest of ``keys`` that stands in the file, counted from 1."""
    node, line = yaml.compose(text), 1
    for key in keys:
        if not isinstance(node, yaml.MappingNode):
            break
        pair = next((pair for pair in node.value if pair[0].value == key), None)
        if pair is None:
            break
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line
