"""Lines of an order: sets, quantities, prices, units, names, totals."""

from __future__ import annotations

from decimal import Decimal

from sandbox.shop import reference
from sandbox.shop.cases.case import CaseDraft, Collection, Item, Outcome, Verdict

CASES = Collection()

_LONG_NAME = "Набор «Уют» <b>-50%</b> & \"чай\" 'кофе' 🎁 ".ljust(255, "я")
"""255 characters; a cp1251 table stores the emoji as «?»."""


def _posted(o: CaseDraft, total: str, *items: Item) -> Outcome:
    return Outcome(Verdict.POSTED, (o.document(total, *items),))


def _item(price: str, quantity: str | int, vat: str, unit: str = "шт", name: str = "Чайник электрический") -> Item:
    return Item(name, Decimal(quantity), Decimal(price), vat, unit)


def _set(o: CaseDraft) -> None:
    parent = o.goods("600.00", 1, "Чайный набор")
    parent.update(TYPE=1)
    o.line("400.00", 1, name="Чайник", vat=o.standard, SET_PARENT_ID=parent["ID"])
    o.line("300.00", 2, name="Чашка", vat=o.standard, SET_PARENT_ID=parent["ID"])
    o.leave()


@CASES.add()
def set_once(o: CaseDraft) -> Outcome:
    """A set for 600, its parts for 400 and 2 x 300 of their own: the parent's price once."""
    _set(o)
    return _posted(o, "600.00", o.item("600.00", name="Чайный набор"))


@CASES.add()
def set_parent_of_itself(o: CaseDraft) -> Outcome:
    """Old rows: the parent's SET_PARENT_ID is its own id."""
    _set(o)
    o.lines[0].update(SET_PARENT_ID=o.lines[0]["ID"])
    return _posted(o, "600.00", o.item("600.00", name="Чайный набор"))


@CASES.add()
def name_with_entities(o: CaseDraft) -> Outcome:
    """Typed into a form of Bitrix, a name is stored with HTML entities; people read characters."""
    o.goods("1000.00", name="Чай &quot;Лапсанг&quot; &amp; мёд")
    o.leave()
    return _posted(o, "1000.00", o.item("1000.00", name='Чай "Лапсанг" & мёд'))


@CASES.add()
def quantity_with_four_decimals(o: CaseDraft) -> Outcome:
    """0.3335 kg for 1,000 a kilogram: 333.50."""
    o.goods("1000.00", "0.3335").update(MEASURE_CODE=166, MEASURE_NAME="кг")
    o.leave()
    return _posted(o, "333.50", _item("1000.00", "0.3335", o.word, "кг"))


@CASES.add()
def quantity_that_rounds(o: CaseDraft) -> Outcome:
    """0.3333 kg x 99.99 = 33.326667: 33.33, no split."""
    o.goods("99.99", "0.3333").update(MEASURE_CODE=166, MEASURE_NAME="кг")
    o.leave()
    return _posted(o, "33.33", _item("99.99", "0.3333", o.word, "кг"))


@CASES.add()
def present(o: CaseDraft) -> Outcome:
    """A line with a discount of 100 % stays, with price 0."""
    o.goods("1000.00")
    o.goods("0.00", 1, "Подарок").update(BASE_PRICE=Decimal("500.00"), DISCOUNT_PRICE=Decimal("500.00"))
    o.leave()
    return _posted(o, "1000.00", o.item("1000.00"), o.item("0.00", name="Подарок"))


@CASES.add()
def free_goods_paid_delivery(o: CaseDraft) -> Outcome:
    """Only the delivery costs something."""
    o.goods("0.00").update(BASE_PRICE=Decimal("500.00"), DISCOUNT_PRICE=Decimal("500.00"))
    o.leave("300.00")
    return _posted(o, "300.00", o.item("0.00"), o.item("300.00", name="Доставка"))


@CASES.add()
def all_free(o: CaseDraft) -> Outcome:
    """Total 0."""
    o.goods("0.00").update(BASE_PRICE=Decimal("500.00"), DISCOUNT_PRICE=Decimal("500.00"))
    o.leave()
    return Outcome(Verdict.SKIPPED)


@CASES.add()
def custom_price(o: CaseDraft) -> Outcome:
    """A manager set 777 instead of 1,000."""
    o.goods("777.00").update(CUSTOM_PRICE="Y", BASE_PRICE=Decimal("1000.00"))
    o.leave()
    return _posted(o, "777.00", o.item("777.00"))


@CASES.add()
def delivery_charged(o: CaseDraft) -> Outcome:
    """300 for the delivery, with the VAT of the goods that it brings."""
    o.goods("1000.00")
    o.leave("300.00")
    return _posted(o, "1300.00", o.item("1000.00"), o.item("300.00", name="Доставка"))


