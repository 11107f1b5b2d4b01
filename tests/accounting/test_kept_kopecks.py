"""One document per shipment: what is posted keeps its kopecks, what is not yet posted shares what remains.

All documents of an order together make its PRICE to the kopeck, however often the rest is split anew.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Iterable, Mapping
from decimal import Decimal

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from kontur_hook.contract import VatRate

from include.accounting.operations import Item, KnownOperation, Operation, Plan, Progress, SaleDocument
from include.accounting.payload import from_json, to_json
from include.bitrix.rows import BasketItem, Order, Shipment
from tests.accounting.orders import codes, documents, done, finding, line, order, plan, posted, rules, shipment
from tests.accounting.plain import change, facts
from tests.accounting.test_properties import half_up, item_sum, price_before_25, price_of_25, price_of_2026

BY = rules(document_per="shipment")
THIRD = line("33.3333", 3)
"""Three cost 100.00."""


def sold(*shipments: Shipment, rows: tuple[BasketItem, ...] = (THIRD,), price: str = "100.00") -> Order:
    return order(*rows, shipments=shipments, price=price, shipped=None)


def look(an_order: Order, known: Iterable[KnownOperation] = ()) -> Plan:
    return plan(an_order, known=list(known), by=BY)


def totals(a_plan: Plan) -> dict[str, str]:
    """Shipment -> roubles of its document."""
    return {document.key.partition("/")[2]: str(document.total_amount) for document in documents(a_plan)}


def lines_of(a_plan: Plan, shipment_id: int) -> list[tuple[str, str]]:
    """Quantity and price of each line of a document."""
    (found,) = (d for d in documents(a_plan) if d.key.endswith(f"/{shipment_id}"))
    return [(str(item.quantity), str(item.price)) for item in found.items]


def with_price(known: list[KnownOperation], price: str, *, by_an_older_version: bool) -> list[KnownOperation]:
    """The only document that is posted, its single line at another kopeck."""
    (document,) = (k.operation for k in known)
    assert isinstance(document, SaleDocument)
    (item,) = document.items
    exact = None if by_an_older_version else item.exact_price
    item = dataclasses.replace(item, price=Decimal(price), exact_price=exact)
    return done(dataclasses.replace(document, items=(item,), total_amount=item.amount))


@pytest.fixture(params=[True, False], ids=["an older version", "this version"])
def middle(request: pytest.FixtureRequest) -> list[KnownOperation]:
    """Of three shipments of one piece each the second is in the books, with 33.34."""
    before = sold(shipment(501, {1: 1}), shipment(502, {1: 1}, "2026-03-05"), shipment(503, {1: 1}))
    return with_price(posted(look(before)), "33.34", by_an_older_version=request.param)


MIDDLE = shipment(502, {1: 1}, "2026-03-05")


class TestSplitAnew:
    def test_the_others_as_they_were(self, middle: list[KnownOperation]) -> None:
        first, last = shipment(501, {1: 1}, "2026-03-06"), shipment(503, {1: 1}, "2026-03-07")
        found = look(sold(first, MIDDLE, last), middle)
        assert found.findings == ()
        # two cost 66.67, less 33.34; three cost 100.00
        assert totals(found) == {"502": "33.34", "501": "33.33", "503": "33.33"}

    @pytest.mark.parametrize("id_", [501, 504])
    def test_merged(self, middle: list[KnownOperation], id_: int) -> None:
        found = look(sold(MIDDLE, shipment(id_, {1: 2}, "2026-03-06")), middle)
        assert found.findings == ()
        assert totals(found) == {"502": "33.34", str(id_): "66.66"}
        assert lines_of(found, id_) == [("2", "33.33")]

    def test_into_halves(self, middle: list[KnownOperation]) -> None:
        half, rest = shipment(501, {1: "0.5"}, "2026-03-06"), shipment(504, {1: "1.5"}, "2026-03-07")
        found = look(sold(half, MIDDLE, rest), middle)
        assert found.findings == ()
        # one and a half cost 50.00, less 33.34
        assert totals(found) == {"502": "33.34", "501": "16.66", "504": "50.00"}

    def test_while_it_waits_the_posted_one_stays(self, middle: list[KnownOperation]) -> None:
        for waiting in ([shipment(501, {1: 2})], [shipment(400 + n, {1: "0.25"}) for n in range(8)], []):
            found = look(sold(MIDDLE, *waiting), middle)
            assert (found.findings, totals(found)) == ((), {"502": "33.34"})

    def test_whichever_leaves_first_they_are_rounded_in_the_order_of_their_ids(self) -> None:
        """One costs 33.33, two cost 66.67: so runs that post them sooner or later agree."""
        waiting = shipment(501, {1: 1}), MIDDLE, shipment(503, {1: 1})
        assert totals(look(sold(*waiting))) == {"502": "33.34"}
        later = shipment(501, {1: 1}, "2026-03-06"), MIDDLE, shipment(503, {1: 1}, "2026-03-07")
        assert totals(look(sold(*later))) == {"502": "33.34", "501": "33.33", "503": "33.33"}
        assert look(sold(*later), posted(look(sold(*waiting)))) == look(sold(*later))

    def test_a_shipment_dated_back_before_the_posted_one(self, middle: list[KnownOperation]) -> None:
        found = look(sold(shipment(501, {1: 2}, "2026-03-01"), MIDDLE), middle)
        assert (found.findings, totals(found)) == ((), {"501": "66.66", "502": "33.34"})

    def test_what_was_sent_and_is_not_settled_keeps_them_too_and_what_is_only_planned_does_not(
        self, middle: list[KnownOperation]
    ) -> None:
        merged = sold(MIDDLE, shipment(504, {1: 2}, "2026-03-06"))
        begun = [dataclasses.replace(known, progress=Progress.BEGUN) for known in middle]
        planned = [dataclasses.replace(known, progress=Progress.PLANNED) for known in middle]
        assert totals(look(merged, begun)) == {"502": "33.34", "504": "66.66"}
        assert totals(look(merged, planned)) == {"502": "33.33", "504": "66.67"}

    def test_one_that_was_taken_back_keeps_them_while_it_stands_in_the_books(
        self, middle: list[KnownOperation]
    ) -> None:
        found = look(sold(shipment(502, {1: 1}), shipment(504, {1: 2}, "2026-03-06")), middle)
        assert codes(found) == [("review", "unshipped_after_posting")]
        assert totals(found) == {"502": "33.34", "504": "66.66"}

    def test_the_shops_own_rule_may_rename_what_is_posted(self, middle: list[KnownOperation]) -> None:
        def renamed(_: Order, operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
            return tuple(
                dataclasses.replace(o, items=tuple(dataclasses.replace(i, name=f"+ {i.name}") for i in o.items))
                if isinstance(o, SaleDocument)
                else o
                for o in operations
            )

        (document,) = (known.operation for known in middle)
        assert isinstance(document, SaleDocument)
        known = done(*renamed(sold(), (document,)))
        by = dataclasses.replace(BY, adjust=renamed)
        found = plan(sold(MIDDLE, shipment(504, {1: 2}, "2026-03-06")), known=known, by=by)
        assert (found.findings, totals(found)) == ((), {"502": "33.34", "504": "66.66"})

    def test_a_line_that_is_split_within_the_posted_document(self) -> None:
        """Three of seven for 100.00: 42.86 are two at 14.29 and one at 14.28; the other four then cost 57.14."""
        row = line("14.2857", 7)
        before = look(sold(shipment(501, {1: 3}, "2026-03-05"), shipment(502, {1: 4}), rows=(row,)))
        assert lines_of(before, 501) == [("1", "14.28"), ("2", "14.29")]
        again = shipment(501, {1: 3}, "2026-03-05"), shipment(500, {1: 4}, "2026-03-04")
        found = look(sold(*again, rows=(row,)), posted(before))
        assert (found.findings, totals(found)) == ((), {"501": "42.86", "500": "57.14"})

    def test_equal_prices_of_two_lines(self) -> None:
        rows = line("33.3333", 3, name="Чашка"), line("33.3333", 3, name="Блюдце")
        both: dict[int, str | int] = {1: 1, 2: 1}
        before = sold(shipment(501, both, "2026-03-05"), shipment(502, both), rows=rows, price="200.00")
        (document,) = documents(look(before))
        cup, saucer = document.items
        cup = dataclasses.replace(cup, price=Decimal("33.34"))
        known = done(dataclasses.replace(document, items=(saucer, cup), total_amount=Decimal("66.67")))
        rest = shipment(504, {1: 2, 2: 2}, "2026-03-06")
        found = look(sold(shipment(501, both, "2026-03-05"), rest, rows=rows, price="200.00"), known)
        assert (found.findings, totals(found)) == ((), {"501": "66.67", "504": "133.33"})
        # the cups have 66.66 left, the saucers 66.67
        assert lines_of(found, 504) == [("2", "33.33"), ("1", "33.33"), ("1", "33.34")]


class TestQuantityOfWhatWaits:
    def test_raised(self, middle: list[KnownOperation]) -> None:
        """Five cost 166.67."""
        found = look(
            sold(MIDDLE, shipment(504, {1: 4}, "2026-03-06"), rows=(line("33.3333", 5),), price="166.67"), middle
        )
        assert (found.findings, totals(found)) == ((), {"502": "33.34", "504": "133.33"})

    def test_lowered(self, middle: list[KnownOperation]) -> None:
        """Two cost 66.67."""
        found = look(
            sold(MIDDLE, shipment(503, {1: 1}, "2026-03-06"), rows=(line("33.3333", 2),), price="66.67"), middle
        )
        assert (found.findings, totals(found)) == ((), {"502": "33.34", "503": "33.33"})

    def test_where_nothing_waits_any_more_the_books_have_a_kopeck_too_many(self, middle: list[KnownOperation]) -> None:
        found = look(sold(MIDDLE, rows=(line("33.3333", 1),), price="33.33"), middle)
        assert codes(found) == [("review", "changed_after_posting")]
        told = facts(finding(found))["what"][1]["differences"]
        assert told[0] == change("change_sum", "33.34", "33.33")

    def test_another_line_that_waits_takes_it(self, middle: list[KnownOperation]) -> None:
        """One for 33.33 and one for 50.00."""
        rows = line("33.3333", 1), line("50.00", 1, name="Чашка")
        found = look(sold(MIDDLE, shipment(504, {2: 1}, "2026-03-06"), rows=rows, price="83.33"), middle)
        assert (found.findings, totals(found)) == ((), {"502": "33.34", "504": "49.99"})


class TestTheLineThatTakesTheRounding:
    """1000.00 + 50.004 + 20.004 = 1070.008, which is 1070.01; the lines by themselves make 1070.00."""

    KETTLE, CUP, SPOON = line("1000.00"), line("50.004", name="Чашка"), line("20.004", name="Ложка")
    GONE = shipment(501, {1: 1}, "2026-03-05")

    @pytest.fixture
    def kettle(self) -> list[KnownOperation]:
        before = look(
            sold(self.GONE, shipment(502, {2: 1, 3: 1}), rows=(self.KETTLE, self.CUP, self.SPOON), price="1070.008")
        )
        assert totals(before) == {"501": "1000.01"}
        return posted(before)

    def test_another_line_becomes_the_largest(self, kettle: list[KnownOperation]) -> None:
        """40 cups are 2000.16; in all 3020.164, which is 3020.16, as are the lines: nothing is to be rounded."""
        rows = self.KETTLE, dataclasses.replace(self.CUP, quantity=Decimal(40)), self.SPOON
        rest = shipment(502, {2: 40, 3: 1}, "2026-03-06")
        found = look(sold(self.GONE, rest, rows=rows, price="3020.164"), kettle)
        assert (found.findings, totals(found)) == ((), {"501": "1000.01", "502": "2020.15"})
        # 2000.15 for the cups: 40 x 50.00 and 15 kopecks
        assert lines_of(found, 502) == [("25", "50.00"), ("15", "50.01"), ("1", "20.00")]

    def test_the_rounding_goes_elsewhere(self) -> None:
        """150.01 for 100.00 and 50.00: somebody typed it; then three of the second, 250.01."""
        rows = line("100.00"), line("50.00", name="Чашка")
        before = look(sold(self.GONE, shipment(502, {2: 1}), rows=rows, price="150.01"))
        assert totals(before) == {"501": "100.01"}
        rows = rows[0], dataclasses.replace(rows[1], quantity=Decimal(3))
        now = sold(self.GONE, shipment(502, {2: 3}, "2026-03-06"), rows=rows, price="250.01")
        found = look(now, posted(before))
        assert (found.findings, totals(found)) == ((), {"501": "100.01", "502": "150.00"})

    def test_there_is_no_rounding_any_more(self, kettle: list[KnownOperation]) -> None:
        """Without the spoon it is 1050.004, which is 1050.00."""
        now = sold(self.GONE, shipment(502, {2: 1}, "2026-03-06"), rows=(self.KETTLE, self.CUP), price="1050.004")
        found = look(now, kettle)
        assert (found.findings, totals(found)) == ((), {"501": "1000.01", "502": "49.99"})

    def test_the_ledger_keeps_what_tells_rounding_from_a_price(self, kettle: list[KnownOperation]) -> None:
        stored = [
            dataclasses.replace(k, operation=from_json(to_json(k.operation))) for k in kettle if k.operation is not None
        ]
        now = sold(self.GONE, shipment(502, {2: 1}, "2026-03-06"), rows=(self.KETTLE, self.CUP), price="1050.004")
        assert totals(look(now, stored)) == {"501": "1000.01", "502": "49.99"}

    def test_a_present_takes_none(self, kettle: list[KnownOperation]) -> None:
        """Nothing but a present waits: the books have a kopeck too many."""
        rows = self.KETTLE, line("0.00", name="Ложка")
        found = look(sold(self.GONE, shipment(502, {2: 1}, "2026-03-06"), rows=rows, price="1000.00"), kettle)
        assert codes(found) == [("noted", "shipment_total_zero"), ("review", "changed_after_posting")]

    def test_money_moved_between_lines_by_the_shops_own_rule_is_no_rounding(self) -> None:
        def moved(_: Order, operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
            return tuple(self._with_ten_roubles_moved(o) if isinstance(o, SaleDocument) else o for o in operations)

        by = dataclasses.replace(BY, adjust=moved)
        one = order(line("100.00"), line("50.00"), shipments=(shipment(501, {1: 1, 2: 1}, "2026-03-05"),))
        first = plan(one, by=by)
        assert lines_of(first, 501) == [("1", "90.00"), ("1", "60.00")]
        assert plan(one, known=posted(first), by=by) == first

    @staticmethod
    def _with_ten_roubles_moved(document: SaleDocument) -> SaleDocument:
        one, other = document.items
        ten = Decimal(10)
        items = dataclasses.replace(one, price=one.price - ten), dataclasses.replace(other, price=other.price + ten)
        return dataclasses.replace(document, items=items)


class TestItsOwnChanges:
    """100.00 left and is posted, 50.00 waits."""

    GONE, WAITS = shipment(501, {1: 1}, "2026-03-05"), shipment(502, {2: 1}, "2026-03-06")
    CUP = line("50.00", name="Чашка")

    def changed(self, row: BasketItem, price: str, gone: Shipment = GONE) -> tuple[list[object], dict[str, str]]:
        before = look(sold(self.GONE, rows=(line("100.00"), self.CUP), price="150.00"))
        found = look(sold(gone, self.WAITS, rows=(row, self.CUP), price=price), posted(before))
        assert codes(found) == [("review", "changed_after_posting")]
        return facts(finding(found))["what"][1]["differences"], totals(found)

    def line(self, quantity: str, price: str, vat: str = "22") -> dict[str, object]:
        rate = ("vat_percent", {"rate": vat})
        return {"name": "Чайник", "quantity": quantity, "unit": "шт", "price": price, "vat": rate}

    @pytest.mark.parametrize(("price", "total"), [("100.01", "150.01"), ("99.99", "149.99"), ("120.00", "170.00")])
    def test_a_price_be_it_by_a_kopeck(self, price: str, total: str) -> None:
        told, now = self.changed(line(price), total)
        before, after = ("document_line", self.line("1", "100.00")), ("document_line", self.line("1", price))
        assert told == [change("change_sum", "100.00", price), change("change_line", before, after)]
        assert now == {"501": "100.00", "502": "50.00"}

    def test_a_quantity(self) -> None:
        told, now = self.changed(line("100.00", 2), "250.00", shipment(501, {1: 2}, "2026-03-05"))
        assert told[0] == change("change_sum", "100.00", "200.00")
        assert now == {"501": "100.00", "502": "50.00"}

    def test_a_rate(self) -> None:
        told, now = self.changed(line("100.00", vat="0.10"), "150.00")
        before = ("document_line", self.line("1", "100.00"))
        assert told == [change("change_line", before, ("document_line", self.line("1", "100.00", "10")))]
        assert now == {"501": "100.00", "502": "50.00"}

    def test_a_name_and_the_line_keeps_its_kopecks_all_the_same(self, middle: list[KnownOperation]) -> None:
        found = look(sold(MIDDLE, shipment(504, {1: 2}, "2026-03-06"), rows=(line("33.3333", 3, name="Ч"),)), middle)
        assert codes(found) == [("review", "changed_after_posting")]
        assert totals(found) == {"502": "33.34", "504": "66.66"}

    def test_a_price_of_what_is_weighed(self) -> None:
        """Half a kilogram at 33.33 and at 33.34 both cost 16.67."""
        before = look(sold(shipment(501, {1: "0.5"}, "2026-03-05"), rows=(line("33.33", "0.5"),), price="16.67"))
        found = look(sold(shipment(501, {1: "0.5"}, "2026-03-05"), rows=(line("33.34", "0.5"),), price="16.67"))
        again = look(
            sold(shipment(501, {1: "0.5"}, "2026-03-05"), rows=(line("33.34", "0.5"),), price="16.67"), posted(before)
        )
        assert lines_of(found, 501) == [("0.5", "33.34")]
        assert codes(again) == [("review", "changed_after_posting")]

    def test_one_line_changes_and_the_other_of_the_document_keeps_its_kopecks(self) -> None:
        rows = line("33.3333", 3), line("100.00", name="Чашка")
        gone = shipment(502, {1: 1, 2: 1}, "2026-03-05")
        (document,) = documents(look(sold(shipment(501, {1: 2}), gone, rows=rows, price="200.00")))
        items = dataclasses.replace(document.items[0], price=Decimal("33.34")), document.items[1]
        known = done(dataclasses.replace(document, items=items, total_amount=Decimal("133.34")))
        rows = rows[0], line("110.00", name="Чашка")
        found = look(sold(shipment(501, {1: 2}, "2026-03-06"), gone, rows=rows, price="210.00"), known)
        told = facts(finding(found))["what"][1]["differences"]
        assert [code for code, _ in told] == ["change_sum", "change_line"]
        assert told[0] == change("change_sum", "133.34", "143.34")
        assert totals(found) == {"501": "66.66", "502": "133.34"}


def test_each_rate_of_vat_makes_its_own_lines_to_the_kopeck() -> None:
    """Two lines of 100.00, 22 and 10 %; of each a third is posted with 33.34."""
    rows = line("33.3333", 3), line("33.3333", 3, vat="0.10", name="Книга")
    both: dict[int, str | int] = {1: 1, 2: 1}
    (document,) = documents(look(sold(shipment(501, both, "2026-03-05"), rows=rows, price="200.00")))
    items = tuple(dataclasses.replace(item, price=Decimal("33.34")) for item in document.items)
    known = done(dataclasses.replace(document, items=items, total_amount=Decimal("66.68")))
    rest = shipment(502, {1: 2}, "2026-03-06"), shipment(503, {2: 2}, "2026-03-07")
    found = look(sold(shipment(501, both, "2026-03-05"), *rest, rows=rows, price="200.00"), known)
    assert (found.findings, totals(found)) == ((), {"501": "66.68", "502": "66.66", "503": "66.66"})
    by_rate: collections.Counter[VatRate] = collections.Counter()
    for item in (item for d in documents(found) for item in d.items):
        by_rate[item.vat_rate] += item.amount  # type: ignore[assignment]
    assert by_rate == {VatRate.VAT22: Decimal("100.00"), VatRate.VAT10: Decimal("100.00")}


def test_a_document_in_which_nothing_is_recognised_is_compared_as_before() -> None:
    """Its line is none of the shop's."""
    before = look(sold(MIDDLE, shipment(504, {1: 2})))
    (document,) = documents(before)
    strange = Item(name="По заказу", quantity=Decimal(4), price=Decimal("8.34"), vat_rate=VatRate.VAT22, unit="шт")
    known = done(dataclasses.replace(document, items=(strange,), total_amount=Decimal("33.36")))
    found = look(sold(MIDDLE, shipment(504, {1: 2}, "2026-03-06")), known)
    assert codes(found) == [("review", "changed_after_posting")]
    assert totals(found) == {"502": "33.36", "504": "66.67"}


