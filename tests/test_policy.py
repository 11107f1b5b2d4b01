"""What holds of every tracked file."""

from __future__ import annotations

import pathlib
import re
import subprocess

from proof.environment import ROOT

ELSEWHERE = re.compile(
    r"\bDESIG[N]\b"  # the brackets keep this file from naming what it looks for
    r"|(?<![\w/])fact[s]/"
    r"|\b[Ii]ssu[e]s? #?\d"
    r"|\bissue[-_]?\d"
    r"|§\s?\d+\.\d"  # sections of our own documentation have names
    r"|glossary-r[u]"
    r"|(?<!\w)/wor[k]/"
)
"""Papers that whoever has the repository does not have."""


def tracked() -> list[pathlib.Path]:
    """The files of the repository that hold text."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = [ROOT / name for name in names.split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()]


def test_the_repository_refers_to_no_paper_outside_of_it() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in tracked()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if ELSEWHERE.search(line)
    ]
    assert not found, "\n".join(found)


LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
NAMED = re.compile(r"(?P<file>docs/[\w/-]+\.md)(?P<sections>(?:, «[^»]+»)+)?")


def _anchors(file: pathlib.Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = HEADING.findall(file.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_links_between_documents_lead_somewhere() -> None:
    lost = []
    for file in (file for file in tracked() if file.suffix == ".md"):
        for target in LINK.findall(file.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            to = (file.parent / path).resolve() if path else file
            if "://" in target:
                continue
            if not to.exists() or (anchor and anchor not in _anchors(to)):
                lost.append(f"{file.relative_to(ROOT)}: {target}")
    assert not lost, "\n".join(lost)


def test_what_comments_say_of_documents_stands_there() -> None:
    """A section is named by its heading, or by how that begins."""
    lost = []
    for file in (file for file in tracked() if file.suffix in {".py", ".yaml", ".sql"}):
        for match in NAMED.finditer(file.read_text(encoding="utf-8")):
            document = ROOT / match["file"]
            headings = HEADING.findall(document.read_text(encoding="utf-8")) if document.exists() else []
            sections = re.findall(r"«([^»]+)»", match["sections"] or "")
            if not headings or any(not any(h.startswith(section) for h in headings) for section in sections):
                lost.append(f"{file.relative_to(ROOT)}: {match.group()}")
    assert not lost, "\n".join(lost)


def test_the_accountants_tables_name_the_same_codes_in_both_languages() -> None:
    english, russian = (
        {
            code
            for cell in re.findall(r"^\| (`\w+`(?: `\w+`)*) \|", text.read_text(encoding="utf-8"), re.MULTILINE)
            for code in re.findall(r"\w+", cell)
        }
        for text in (ROOT / "docs/accounting-rules.md", ROOT / "docs/ru/accounting-rules.md")
    )
    assert len(english) > 150
    assert english == russian
