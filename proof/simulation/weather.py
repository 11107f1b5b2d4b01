"""How bad the virtual world is: the bounds that the promise rests on, and the rates of what goes wrong.

All times are seconds of virtual time. The bounds are the promise's conditions (docs/reliability.md); the rates are far
worse than life, so that few schedules show much.
"""

from __future__ import annotations

import dataclasses

LATE_S = 12.0
"""D: a request takes effect at most this long after it was sent."""
LAG_S = 12.0
"""L: what was committed is shown by reads at most this long after."""
STALL_S = 8.0
"""P: a sender stands still between its last check and its request at most this long, where a lock can be lost."""
TIMEOUT_S = 3.0
SETTLE_S = 33.0
"""``posting.settle_s`` of the virtual world: more than D + L + P."""
REPOST_BUDGET = 3
BREAKER = 5

HARSH_UNTIL_S = 500.0
"""The faults stop: from then on everything has to come to its end."""
CALM_RUN_EVERY_S = SETTLE_S + 10.0

POST_FAULTS = {
    "refused": 0.03,
    "reset_before": 0.03,
    "reset_after": 0.05,
    "timeout_lost": 0.03,
    "timeout_after": 0.04,
    "timeout_late": 0.12,
    "server_error_before": 0.03,
    "server_error_after": 0.05,
    "busy": 0.03,
    "no_access": 0.003,
    "conflict_before": 0.01,
    "conflict_after": 0.02,
    "redirect": 0.01,
    "no_id": 0.02,
    "login_page": 0.01,
}
"""Share of POSTs; «before» and «after» say whether the request took effect."""

STUCK_SHARE = 0.8
"""Share of late requests at which the search's index stands still, in a schedule where it can."""


@dataclasses.dataclass(frozen=True, slots=True)
class Weather:
    """Rates; each between 0 and 1."""

    post_fault: bool
    kill: float
    """Per step of a process."""
    kill_unanswered: float
    """Per step of a process that waits for an answer, where it hurts most."""
    kill_ailing: float
    """The same for one that has stood still before, as its machine is restarted for that."""
    pause: float
    """Per step of a process."""
    pause_before_send: float
    """Per step between intent and request, where it hurts most."""
    lock_lost: float
    """Per pause of a process, in a schedule that loses locks: its lock connections die unnoticed."""
    connection_lost: float
    """Per use of a database connection, in a schedule that loses locks."""
    commit_lost: float
    """Per transaction: its COMMIT is not answered; half of them were done."""
    read_fault: float
    """Per GET."""
    hidden: float
    """Share of what is posted that reads show only after a while, up to ``LAG_S``."""
    time_is_up: float = 0.0
    """Per step of a process: what it was given to do must end, and it may begin nothing more."""
    late_s: float = LATE_S
    """The latest that a request takes effect; more than ``LATE_S`` breaks the promise's condition."""


HARSH = Weather(
    post_fault=True,
    kill=0.01,
    kill_unanswered=0.08,
    kill_ailing=0.4,
    pause=0.01,
    pause_before_send=0.08,
    lock_lost=0.4,
    connection_lost=0.002,
    commit_lost=0.01,
    read_fault=0.08,
    hidden=0.45,
    time_is_up=0.0005,
)
MILD = dataclasses.replace(
    HARSH,
    kill=0.003,
    kill_unanswered=0.03,
    kill_ailing=0.2,
    pause=0.004,
    lock_lost=0.8,
    connection_lost=0.001,
    commit_lost=0.004,
    read_fault=0.02,
    hidden=0.3,
)
"""Less goes wrong at once, so that nothing else covers for a guard that is missing."""
CALM = Weather(
    post_fault=False,
    kill=0.0,
    kill_unanswered=0.0,
    kill_ailing=0.0,
    pause=0.0,
    pause_before_send=0.0,
    lock_lost=0.0,
    connection_lost=0.0,
    commit_lost=0.0,
    read_fault=0.0,
    hidden=0.0,
)
