"""What the protocol went through, by the marks it left."""

from __future__ import annotations

import collections

from proof.faults.verdict import Place
from sandbox.kontur.serving import Controls

CUT, AGAIN, CONFIRMED, ADOPTED = "cut between intent and record", "sent again", "confirmed", "found and adopted"


def faults(kontur: Controls) -> collections.Counter[str]:
    """Name of a fault → how often it fired."""
    return collections.Counter(kontur.control("GET", "/faults/journal")["counts"])


def traces(place: Place) -> collections.Counter[str]:
    """From the ledger: attempts, how they ended, and what was found instead."""
    (row,) = place.query(
        "SELECT COUNT(*), SUM(ended_at IS NULL), SUM(repost), SUM(outcome = 'created') FROM local_kontur_bukh_attempt"
    )
    (found,) = place.query("SELECT COUNT(*) FROM local_kontur_bukh_operation WHERE code = 'found'")
    names = ("POSTs announced", CUT, AGAIN, CONFIRMED, ADOPTED)
    return collections.Counter({name: int(count or 0) for name, count in zip(names, (*row, *found), strict=True)})
