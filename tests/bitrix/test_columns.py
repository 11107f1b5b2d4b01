from __future__ import annotations

from collections.abc import Callable

import pytest

from include.bitrix.columns import Columns
from include.bitrix.snapshot import ShopDatabase
from tests.bitrix.schema import Filler


@pytest.mark.parametrize(("version", "guess"), [("16.5", 16.0), ("19", 17.5), ("25", 22.0), ("2026", 26.0)])
def test_the_version_is_told_by_the_tables(
    make_shop: Callable[..., Filler], read: Callable[[], ShopDatabase], version: str, guess: float
) -> None:
    make_shop(version)
    assert read().columns.sale_version == guess


def test_a_column_is_there_only_where_it_is() -> None:
    columns = Columns([{"table_name": "b_sale_order", "column_name": "Id", "column_type": "int(11)"}])
    assert columns.has("b_sale_order")
    assert columns.has("b_sale_order", "ID")
    assert not columns.has("b_sale_order", "RUNNING")
    assert not columns.has("b_sale_basket")
    assert columns.missing("b_sale_order", ("ID", "PRICE")) == ["PRICE"]
    assert columns.type_of("b_sale_order", "ID") == "int(11)"
