"""How the rooms of the accounting say that something cannot be posted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from include.accounting.operations import Finding, Verdict
from include.errors import HouseError


class NotPostableError(HouseError):
    """What was asked for cannot be posted; the findings say why, in words for a person. No task ends with it."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.message for finding in findings))


def rejection(code: str, message: str) -> NotPostableError:
    """The shop's data is wrong."""
    return NotPostableError(Finding(verdict=Verdict.REJECTED, code=code, message=message))


def skip(code: str, message: str) -> NotPostableError:
    """Nothing to post, by rule."""
    return NotPostableError(Finding(verdict=Verdict.SKIPPED, code=code, message=message))


class Collector:
    """Gathers what several checks find, so that a person hears of all at once; of one kind the first is enough."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep the findings of a check that fails inside, and go on."""
        try:
            yield
        except NotPostableError as error:
            known = {finding.code for finding in self.findings}
            self.findings += [finding for finding in error.findings if finding.code not in known]

    def raise_found(self) -> None:
        """Raise what was gathered, if anything was.

        Raises:
            NotPostableError: with all findings.
        """
        if self.findings:
            raise NotPostableError(*self.findings)
