"""Which environment variables name a key of the settings, and what is wrong with those that only look like one."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pydantic

from include.facts import Said, said, several

PREFIX = "KONTUR__"
FILE_VARIABLE = "KONTUR_SETTINGS"
_LIKENESS = 0.85
"""As ``difflib`` measures it: a letter left out, added or swapped in a key of usual length."""


def problems(names: Iterable[str], model: type[pydantic.BaseModel]) -> list[Said]:
    """What is wrong with each variable that would be ignored, or taken for another key than it names.

    Args:
        names: of all environment variables; those that do not begin with ``KONTUR_`` are nobody's concern here.
        model: the settings.
    """
    ours = sorted(name for name in names if name.upper().startswith("KONTUR_"))
    keys = dict(_keys(model, ()))
    found = [problem for name in ours if (problem := _problem(name, keys, model)) is not None]
    by_case: dict[str, str] = {}
    for name in ours:
        other = by_case.setdefault(name.upper(), name)
        if other != name:
            found.append(said("variable_twice", name=name, other=other))
    return found


def left_by(environment: Mapping[str, Any], file: Mapping[str, Any], model: type[pydantic.BaseModel]) -> dict[str, Any]:
    """What of the file's the environment leaves in force beside its own.

    Of a section that is the keys that it does not set; a map that it sets stands for the whole of the file's.
    """
    left = dict(file)
    for key, field in model.model_fields.items():
        kinds = set(_parts(field.annotation))
        if key in environment and dict in kinds:
            left.pop(key, None)
        for section in _sections(kinds):
            if isinstance(own := environment.get(key), Mapping) and isinstance(theirs := left.get(key), Mapping):
                left[key] = left_by(own, theirs, section)
    return left


def _problem(name: str, keys: Mapping[str, bool], model: type[pydantic.BaseModel]) -> Said | None:
    upper = name.upper()
    if upper in keys or name == FILE_VARIABLE:
        return None
    if mapping := next((key for key, is_mapping in keys.items() if is_mapping and upper.startswith(f"{key}__")), None):
        return said("variable_of_a_map", name=name, map=mapping)
    meant, is_ours = _meant(upper, [*keys, FILE_VARIABLE]), upper.startswith(PREFIX)
    if is_ours and upper.split("__")[1].lower() in model.model_fields:
        return None  # the settings themselves say which keys the section has
    if meant:
        return said("variable_misspelt", name=name, meant=meant)
    return said("variable_no_section", name=name, sections=several(*model.model_fields)) if is_ours else None


def _meant(name: str, known: Iterable[str]) -> str | None:
    """The variable that ``name`` is a slip of: underscores, a letter, or the section left out."""
    by_words = {_words(key): key for key in known}
    by_last = {_words(f"KONTUR_{key.rpartition('__')[2]}"): key for key in known if key.startswith(PREFIX)}
    words = _words(name)
    if exact := by_words.get(words) or by_last.get(words):
        return exact
    close = difflib.get_close_matches(words, by_words, n=1, cutoff=_LIKENESS)
    return by_words[close[0]] if close else None


def _words(name: str) -> str:
    return re.sub("_+", "_", name).removeprefix("KONTUR_").strip("_")


def _keys(model: type[pydantic.BaseModel], above: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """The variable of each section and key, in capitals, and whether its value is a map."""
    for name, field in model.model_fields.items():
        path = (*above, name)
        kinds = set(_parts(field.annotation))
        yield (PREFIX + "__".join(path)).upper(), dict in kinds
        for section in _sections(kinds):
            yield from _keys(section, path)


def _sections(kinds: Iterable[Any]) -> Iterator[type[pydantic.BaseModel]]:
    yield from (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel))


def _parts(annotation: Any) -> Iterator[Any]:
    """The classes of an annotation, out of its unions and without their parameters."""
    origin = typing.get_origin(annotation)
    if origin in {typing.Union, types.UnionType}:
        for part in typing.get_args(annotation):
            yield from _parts(part)
    elif origin is typing.Annotated:
        yield from _parts(typing.get_args(annotation)[0])
    else:
        yield origin or annotation