# --- any order, split anew any number of times --------------------------------------------------------------------

_WAYS = (price_before_25, price_of_25, price_of_2026)


@dataclasses.dataclass(frozen=True)
class Goods:
    """What was bought, and how Bitrix sums it up."""

    rows: tuple[BasketItem, ...]
    way: int
    delivery: Decimal

    @property
    def price(self) -> Decimal:
        return _WAYS[self.way](self.rows) + self.delivery


@st.composite
def goods(draw: st.DrawFn) -> Goods:
    count = draw(st.integers(1, 4))
    rows = tuple(
        line(
            str(draw(st.decimals("1", "300", places=draw(st.sampled_from([2, 4, 8]))))),
            str(draw(st.one_of(st.integers(1, 6).map(Decimal), st.decimals("0.5", "5", places=3)))),
            id=number,
            name=draw(st.sampled_from(["Чай", "Чашка"])),
            vat=draw(st.sampled_from(["0.22", "0.10", None])),
            vat_included=draw(st.booleans()),
        )
        for number in range(1, count + 1)
    )
    return Goods(rows, draw(st.integers(0, 2)), draw(st.sampled_from([Decimal(0), Decimal("49.99")])))


def _split(data: st.DataObject, left: Mapping[int, Decimal], ids: list[int]) -> list[Shipment]:
    """All that has not gone yet, in one to three shipments."""
    carries: list[dict[int, str | int]] = [{} for _ in ids]
    for basket_id, quantity in left.items():
        cuts = sorted(data.draw(st.decimals("0", "1", places=2)) for _ in ids[1:])
        bounds = [Decimal(0), *((quantity * cut).quantize(Decimal("0.001")) for cut in cuts), quantity]
        for place, (low, high) in enumerate(itertools.pairwise(bounds)):
            if high > low:
                carries[place][basket_id] = str(high - low)
    return [shipment(id_, own) for id_, own in zip(ids, carries, strict=True) if own]