@CASES.add()
def price_with_four_decimals(o: CaseDraft) -> Outcome:
    """3 x 33.3333 = 99.9999, so 100.00: 2 x 33.33 + 33.34."""
    o.goods("33.3333", 3)
    o.leave()
    return _posted(o, "100.00", o.item("33.33", 2), o.item("33.34"))


@CASES.add()
def price_split_in_ten(o: CaseDraft) -> Outcome:
    """10 x 12.3456 = 123.456, so 123.46: 4 x 12.34 + 6 x 12.35."""
    o.goods("12.3456", 10)
    o.leave()
    return _posted(o, "123.46", o.item("12.34", 4), o.item("12.35", 6))


@CASES.add(since="2026")
def price_with_eight_decimals(o: CaseDraft) -> Outcome:
    """3 x 33.33333333 = 99.99999999, kept so by Bitrix of 2026: 100.00."""
    o.goods("33.33333333", 3)
    o.leave()
    return _posted(o, "100.00", o.item("33.33", 2), o.item("33.34"))


@CASES.add(since="2026")
def total_of_many_fractions(o: CaseDraft) -> Outcome:
    """0.333 + 0.333 + 0.334 = 1.000, the lines by themselves 0.33 each: the missing kopeck is rounding."""
    for price in ("0.333", "0.333", "0.334"):
        o.goods(price)
    o.leave()
    return _posted(o, "1.00")


@CASES.add()
def total_off_by_rounding(o: CaseDraft) -> Outcome:
    """One kopeck too much over two lines is no more than half a kopeck a line."""
    o.goods("1000.00")
    o.goods("500.00", 1, "Кружка")
    o.leave()
    o.order.update(PRICE=Decimal("1500.01"))
    return _posted(o, "1500.01")


@CASES.add(complaint=True)
def total_off(o: CaseDraft) -> Outcome:
    """The lines give 1,000, the order says 1,010."""
    o.sold()
    o.order.update(PRICE=Decimal("1010.00"))
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def total_off_by_two_kopecks(o: CaseDraft) -> Outcome:
    """One line cannot hide two kopecks."""
    o.sold()
    o.order.update(PRICE=Decimal("1000.02"))
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def total_negative(o: CaseDraft) -> Outcome:
    """A discount larger than the goods."""
    o.goods("100.00")
    o.goods("-300.00", 1, "Скидка")
    o.leave()
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def price_negative(o: CaseDraft) -> Outcome:
    """A discount as a line of its own."""
    o.goods("1000.00")
    o.goods("-100.00", 1, "Скидка")
    o.leave()
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def quantity_negative(o: CaseDraft) -> Outcome:
    """Minus one teapot."""
    o.goods("1000.00", 2)
    o.goods("500.00", -1, "Кружка")
    o.leave()
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def quantity_zero(o: CaseDraft) -> Outcome:
    """A line of no quantity."""
    o.goods("1000.00")
    o.goods("500.00", 0, "Кружка")
    o.leave()
    return Outcome(Verdict.REJECTED)


@CASES.add(complaint=True)
def no_lines(o: CaseDraft) -> Outcome:
    """A basket that was lost; there are no foreign keys."""
    o.leave()
    o.order.update(PRICE=Decimal("1000.00"))
    return Outcome(Verdict.REJECTED)


@CASES.add()
def units(o: CaseDraft) -> Outcome:
    """The OKEI code decides; without a known one the unit's name; without that «шт»."""
    names = (166, "килограмм"), (112, None), (778, "уп."), (9999, "бухта"), (0, "моток"), (None, None)
    for code, unit in names:
        o.goods("10.00", 5).update(MEASURE_CODE=code, MEASURE_NAME=unit)
    o.leave()
    words = ("кг", "л", "упак", "бухта", "моток", "шт")
    return _posted(o, "300.00", *(_item("10.00", 5, o.word, unit) for unit in words))


@CASES.add()
def long_name(o: CaseDraft) -> Outcome:
    """255 characters with quotes, tags, an ampersand, an emoji: posted as it is."""
    o.goods("1000.00", 1, _LONG_NAME)
    o.leave()
    return _posted(o, "1000.00", o.item("1000.00", name=_LONG_NAME))


@CASES.add()
def service(o: CaseDraft) -> Outcome:
    """Nothing but a service of the catalogue."""
    o.line("1500.00", 1, name="Установка", vat=o.standard, PRODUCT_ID=reference.SERVICE_PRODUCT)
    o.leave()
    return _posted(o, "1500.00", o.item("1500.00", name="Установка"))


@CASES.add(sprinkled=False)
def ten_thousand_lines(o: CaseDraft) -> Outcome:
    """A very large order."""
    for _ in range(10_000):
        o.goods("10.00")
    o.leave()
    return _posted(o, "100000.00")
