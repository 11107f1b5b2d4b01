"""Codes and facts as texts, in Russian and English: used where something is shown, nowhere else."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

from include.facts import Said
from include.words.catalogue import Language, translations
from include.words.formats import written

__all__ = ["Language", "outline", "speak", "speaking", "text"]

_spoken: contextvars.ContextVar[Language | None] = contextvars.ContextVar("spoken", default=None)
_process = [Language.RU]


def speak(language: Language) -> None:
    """From now on this process speaks so: in all its threads, and where an error is shown that left its task."""
    _process[0] = language


@contextlib.contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Inside, :func:`text` speaks this language unless it is told another one."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def text(said: Said, language: Language | None = None, *, whole_inns: bool = False) -> str:
    """What is said, as a text of one line.

    Args:
        said: a code with its facts. A sentence that an older version stored is given as it is. A code without a text
            (a newer version's) is shown with its facts.
        language: in which language; ``None``: the one that is spoken.
        whole_inns: an INN is shown whole (the page, the workbook), not by its last four digits.
    """
    language = language or _spoken.get() or _process[0]
    if said.sentence is not None:
        return said.sentence

    def inner(what: Said) -> str:
        return text(what, language, whole_inns=whole_inns)

    facts = {name: written(fact, language, whole_inns=whole_inns, text=inner) for name, fact in said.facts}
    template = translations(language).gettext(said.code)
    if template != said.code:
        with contextlib.suppress(KeyError):
            return template.format_map(facts)
    return " ".join([said.code, *(f"{name}={fact}" for name, fact in facts.items())])


def outline(code: str, language: Language) -> str:
    """The heading of all that is said with a code; where there is none its first sentence, with dots for the facts."""
    heading = translations(language).gettext(f"heading_{code}")
    if not heading.startswith("heading_"):
        return heading
    template = translations(language).gettext(code)
    return template.format_map(_Dots()).partition(". ")[0].rstrip(".") if template != code else code


class _Dots(dict[str, str]):
    def __missing__(self, _: str) -> str:
        return "…"