@given(goods(), st.data())
def test_however_the_rest_is_split_what_is_posted_stays_and_all_make_the_price(
    bought: Goods, data: st.DataObject
) -> None:
    draw = data.draw
    gone: list[Shipment] = []
    known: list[KnownOperation] = []
    left = {row.id: row.quantity for row in bought.rows}
    carrier = shipment(900, {}, "2026-03-01", str(bought.delivery))
    for turn in range(draw(st.integers(1, 4), label="turns")):
        if turn and left and draw(st.booleans(), label="more is bought"):
            raised = draw(st.sampled_from(sorted(left)))
            more = draw(st.sampled_from([Decimal(1), Decimal("2.5"), Decimal(7)]))
            left[raised] += more
            rows = tuple(
                dataclasses.replace(r, quantity=r.quantity + more) if r.id == raised else r for r in bought.rows
            )
            bought = dataclasses.replace(bought, rows=rows)
        ids = draw(st.lists(st.integers(500, 540), min_size=1, max_size=3, unique=True), label="ids")
        waiting = _split(data, left, [id_ for id_ in ids if id_ not in {s.id for s in gone}] or [600 + turn])
        leaving = [_gone(s, turn) for s in waiting if draw(st.booleans(), label="leaves")]
        note(f"{turn=} {leaving=} {waiting=}")

        # were all to leave now
        _check([*gone, *(_gone(s, turn) for s in waiting)], carrier, bought, known, is_all=True)
        ids_leaving = {s.id for s in leaving}
        still = [s for s in waiting if s.id not in ids_leaving]
        found = _check([*gone, *leaving, *still], carrier, bought, known, is_all=False)
        known, gone = posted(found), [*gone, *leaving]
        for one in (item for s in leaving for item in s.items):
            left[one.basket_id] -= one.quantity
        left = {id_: quantity for id_, quantity in left.items() if quantity > 0}


def _gone(waiting: Shipment, turn: int) -> Shipment:
    carries: dict[int, str | int] = {item.basket_id: str(item.quantity) for item in waiting.items}
    return shipment(waiting.id, carries, f"2026-03-{5 + turn:02}")


def _check(
    shipments: list[Shipment], carrier: Shipment, bought: Goods, known: list[KnownOperation], *, is_all: bool
) -> Plan:
    an_order = order(
        *bought.rows,
        shipments=(*shipments, carrier),
        price=str(bought.price),
        delivery=str(bought.delivery),
        shipped=None,
    )
    found = look(an_order, known)
    assert {code for verdict, code in codes(found) if verdict != "noted"} == set()
    for document in documents(found):
        assert document.total_amount == item_sum(document.items)
        assert all(item.price >= 0 and item.quantity > 0 for item in document.items)
    wanted = {one.key: one.operation for one in found.wanted or ()}
    assert {one.key: wanted[one.key] for one in known} == {one.key: one.operation for one in known}
    if is_all:
        assert sum(document.total_amount for document in documents(found)) == half_up(bought.price)
    return found
