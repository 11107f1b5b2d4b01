"""Who bought: companies, branches, entrepreneurs, private persons, and requisites as people type them.

INNs are synthetic with right check digits, each company in one case only.
"""

from __future__ import annotations

from sandbox.shop import reference
from sandbox.shop.cases.case import CaseDraft, Collection, Outcome, Verdict
from sandbox.shop.order import Buyer

CASES = Collection()


def _bought_by(o: CaseDraft, inn: str | None, kpp: str | None = None) -> Outcome:
    o.sold()
    return Outcome(Verdict.POSTED, (o.document("1000.00", inn=inn, kpp=kpp),))


def _refused(o: CaseDraft) -> Outcome:
    o.sold()
    return Outcome(Verdict.REJECTED)


@CASES.add()
def private_person(o: CaseDraft) -> Outcome:
    """No INN, no company: the retail counterparty."""
    return _bought_by(o, None)


@CASES.add()
def private_person_without_properties(o: CaseDraft) -> Outcome:
    """Not even a name: the retail counterparty as well."""
    o.buyer = Buyer()
    return _bought_by(o, None)


@CASES.add()
def company(o: CaseDraft) -> Outcome:
    """INN of ten digits and KPP."""
    o.company("7700000016", "770001001")
    return _bought_by(o, "7700000016", "770001001")


@CASES.add()
def branch(o: CaseDraft) -> Outcome:
    """The same INN, another KPP: a counterparty of its own."""
    o.company("7700000016", "540243001", "ООО «Пример», филиал в Новосибирске")
    return _bought_by(o, "7700000016", "540243001")


@CASES.add()
def kpp_with_letters(o: CaseDraft) -> Outcome:
    """The reason's two places may be capital letters."""
    o.company("1234567894", "7704AB001")
    return _bought_by(o, "1234567894", "7704AB001")


@CASES.add()
def kpp_missing(o: CaseDraft) -> Outcome:
    """Sent without it."""
    o.company("7700000023")
    return _bought_by(o, "7700000023")


@CASES.add()
def entrepreneur(o: CaseDraft) -> Outcome:
    """INN of twelve digits."""
    o.company("123456789047", None, "ИП Пример П. П.")
    return _bought_by(o, "123456789047")


@CASES.add()
def entrepreneur_with_kpp(o: CaseDraft) -> Outcome:
    """An entrepreneur has no KPP: what stands there is ignored, whatever it is."""
    o.company("770000000156", "нет", "ИП Пример С. С.")
    return _bought_by(o, "770000000156")


@CASES.add()
def inn_with_spaces(o: CaseDraft) -> Outcome:
    """Spaces around, a no-break one among them, are trimmed."""
    o.company(" 9999000013\u00a0", " 999901001 ")
    return _bought_by(o, "9999000013", "999901001")


@CASES.add()
def inn_with_leading_zero(o: CaseDraft) -> Outcome:
    """An INN is text."""
    o.company("0100000004", "010001001")
    return _bought_by(o, "0100000004", "010001001")


@CASES.add()
def foreign_company_with_inn(o: CaseDraft) -> Outcome:
    """Registered in Russia under 9909."""
    o.company("9909000004", "774751001", "Example GmbH")
    return _bought_by(o, "9909000004", "774751001")


@CASES.add(complaint=True)
def foreign_company_without_inn(o: CaseDraft) -> Outcome:
    """A company is never turned into retail."""
    o.company(None, None, "Example GmbH")
    return _refused(o)


