"""What a finding says, plainly enough to be compared with an expected value."""

from __future__ import annotations

from typing import Any

from include.accounting.operations import Finding
from include.facts import Day, Fact, Inn, Money, Number, Roubles, Said, Several


def facts(finding: Finding) -> dict[str, Any]:
    """Its facts by name: amounts and days as text, what is said inside as its code, with its facts if it has any."""
    return {name: plain(fact) for name, fact in finding.facts}


def plain(fact: Fact) -> Any:
    """One fact."""
    match fact:
        case Roubles(amount):
            return f"{amount:.2f}"
        case Money(amount, currency):
            return f"{amount:.2f} {currency}"
        case Number(value):
            return f"{value:f}"
        case Day(day):
            return str(day)
        case Inn(inn):
            return inn
        case Said(code, told):
            return (code, {name: plain(inner) for name, inner in told}) if told else code
        case Several(items):
            return [plain(item) for item in items]
        case _:
            return fact


def change(code: str, before: Any, now: Any) -> tuple[str, dict[str, Any]]:
    """What is said of a field that had one value and has another."""
    return code, {"before": before, "now": now}
