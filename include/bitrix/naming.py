"""What the codes and names that a shop gave to its order properties, statuses and products speak of."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-ZА-ЯЁ]+(?=[A-ZА-ЯЁ][a-zа-яё])|[A-ZА-ЯЁ]?[a-zа-яё]+|[A-ZА-ЯЁ]+")
"""``UR_INN``, ``companyInn`` and ``INN2`` fall into words; «INNER» and «ДИННЕР» stay whole."""
_BESIDE = "UR|YUR|JUR|IP|OOO|ORG|ORGANIZATION|FIRM|FIRMA|COMPANY|LEGAL|BUYER|CLIENT|CUSTOMER|USER|PAYER|KPP|КПП|ЮР|ИП"
_INN = re.compile(rf"(?:{_BESIDE})*(?:INN|ИНН)(?:{_BESIDE})*", re.IGNORECASE)
"""INN as a word of its own, or run together with another word of a buyer's requisites: ``INNKPP``, ``COMPANYINN``."""


_RETURN = re.compile(r"возвра|возвер|верну|отказ|отмен|аннул|не\s?выкуп|return|refus|cancel|reject", re.IGNORECASE)
_GIFT_CARD = re.compile(r"сертификат|подарочн\w* карт|gift ?(?:card|certificate|voucher)", re.IGNORECASE)


_OWN_SITES = "landing"


def is_own_site(platform: str) -> bool:
    """Whether the code of a trading platform is one of the shop's own sites, made by Bitrix24."""
    return platform.startswith(_OWN_SITES)


def speaks_of_gift_card(name: str) -> bool:
    """Whether a product by its name is one («Подарочный сертификат»)."""
    return _GIFT_CARD.search(name) is not None


def speaks_of_return(name: str) -> bool:
    """Whether a status by its name is one of goods that came back or were refused («Возврат», «Не выкуплен»)."""
    return _RETURN.search(name) is not None


def speaks_of_inn(code: str | None, name: str | None) -> bool:
    """Whether an order property seems to hold an INN: its code or name has «INN» or «ИНН» as a word.

    Args:
        code: ``b_sale_order_props.CODE``; shops leave it empty too.
        name: ``b_sale_order_props.NAME``, what the buyer sees.
    """
    return any(_INN.fullmatch(word) for text in (code, name) for word in _WORD.findall(text or ""))