@CASES.add(complaint=True)
def inn_lost_its_zero(o: CaseDraft) -> Outcome:
    """A spreadsheet ate the leading zero: nine digits are not guessed at."""
    o.company("100000004", "010001001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_with_wrong_check_digit(o: CaseDraft) -> Outcome:
    """Looks real, is not."""
    o.company("7701234567", "770101001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_of_zeros(o: CaseDraft) -> Outcome:
    """Passes the check digit, is nobody's."""
    o.company("0000000000", "770101001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_with_a_space_inside(o: CaseDraft) -> Outcome:
    """Only outer spaces are trimmed."""
    o.company("7700 000016", "770001001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_in_words(o: CaseDraft) -> Outcome:
    """The property takes any text."""
    o.company("уточняется", "770001001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_with_a_cyrillic_letter(o: CaseDraft) -> Outcome:
    """The letter О where a zero belongs: nothing is guessed."""
    o.company("770000О016", "770001001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_with_an_invisible_character(o: CaseDraft) -> Outcome:
    """A zero-width space came along with a copied number; it is no outer space."""
    o.company("7700000016\u200b", "770001001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_and_kpp_in_one_field(o: CaseDraft) -> Outcome:
    """As they stand on a company's card."""
    o.company("7700000016/770001001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_behind_a_word(o: CaseDraft) -> Outcome:
    """The buyer repeated what the field is called."""
    o.company("ИНН 7700000016", "770001001")
    return _refused(o)


@CASES.add(complaint=True)
def inn_of_two_companies(o: CaseDraft) -> Outcome:
    """A multiple property, serialised by PHP."""
    o.company('a:2:{i:0;s:10:"7700000016";i:1;s:10:"1234567894";}', "770001001")
    return _refused(o)


@CASES.add(complaint=True)
def company_without_inn(o: CaseDraft) -> Outcome:
    """COMPANY is filled, INN is not."""
    o.company("", "770001001")
    return _refused(o)


@CASES.add(complaint=True)
def legal_entity_without_properties(o: CaseDraft) -> Outcome:
    """Only the person type says that it is a company."""
    o.company(None, None, None)
    return _refused(o)


@CASES.add(complaint=True)
def kpp_too_short(o: CaseDraft) -> Outcome:
    """Eight characters."""
    o.company("7700000016", "77000100")
    return _refused(o)


@CASES.add(complaint=True)
def kpp_in_small_letters(o: CaseDraft) -> Outcome:
    """Letters of a KPP are capitals."""
    o.company("1234567894", "7704ab001")
    return _refused(o)


@CASES.add()
def properties_renamed(o: CaseDraft) -> Outcome:
    """Only the shop's 1C mapping (b_sale_bizval) knows which property is the INN."""
    values = {"ORG_NAME": "АО «Договор»", "ORG_TAX_ID": "9999000020", "ORG_REASON": "999901001"}
    o.buyer = Buyer(reference.COMPANY_BY_CONTRACT, values)
    return _bought_by(o, "9999000020", "999901001")


def _with_property(o: CaseDraft, code: str | None, name: str, value: str) -> None:
    """A value of a property that is in no list any more: renamed, or deleted since."""
    row = {
        "ID": o.take_id("b_sale_order_props_value"),
        "ORDER_ID": o.id,
        "ORDER_PROPS_ID": reference.GONE_PROPERTY,
        "NAME": name,
        "VALUE": value,
        "CODE": code,
        "ENTITY_ID": o.id,
        "ENTITY_TYPE": "ORDER",
    }
    o.others.append(("b_sale_order_props_value", row))


@CASES.add(complaint=True)
def inn_in_a_property_of_another_code(o: CaseDraft) -> Outcome:
    """An entrepreneur among private persons, in a property that nobody named: not retail."""
    _with_property(o, "IP_INN", "Для предпринимателей", "500100732259")
    return _refused(o)


@CASES.add(complaint=True)
def inn_in_a_property_without_code(o: CaseDraft) -> Outcome:
    """Only the property's name tells what it holds."""
    _with_property(o, None, "Ваш ИНН", "500100732259")
    return _refused(o)


@CASES.add()
def property_that_sounds_like_inn(o: CaseDraft) -> Outcome:
    """The letters inside of another word are no INN."""
    _with_property(o, "DINNER_SET", "Длинный перечень приборов", "500100732259")
    return _bought_by(o, None)


@CASES.add()
def inn_elsewhere_left_empty(o: CaseDraft) -> Outcome:
    """The property is there, and the buyer typed nothing but a space."""
    _with_property(o, "IP_INN", "ИНН", " ")
    return _bought_by(o, None)


@CASES.add(since="22.8")
def consignee_with_inn(o: CaseDraft) -> Outcome:
    """A property of the shipment has the code INN as well and stands in the same table: it is not the buyer's."""
    o.company("7830002293", "783001001")
    outcome = _bought_by(o, "7830002293", "783001001")
    consignee = {
        "ID": o.take_id("b_sale_order_props_value"),
        "ORDER_ID": o.id,
        "ORDER_PROPS_ID": reference.SHIPMENT_INN,
        "NAME": "ИНН грузополучателя",
        "VALUE": "3664069397",
        "CODE": "INN",
        "ENTITY_ID": o.shipments[0]["ID"],
        "ENTITY_TYPE": "SHIPMENT",
    }
    o.others.append(("b_sale_order_props_value", consignee))
    return outcome
