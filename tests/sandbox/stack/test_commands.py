"""What is promised on the command line is there."""

import pathlib
import re
import subprocess
import sys

import pytest

from sandbox.stack import backfill, up
from sandbox.stack.layout import ROOT, Layout

TARGETS = {
    *("demo", "test", "up", "down", "bench", "backfill", "migrate", "lint", "screenshots", "help"),
    *("rebuild-ledger", "prove", "decide", "month", "report", "check-workbook", "status"),
    "bootstrap",  # what the others stand on
}
SCRIPTS = [ROOT / ".ci" / "run", *sorted((ROOT / "scripts").glob("*.sh"))]


def test_make_has_exactly_the_promised_targets() -> None:
    found = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert found == TARGETS


def test_make_help_names_every_target_but_the_one_below_them() -> None:
    done = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True)
    assert set(re.findall(r"^  make ([a-z-]+)", done.stdout, re.MULTILINE)) == TARGETS - {"bootstrap"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_shell_scripts_can_be_parsed_and_run(script: pathlib.Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111


def test_a_backfill_without_a_running_stack_says_what_to_do(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "UP", Layout(tmp_path))
    monkeypatch.setattr(sys, "argv", ["backfill", "2026-09-01", "2026-09-30"])
    assert backfill.main() == 1
    assert "make up" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["2026-09-30", "2026-09-01"], "FROM is after TO"),
        (["2026-09-31", "2026-10-01"], "FROM: invalid"),
        ([], "the following arguments are required: FROM, TO"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    arguments: list[str],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["backfill", *arguments])
    with pytest.raises(SystemExit):
        backfill.main()
    assert complaint in capsys.readouterr().err
