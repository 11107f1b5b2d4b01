"""One day in a shop with others before it, and the figures, worked out from turns that never were."""

from __future__ import annotations

import pytest

from include.words import Language, speaking
from sandbox.shop import large
from sandbox.stack import large_shop, one_day
from sandbox.stack.errors import StackError
from sandbox.stack.one_day import Cost, OneDay

ORDERS = 6 * large.PER_DAY
"""More than the night looks at."""
ROWS = 1 + 1 + 1 + 2 + 2 + 2 + 2
"""Of an order: itself, its payment and shipment; and two each of lines, shipped lines, properties and changes."""


@pytest.mark.db
def test_both_read_the_same_rows_of_the_days_orders() -> None:
    with large_shop.running(ORDERS, contents=True) as shop:
        day = one_day.measure(shop, ORDERS, times=2)
        # The four days' own orders, and those of the day before them, which were shipped on the first of the four.
        assert 4 * large.PER_DAY < day.orders < 5 * large.PER_DAY
        returned = day.orders / 50
        assert abs(day.rows - ROWS * day.orders - returned) <= 1
        assert len(day.ours) == len(day.bare) == 2
        assert min(cost.server_cpu_s for cost in (*day.ours, *day.bare)) > 0
        with shop.root.cursor() as cursor:
            cursor.execute("DELETE FROM b_sale_order_change WHERE ORDER_ID = %s", [ORDERS])
        with shop.connected():
            read = one_day._ours()
            bare = one_day._bare(shop, list(read)[1:])
    with speaking(Language.EN), pytest.raises(StackError, match="read other rows"):
        one_day._same_rows(read, bare)


def test_the_middle_quotient_counts() -> None:
    ours = [Cost(0.2, 0.2, 0.5), Cost(0.3, 0.3, 0.7), Cost(0.9, 0.9, 2)]
    bare = [Cost(0.1, 0.1, 0.25), Cost(0.2, 0.1, 0.35), Cost(0.1, 0.1, 0.2)]
    day = OneDay(1_000_000, 4958, 54_637, ours, bare)
    assert day.told == {
        "day_in_1m_orders_ratio": 2.0,
        "day_in_1m_orders_server_ratio": 2.0,
        "day_in_1m_orders_wall_ratio": 2.0,
        "day_in_1m_orders_looked_at": 4958,
        "day_in_1m_orders_rows": 54_637,
        "day_in_1m_orders_cpu_s": 0.6,
        "day_in_1m_orders_bare_cpu_s": 0.2,
    }
    assert "day_in_6000_orders_ratio" in OneDay(6000, 1, 1, ours, bare).told
