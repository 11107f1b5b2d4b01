"""How the rooms of the accounting say that something cannot be posted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from include.accounting.operations import Finding, Verdict
from include.errors import HouseError
from include.facts import Plain, facts


class NotPostableError(HouseError):
    """What was asked for cannot be posted; the findings say why. No task ends with it."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__(*(finding.code for finding in findings))


def found(verdict: Verdict, code: str, payment_id: int | None = None, /, **named: Plain) -> Finding:
    """One thing to say of an order, with its facts by name."""
    return Finding(verdict=verdict, code=code, facts=facts(**named), payment_id=payment_id)


def rejection(code: str, /, **named: Plain) -> NotPostableError:
    """The shop's data is wrong."""
    return NotPostableError(found(Verdict.REJECTED, code, **named))


def skip(code: str, /, **named: Plain) -> NotPostableError:
    """Nothing to post, by rule."""
    return NotPostableError(found(Verdict.SKIPPED, code, **named))


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
