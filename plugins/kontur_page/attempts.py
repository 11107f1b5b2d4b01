"""What came of a request, in words."""

from __future__ import annotations

from kontur_hook.answers import SAYS, ended

from include.facts import Said, said
from include.ledger.screens.history import Attempt


def told(attempt: Attempt) -> Said:
    """The answer, or what is known without one."""
    match attempt.outcome:
        case None:
            return said("page_attempt_under_way")
        case "created":
            return said("page_attempt_created")
        case "rejected":
            return said("page_attempt_refused", answer=ended((attempt.detail or "").removeprefix(SAYS)))
        case "held_up":
            return said("page_attempt_held_up")
        case "not_applied":
            if attempt.status is None:
                return said("page_attempt_not_sent")
            return said("page_attempt_turned_away", status=attempt.status)
        case _:
            if attempt.status is None:
                return said("page_attempt_no_answer")
            return said("page_attempt_unclear", status=attempt.status)


def technical(attempt: Attempt) -> str:
    """What only a developer needs to read of it; as the program put it, in English."""
    return attempt.detail or "" if attempt.outcome not in {None, "created", "rejected"} else ""
