from __future__ import annotations

import pytest

from include.bitrix.serialized import scalar


@pytest.mark.parametrize(
    ("data", "key", "value"),
    [
        ('a:1:{s:9:"STATUS_ID";s:1:"F";}', "STATUS_ID", "F"),
        ('a:3:{s:4:"PAID";s:1:"N";s:2:"ID";i:12;s:15:"PAY_SYSTEM_NAME";s:8:"Наличные";}', "PAID", "N"),
        ('a:2:{s:15:"PAY_SYSTEM_NAME";s:16:"Наличные";s:4:"PAID";s:1:"Y";}', "PAID", "Y"),
        ('a:2:{s:2:"ID";i:12;s:4:"PAID";s:1:"N";}', "PAID", "N"),
        ('a:2:{s:1:"X";a:1:{i:0;s:1:"1";}s:4:"PAID";s:1:"N";}', "PAID", "N"),
        # cut at 512 characters
        ('a:2:{s:4:"PAID";s:1:"N";s:15:"PAY_SYSTEM_NAME";s:400:"Дли', "PAID", "N"),
        ('a:2:{s:9:"OLD_VALUE";s:1:"N";s:4:"PAID";s:1:', "PAID", None),
        # the word as a value, or as part of another key, is not the key
        ('a:1:{s:4:"NAME";s:4:"PAID";}', "PAID", None),
        ('a:1:{s:9:"SUM_PAID1";s:1:"N";}', "PAID", None),
        ('a:1:{s:4:"PAID";b:0;}', "PAID", None),
        ("", "PAID", None),
        (None, "PAID", None),
        ("not serialised", "PAID", None),
    ],
)
def test_the_string_under_a_key_is_found(data: str | None, key: str, value: str | None) -> None:
    assert scalar(data, key) == value
