"""The file of the settings as it is written: YAML in UTF-8, in which no key stands twice."""

from __future__ import annotations

import pathlib
from typing import Any

import yaml

from include.errors import ForAPerson, HouseError
from include.facts import said
from include.variables import FILE_VARIABLE


class SettingsFileError(ForAPerson, HouseError):
    """The file cannot be read as YAML; ``str()`` says where and why."""


class _TwiceError(HouseError):
    """A key stands a second time."""

    def __init__(self, key: yaml.ScalarNode, first: int) -> None:
        self.key = str(key.value)
        self.line = key.start_mark.line + 1
        self.first = first
        super().__init__(self.key)


class _Loader(yaml.SafeLoader):
    """Leaves a date the text that it is, and the field judges it: YAML's own error would name neither key nor line.

    Of a key that stands twice YAML would take the last and say nothing of the others.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.value in lines:
                raise _TwiceError(key, lines[key.value])
            lines[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def written(path: pathlib.Path) -> tuple[int, int] | None:
    """When the file was changed last (ns), and its size (bytes); ``None``: it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def read(path: pathlib.Path) -> tuple[str, Any]:
    """The file's text, and what it holds; an empty one holds ``None``.

    Raises:
        SettingsFileError: it cannot be read, is not UTF-8, is no YAML, or has a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsFileError(said("settings_unreadable", file=str(path), why=why, variable=FILE_VARIABLE)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsFileError(said("settings_not_utf8", file=str(path), line=line)) from None
    except _TwiceError as error:
        where = said("where_file", file=str(path), line=error.line)
        raise SettingsFileError(said("setting_twice", where=where, key=error.key, first=error.first)) from None
    except yaml.YAMLError as error:
        mark, why = getattr(error, "problem_mark", None), getattr(error, "problem", None) or type(error).__name__
        line = mark.line + 1 if mark is not None else 1
        raise SettingsFileError(said("settings_not_yaml", file=str(path), line=line, why=why)) from None
