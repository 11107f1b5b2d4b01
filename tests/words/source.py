"""What the source says of codes, facts and sentences, read from its syntax trees."""

from __future__ import annotations

import ast
import dataclasses
import functools
import pathlib
import re
from collections.abc import Iterator

import jinja2
import jinja2.nodes
from babel.messages.pofile import read_po

from include.words.catalogue import Language

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = ("include", "dags", "plugins/kontur_page", "sandbox/stack")
"""Where something is said to people; the hook's technical texts are English."""


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """A place where a code is made, with the names of its facts."""

    where: str
    code: str
    facts: frozenset[str]


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Path below the root -> tree; without the words themselves and the ledger's migrations."""
    files = (file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")))
    paths = [(file.relative_to(ROOT).as_posix(), file) for file in files]
    return {
        path: ast.parse(file.read_text("utf-8"))
        for path, file in paths
        if not path.startswith(("include/words/", "include/ledger/migrations/"))
    }


@functools.cache
def makers() -> dict[str, int]:
    """Functions that are given a code and its facts by name -> the code's place among the positional arguments."""
    found: dict[str, int] = {}
    for tree in (*modules().values(), ast.parse((ROOT / "include/facts.py").read_text("utf-8"))):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.args.kwarg is not None:
                names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
                if "code" in names:
                    found[node.name] = names.index("code") - (names[0] in {"self", "cls"})
    return found


@functools.cache
def constants() -> dict[str, str]:
    """Names in capitals that stand for a text, whichever module gives them."""
    return {
        target.id: node.value.value
        for tree in modules().values()
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }


def made() -> Iterator[Made]:
    """All codes with facts; one that a function only passes on is made where that function is called."""
    for path, call, given in _calls():
        facts = frozenset(keyword.arg for keyword in call.keywords if keyword.arg is not None)
        yield from (Made(f"{path}:{call.lineno}", code, facts) for code in _codes(given))
    yield from _in_templates()


def _in_templates() -> Iterator[Made]:
    """Codes that the page's templates tell, each with its facts."""
    for file in sorted((ROOT / "plugins/kontur_page/templates").glob("*.jinja")):
        tree = jinja2.Environment(autoescape=True).parse(file.read_text("utf-8"))
        for call in tree.find_all(jinja2.nodes.Call):
            match call:
                case jinja2.nodes.Call(node=jinja2.nodes.Name(name="tell"), args=[jinja2.nodes.Const(value=code)]):
                    facts = frozenset(keyword.key for keyword in call.kwargs)
                    yield Made(f"{file.name}:{call.lineno}", code, facts)
                case jinja2.nodes.Call(node=jinja2.nodes.Name(name="tell")):
                    raise AssertionError(f"{file.name}:{call.lineno}: no code is written down here")


def asked() -> Iterator[str]:
    """Codes of what an order waits for a person for: what a plan asks, and what became of an operation."""
    for _, call, given in _calls():
        verdicts = {"Verdict.REVIEW", "Verdict.REJECTED"} & {ast.unparse(argument) for argument in call.args}
        if verdicts or getattr(call.func, "id", "") == "rejection":
            yield from _codes(given)
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_park", "_reject"}:
                yield from _codes(node.args[1])


def computed() -> Iterator[str]:
    """Places where a code is neither written down nor handed on as the argument ``code``."""
    for path, call, given in _calls():
        handed_on = isinstance(given, ast.Name) and given.id == "code"
        if not handed_on and not list(_codes(given)):
            yield f"{path}:{call.lineno}"


def _calls() -> Iterator[tuple[str, ast.Call, ast.expr]]:
    """Calls of what makes a code with facts, and what they give as the code."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                place = makers().get(name)
                if place is not None and len(node.args) > place:
                    yield path, node, node.args[place]


def _codes(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.Name(id=name) if name in constants():
            yield constants()[name]
        case ast.IfExp(body=one, orelse=other):
            yield from _codes(one)
            yield from _codes(other)


_SENTENCE = re.compile(r"[A-Za-zА-Яа-яЁё]{2,}(?:[ ,:;]+(?:[A-Za-zА-Яа-яЁё]{1,})){3,}")
_SQL = re.compile(
    r"\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|AND|HAVING|CREATE|DROP|JOIN|ADD COLUMN|ORDER BY|TRANSACTION)\b"
    r"|^op_key, "
)
_COMMAND_LINE = {"ArgumentParser", "add_parser", "add_argument"}
_FOR_PROGRAMMERS = _COMMAND_LINE | {"debug", "exception", "ValueError", "TypeError", "AssertionError"}


def sentences() -> Iterator[str]:
    """Texts of four words and more that are neither documentation nor SQL nor for programmers alone."""
    for path, tree in modules().items():
        spared = {id(text) for node in ast.walk(tree) for text in _spared(node)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in spared:
                continue
            if _SENTENCE.search(node.value) and not _SQL.search(node.value):
                yield f"{path}:{node.lineno}: {node.value[:60]}"


def _spared(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _FOR_PROGRAMMERS:
            yield from ast.walk(node)
    elif isinstance(node, ast.Assert):
        yield from ast.walk(node)


def written() -> set[str]:
    """Every text of the source that could be a code: what is looked up by a table of codes."""
    return {
        node.value
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()
    }


def ids(language: Language) -> Iterator[str]:
    """The codes of a language's files, one after the other."""
    for file in sorted((ROOT / "include/words" / language).glob("*.po")):
        with file.open("rb") as catalogue:
            yield from (str(message.id) for message in read_po(catalogue) if message.id)
