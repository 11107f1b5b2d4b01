"""Buyers and goods, made once and then drawn from."""

from __future__ import annotations

import dataclasses
import random
from decimal import Decimal

from faker import Faker

from sandbox.shop import reference
from sandbox.shop.order import Buyer
from sandbox.shop.writer import Row

_FIRST_USER = 10
_FIRST_PRODUCT = 100
_MODELS = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Product:
    id: int
    name: str
    price: Decimal
    """Roubles, VAT included."""
    vat: Decimal | None
    """A fraction; ``None``: without VAT; ``STANDARD``: the standard rate of the day."""
    measure: int
    largest_quantity: int
    divisible: bool
    """Sold by weight or length, with decimals."""


STANDARD = Decimal(-1)

_TEN, _NO_VAT = Decimal("0.10"), None

# name, cheapest, dearest price, VAT, OKEI code, largest quantity
_GOODS = (
    ("Чайник электрический", 1490, 5990, STANDARD, 796, 2),
    ("Кофемолка", 1990, 7490, STANDARD, 796, 1),
    ("Сковорода чугунная", 990, 4590, STANDARD, 796, 2),
    ("Набор ножей", 2490, 9990, STANDARD, 704, 1),
    ("Полотенце махровое", 390, 1290, STANDARD, 796, 6),
    ("Перчатки рабочие", 59, 290, STANDARD, 715, 30),
    ("Бумага офисная А4", 289, 449, STANDARD, 778, 40),
    ("Картридж для принтера", 1290, 8990, STANDARD, 796, 4),
    ("Лампа светодиодная", 99, 690, STANDARD, 796, 20),
    ("Кабель силовой", 45, 210, STANDARD, 6, 100),
    ("Плитка керамическая", 690, 2490, STANDARD, 55, 40),
    ("Краска фасадная", 240, 890, STANDARD, 112, 20),
    ("Стол письменный", 6990, 24990, STANDARD, 796, 2),
    ("Кресло офисное", 5490, 32990, STANDARD, 796, 6),
    ("Ноутбук", 34990, 129990, STANDARD, 796, 2),
    ("Наушники беспроводные", 1490, 19990, STANDARD, 796, 2),
    ("Пылесос", 4990, 29990, STANDARD, 796, 1),
    ("Конструктор детский", 790, 6990, _TEN, 796, 2),
    ("Подгузники", 890, 1990, _TEN, 778, 4),
    ("Кофе в зёрнах", 1190, 2990, _TEN, 166, 5),
    ("Орехи кедровые", 1390, 2590, _TEN, 166, 3),
    ("Книга «История города»", 390, 1590, _TEN, 796, 2),
    ("Открытка авторская", 90, 390, _NO_VAT, 796, 10),
    ("Кружка ручной работы", 590, 1890, _NO_VAT, 796, 4),
)
_DIVISIBLE = {6, 55, 112, 166}


class Pools:
    """Drawn from by a seeded generator; the same seed makes the same buyers and goods."""

    def __init__(self, seed: int, orders: int) -> None:
        self._faker = Faker("ru_RU")
        self._faker.seed_instance(seed)
        rng = random.Random(seed)
        self.products = _products(rng)
        self.people = [self._person(_FIRST_USER + n) for n in range(min(max(orders // 4, 20), 3000))]
        companies = min(max(orders // 40, 10), 500)
        self.companies = [
            buyer for n in range(companies) for buyer in self._company(rng, _FIRST_USER + len(self.people) + n)
        ]

    def reference_rows(self) -> list[tuple[str, Row]]:
        """Users and catalogue products."""
        users = {
            buyer.user_id: {
                "ID": buyer.user_id,
                "LOGIN": f"user{buyer.user_id}",
                "NAME": buyer.properties.get("FIO", buyer.properties.get("CONTACT_PERSON")),
                "EMAIL": buyer.properties["EMAIL"],
                "DATE_REGISTER": "2020-01-01 12:00:00",
            }
            for buyer in (*self.people, *self.companies)
        }
        goods = (
            {"ID": p.id, "QUANTITY": 100, "TIMESTAMP_X": "2020-01-01 12:00:00", "TYPE": reference.GOODS}
            for p in self.products
        )
        return [*(("b_user", row) for row in users.values()), *(("b_catalog_product", row) for row in goods)]

    def _person(self, user_id: int) -> Buyer:
        fake = self._faker
        properties = {
            "FIO": fake.name(),
            "EMAIL": f"user{user_id}@example.com",
            "PHONE": f"+7900{user_id:07d}",
            "CITY": fake.city_name(),
            "ADDRESS": fake.street_address(),
        }
        return Buyer(reference.PERSON, properties, user_id)

    def _company(self, rng: random.Random, user_id: int) -> list[Buyer]:
        """A company, now and then with a branch; or an entrepreneur."""
        fake = self._faker
        name = fake.name()
        common = {"CONTACT_PERSON": name, "EMAIL": f"user{user_id}@example.com", "PHONE": f"+7900{user_id:07d}"}
        if rng.random() < 0.3:
            own = {"COMPANY": f"ИП {name}", "INN": fake.individuals_inn()}
            return [Buyer(reference.COMPANY, own | common, user_id)]
        own = {"COMPANY": fake.company(), "COMPANY_ADR": fake.street_address(), "INN": fake.businesses_inn()}
        offices = 2 if rng.random() < 0.1 else 1
        return [Buyer(reference.COMPANY, own | {"KPP": fake.kpp()} | common, user_id) for _ in range(offices)]


def _products(rng: random.Random) -> list[Product]:
    products: list[Product] = []
    for name, cheapest, dearest, vat, measure, most in _GOODS:
        for _ in range(_MODELS):
            price = Decimal(rng.randrange(cheapest, dearest)) + rng.choice(
                (Decimal(0), Decimal("0.50"), Decimal("0.90"))
            )
            products.append(
                Product(
                    id=_FIRST_PRODUCT + len(products),
                    name=f"{name}, арт. {rng.randrange(10_000, 99_999)}",
                    price=price,
                    vat=vat,
                    measure=measure,
                    largest_quantity=most,
                    divisible=measure in _DIVISIBLE,
                )
            )
    return products
