"""What a run is asked for, by its schedule or by a person."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked for."""

    run_id: str
    scheduled: bool = False
    order_numbers: Sequence[str] = ()
    """By these the shop's people know the orders; with ``order_ids``: these orders and no others."""
    order_ids: Sequence[int | str] = ()
    dry_run: bool = False

    @property
    def names_orders(self) -> bool:
        """Whether a person says which orders the run looks at."""
        return bool(self.order_numbers or self.order_ids)
