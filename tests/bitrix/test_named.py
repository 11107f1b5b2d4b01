"""The orders that a person names, by number or by ID."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.bitrix.named import NamedOrders, UnknownOrdersError, find_named
from include.bitrix.snapshot import ShopDatabase
from include.errors import HouseError
from include.facts import Said, said
from include.settings import Settings
from tests.bitrix.schema import VERSIONS, Filler

Read = Callable[[], ShopDatabase]
MakeShop = Callable[..., Filler]


def found(read: Read, *, ids: list[int | str] | None = None, numbers: list[str] | None = None) -> list[int]:
    return find_named(read(), NamedOrders.of(ids, numbers), Settings())


def told(error: HouseError) -> list[Said]:
    """What is said of each unknown one."""
    *lines, advice = error.args
    assert advice == said("orders_correct_and_start")
    return lines


def refused(read: Read, *, ids: list[int | str] | None = None, numbers: list[str] | None = None) -> list[Said]:
    """What is said of each unknown one."""
    with pytest.raises(UnknownOrdersError) as caught:
        found(read, ids=ids, numbers=numbers)
    return told(caught.value)


def test_orders_by_number_and_by_id_each_once(shop: Filler, read: Read) -> None:
    for id_, number in ((2045, "1001"), (2046, "B-15"), (2047, None), (2048, "")):
        shop.order(id_, ACCOUNT_NUMBER=number)
    assert found(read, numbers=["1001", "B-15"]) == [2045, 2046]
    assert found(read, ids=[2046, "2045", " 2045 "], numbers=["1001", "1001 "]) == [2045, 2046]
    assert found(read, numbers=["2047", "2048"]) == [2047, 2048], "without a number it is called by its ID"


def test_nobody_is_named_by_none_and_nothing() -> None:
    assert not NamedOrders.of(None, None)
    assert not NamedOrders.of([], ())


def test_blank_lines_are_passed_over_beside_others_but_alone_are_no_run_over_whole_days() -> None:
    assert NamedOrders.of(["0045", " "], [""]) == NamedOrders((45,), ())
    for ids, numbers in (([""], None), ([], ["  "]), (["\u00a0"], ["", "\t"])):
        with pytest.raises(UnknownOrdersError) as caught:
            NamedOrders.of(ids, numbers)
        assert told(caught.value) == [said("orders_blank")]


def test_all_unknown_ones_are_said_at_once_and_a_mix_up_both_ways(shop: Filler, read: Read) -> None:
    shop.order(2045, ACCOUNT_NUMBER="1001")
    shop.order(7, ACCOUNT_NUMBER="Б-7")
    assert refused(read, ids=[1001, 5, 2045], numbers=["2045", "3000", "1001", "б-7"]) == [
        said("order_number_is_id", given="2045", order="1001"),
        said("order_number_unknown", given="3000"),
        said("order_number_misspelt", given="б-7", order="Б-7"),
        said("order_id_is_number", given=1001, id=2045),
        said("order_id_unknown", given=5),
    ]


def test_numbers_compare_exactly_as_text(shop: Filler, read: Read) -> None:
    shop.order(1, ACCOUNT_NUMBER="0045")
    shop.order(2, ACCOUNT_NUMBER="45")
    shop.order(45, ACCOUNT_NUMBER="é-1")
    assert found(read, numbers=["0045"]) == [1]
    assert found(read, numbers=["45"]) == [2]
    unknown = ["00045", "e-1", "45.0", "45'); --"]
    assert refused(read, numbers=unknown) == [said("order_number_unknown", given=number) for number in unknown]


def test_a_number_that_two_orders_have_means_both(shop: Filler, read: Read) -> None:
    shop.order(5, ACCOUNT_NUMBER="77")
    shop.order(77, ACCOUNT_NUMBER=None)
    shop.order(78, ACCOUNT_NUMBER="77")
    assert found(read, numbers=["77"]) == [5, 77, 78]
    assert found(read, ids=[77]) == [77]


def test_what_is_no_id_is_said(read: Read) -> None:
    for wrong in ("B-15", "1.5", "-3", "٤٥"):
        with pytest.raises(UnknownOrdersError) as caught:
            NamedOrders.of([wrong], None)
        assert told(caught.value) == [said("order_id_no_number", given=wrong)]


def test_an_order_of_a_site_that_is_not_mapped_is_not_left_out_in_silence(shop: Filler, read: Read) -> None:
    shop.order(2045, ACCOUNT_NUMBER="1001", LID="s2")
    settings = Settings.model_validate({"shop": {"sites": {"s1": "kontur_default"}}})
    with pytest.raises(UnknownOrdersError) as caught:
        find_named(read(), NamedOrders.of(None, ["1001"]), settings)
    assert told(caught.value) == [said("order_of_unmapped_site", order="1001", id=2045, site="s2")]


def test_more_than_fifty_are_cut(shop: Filler, read: Read) -> None:
    lines = refused(read, ids=list(range(1, 1203)))
    assert len(lines) == 51
    assert lines[-1] == said("orders_more", count=1152)


@pytest.mark.parametrize("charset", ["utf8mb4", "cp1251"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_and_charset(make_shop: MakeShop, read: Read, version: str, charset: str) -> None:
    make_shop(version, charset).order(9, ACCOUNT_NUMBER="Заказ/9")
    assert found(read, numbers=["Заказ/9"]) == [9]
    assert refused(read, numbers=["→9"]) == [said("order_number_unknown", given="→9")]
