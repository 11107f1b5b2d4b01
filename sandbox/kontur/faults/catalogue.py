"""The names of all faults.

Writes (POST): ``<kind>_before_read``, ``<kind>_before_commit``, ``<kind>_after_commit``, and a few that stand alone.
Reads (GET): ``search_<kind>``.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator


class Point(enum.Enum):
    """Where a fault strikes."""

    BEFORE_READ = "before_read"
    """The server took nothing of the body in."""
    BEFORE_COMMIT = "before_commit"
    """It read the request and wrote nothing."""
    AFTER_COMMIT = "after_commit"
    """It wrote, and then went wrong."""
    SEARCH = "search"
    """On a read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    name: str
    kind: str
    point: Point

    @property
    def on_reads(self) -> bool:
        return self.point is Point.SEARCH


_SILENT = ("reset", "close", "hang")
"""No answer at all: RST, FIN, nothing."""
_STATUSES = tuple(
    f"status_{status}"
    for status in (
        *(300, 301, 302, 303, 307, 308),
        *(400, 401, 402, 403, 404, 409, 413, 415, 422, 429),
        *(500, 502, 503, 504),
    )
)
_SPOILED = (
    "bad_json",
    "html",
    "empty_204",
    "error_in_200",
    "cut_status_line",
    "cut_headers",
    "cut_body",
    "cut_chunk",
    "bad_gzip",
    "gzip_bomb",
    "huge_body",
)
"""An answer that looks like a success, or the beginning of one, and cannot be trusted."""
_WRONG_ID = ("no_id", "null_id", "number_id")
"""A success without an id that could be one."""
_TRUE_ANSWER = ("slow_drip",)
"""The right answer, one byte at a time."""
DOUBLED = ("doubled_request", "doubled_close")
"""A proxy sends the request twice; and gives the last answer, or none."""
LYING_LISTS = ("stuck", "substring", "shifted_page")
"""A list of documents in the right shape: always empty; with what only contains the number; a row twice or left out."""


def _all() -> Iterator[Fault]:
    for kind in _SILENT:
        yield Fault(f"{kind}_before_read", kind, Point.BEFORE_READ)
    for kind in (*_SILENT, *_STATUSES, *_SPOILED, *_WRONG_ID):
        yield Fault(f"{kind}_before_commit", kind, Point.BEFORE_COMMIT)
        yield Fault(f"{kind}_after_commit", kind, Point.AFTER_COMMIT)
    for kind in (*_TRUE_ANSWER, "foreign_id"):
        yield Fault(f"{kind}_after_commit", kind, Point.AFTER_COMMIT)
    yield Fault("late_commit", "late_commit", Point.BEFORE_COMMIT)
    yield Fault("doubled_request", "doubled_request", Point.AFTER_COMMIT)
    yield Fault("doubled_close_after_commit", "doubled_close", Point.AFTER_COMMIT)
    for kind in (*_SILENT, *_STATUSES, *_SPOILED, *_TRUE_ANSWER, *LYING_LISTS):
        yield Fault(f"search_{kind}", kind, Point.SEARCH)


FAULTS = {fault.name: fault for fault in _all()}
