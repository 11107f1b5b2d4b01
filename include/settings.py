"""The settings: `include/settings.yaml`, another file by `KONTUR_SETTINGS`, any one key by `KONTUR__A__B`."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import os
import pathlib
import re
import zoneinfo
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import pydantic
import yaml
from kontur_hook.contract import Contract, CounterpartyType, PaymentMethod, VatRate
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from include import settings_file, settings_problems, variables
from include.errors import ForAPerson, HouseError
from include.facts import said, several
from include.variables import FILE_VARIABLE, PREFIX

DEFAULT_FILE = pathlib.Path(__file__).with_name("settings.yaml")


class SettingsError(ForAPerson, HouseError):
    """The settings cannot be used; ``str()`` names each wrong key, its line and what is allowed."""


class _Section(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


def _timezone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise settings_problems.no_time_zone() from None
    return name


def _not_blank(text: str) -> str:
    if not text.strip():
        raise settings_problems.empty()
    return text


def _url(text: str) -> str:
    if not re.match(r"https?://[^/\s]", text):
        raise settings_problems.no_url()
    return text


def _day(value: object) -> object:
    """A day in the one form that settings have; pydantic takes 0 for the first of 1970."""
    if isinstance(value, dt.date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise settings_problems.no_day()


def _percent(text: object) -> Decimal:
    try:
        return Decimal(str(text)).normalize()
    except InvalidOperation:
        raise settings_problems.no_percentage() from None


def _code_list(value: object) -> object:
    """A list of codes, however it was written: ``[D, F]``, ``D, F``, ``"D","F"``, one code alone."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = yaml.safe_load(value)
        except yaml.YAMLError:
            raise settings_problems.no_list() from None
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return value
    parts = [part for item in value for part in (item.split(",") if isinstance(item, str) else [item])]
    stripped = [part.strip(" \t'\"") if isinstance(part, str) else part for part in parts]
    return [part for part in stripped if part != ""]


_Text = Annotated[str, pydantic.AfterValidator(_not_blank)]
_Day = Annotated[dt.date, pydantic.BeforeValidator(_day)]
_NOT_EMPTY = pydantic.Field(min_length=1)

_SWITCHED = {"true": "reject", "false": "off"}

_Codes = Annotated[tuple[str, ...], pydantic.BeforeValidator(_code_list)]
"""Codes in their order."""


_CodeSet = Annotated[frozenset[str], pydantic.BeforeValidator(_code_list)]


class DocumentPer(enum.StrEnum):
    ORDER = "order"
    SHIPMENT = "shipment"


class ShippedBy(enum.StrEnum):
    """What tells that an order is shipped."""

    EITHER = "either"
    FLAG = "flag"
    STATUS = "status"


class Foreign(enum.StrEnum):
    """What becomes of orders that other systems brought into the shop."""

    POST = "post"
    SKIP = "skip"


class KindRule(enum.StrEnum):
    SALE_INVOICE = "saleinvoice"
    ACT = "act"
    AUTO = "auto"


class PaidBy(enum.StrEnum):
    """What a pay system's payments are to the books: money by one of their methods, or no money at all."""

    CASH = PaymentMethod.CASH.value
    BANK_TRANSFER = PaymentMethod.BANK_TRANSFER.value
    NOT_MONEY = "NotMoney"
    FROM_BANK = "FromBank"
    """Money that the books get from elsewhere: the bank's statement, the acquirer's register, the cash register."""


class PaymentDay(enum.StrEnum):
    """Which day a bank transfer has."""

    AUTO = "auto"
    """That of the bank's voucher, where it is filled and not later than the day it was entered in the shop."""
    PAID = "paid"
    """The day it was marked as paid in the shop."""


class ClosedAdvances(enum.StrEnum):
    """What becomes of a payment of a closed period whose goods left later."""

    NOTE = "note"
    """It stays out of the books, and is noted: the advance is offset by hand."""
    SHIPMENT_DAY = "shipment_day"
    """It is posted with the day of its document."""


class VatGuard(enum.StrEnum):
    """What becomes of a line whose rate is not one of the day of shipment."""

    BY_SHIPMENT = "by_shipment"
    """It gets the rate of that day, where there is one; the total stays, and it is noted."""
    REJECT = "reject"
    OFF = "off"
    """It is posted as the shop says."""


class DeliveryVat(enum.StrEnum):
    """How the rate of delivery is found, where no word of the settings fixes it."""

    AUTO = "auto"
    """From the goods that it brings."""
    BITRIX = "bitrix"
    """As on the receipt that Bitrix prints."""


class Retail(enum.StrEnum):
    ONE_COUNTERPARTY = "one_counterparty"
    SKIP = "skip"
    REJECT = "reject"


class Spoken(enum.StrEnum):
    """In which language people are told something."""

    AUTO = "auto"
    """That of the shop's default site."""
    RU = "ru"
    EN = "en"


class Shop(_Section):
    code: Annotated[str, pydantic.Field(pattern=r"^[A-Z0-9]{1,6}$")] = "1"
    timezone: Annotated[str, pydantic.AfterValidator(_timezone)] = "Europe/Moscow"
    sites: Annotated[dict[str, _Text], _NOT_EMPTY] | None = None
    shipped_statuses: _CodeSet = frozenset({"D", "F"})
    shipped_by: ShippedBy = ShippedBy.EITHER
    returned_statuses: _CodeSet = frozenset()
    external_orders: Foreign = Foreign.POST
    platforms: dict[str, Foreign] = {}
    companies: Annotated[dict[int, _Text], _NOT_EMPTY] | None = None
    admin_url: Annotated[str, pydantic.AfterValidator(_url)] | None = None

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    def connection_of(self, site: str, company: int | None) -> str | None:
        """The Kontur connection that an order goes to; ``None`` for a site, or a selling company, that is not mapped.

        A company that the map of companies does not name is not looked for among the sites: it would be another
        seller's books.
        """
        if self.companies is not None and company is not None:
            return self.companies.get(company)
        return "kontur_default" if self.sites is None else self.sites.get(site)

    @property
    def connections(self) -> tuple[str, ...]:
        """Every Kontur connection in use."""
        of_sites = {"kontur_default"} if self.sites is None else set(self.sites.values())
        return tuple(sorted(of_sites | set((self.companies or {}).values())))


class Run(_Section):
    retries: Annotated[int, pydantic.Field(ge=0)] = 3
    retry_delay_s: Annotated[float, pydantic.Field(gt=0)] = 60
    max_retry_delay_s: Annotated[float, pydantic.Field(gt=0)] = 1800
    batch_size: Annotated[int, pydantic.Field(ge=1, le=500)] = 500
    overlap_days: Annotated[int, pydantic.Field(ge=0, le=60)] = 3
    full_scan_orders: Annotated[int, pydantic.Field(ge=0)] = 500_000
    full_scan_days: Annotated[int, pydantic.Field(ge=1, le=366)] = 1
    flood_percent: Annotated[int, pydantic.Field(ge=0, le=100)] = 30


class Properties(_Section):
    """Codes of order properties, tried in this order."""

    inn: _Codes = ("INN",)
    kpp: _Codes = ("KPP",)
    company: _Codes = ("COMPANY", "COMPANY_NAME")
    person: _Codes = ("FIO", "CONTACT_PERSON", "CONTACT_NAME")
    ignore: _Codes = ()
    """Their code or name speaks of INN, but what they hold is not the buyer's."""


class VatPeriod(_Section):
    """The rates that the seller applies from a day on, until the next period."""

    start: Annotated[_Day, pydantic.Field(alias="from")]
    rates: Annotated[frozenset[VatRate], _NOT_EMPTY, pydantic.BeforeValidator(_code_list)]


class Accounting(_Section):
    document_per: DocumentPer = DocumentPer.ORDER
    document_kind: KindRule = KindRule.SALE_INVOICE
    number: _Text = "{{ account_number }}"
    comment: str | None = None
    """``None``: by the language that is spoken."""
    go_live: _Day | None = None
    closed_until: _Day | None = None
    closed_advances: ClosedAdvances = ClosedAdvances.NOTE
    vat: Annotated[dict[Annotated[Decimal, pydantic.BeforeValidator(_percent)], VatRate], _NOT_EMPTY] = {
        Decimal(0): VatRate.VAT0,
        Decimal(5): VatRate.VAT5,
        Decimal(7): VatRate.VAT7,
        Decimal(10).normalize(): VatRate.VAT10,
        Decimal(20).normalize(): VatRate.VAT20,
        Decimal(22): VatRate.VAT22,
    }
    vat_zero_means: VatRate = VatRate.NONE
    vat_guard: VatGuard = VatGuard.BY_SHIPMENT
    vat_regime: tuple[VatPeriod, ...] = ()
    """By their first day; what was shipped before the first one is not judged by it."""
    delivery_vat: DeliveryVat | VatRate = DeliveryVat.AUTO
    delivery_name: _Text = "Доставка"
    delivery_unit: _Text = "шт"
    retail: Retail = Retail.ONE_COUNTERPARTY
    retail_name: _Text = "Розничные покупатели"
    retail_type: CounterpartyType = CounterpartyType.INDIVIDUAL
    retail_counterparty_id: _Text | None = None
    require_kpp: bool = False
    properties: Properties = Properties()
    payment_methods: dict[str, PaidBy] = {}
    payment_day: PaymentDay = PaymentDay.AUTO
    advance_products: _Codes = ()
    """XML_IDs of products whose sale is an advance: gift cards."""
    units: dict[int, _Text] = {}
    write_back_comment: bool = False
    customize: Annotated[str, pydantic.Field(pattern=r"^[\w.]+:\w+$")] | None = None

    @pydantic.field_validator("delivery_vat", mode="before")
    @classmethod
    def _rule_or_rate(cls, value: object) -> object:
        allowed = [*DeliveryVat, *VatRate]
        if value not in allowed:
            raise settings_problems.no_such_word(allowed)
        return value

    @pydantic.field_validator("vat_guard", mode="before")
    @classmethod
    def _as_a_switch(cls, value: object) -> object:
        """Files of before had true and false, and YAML reads «off» as false."""
        return _SWITCHED.get(str(value).lower(), value)

    @pydantic.field_validator("vat_regime", mode="before")
    @classmethod
    def _none_is_empty(cls, value: object) -> object:
        return () if value is None else value

    @pydantic.field_validator("vat_regime")
    @classmethod
    def _in_order(cls, periods: tuple[VatPeriod, ...]) -> tuple[VatPeriod, ...]:
        days = [period.start for period in periods]
        for day in sorted(days):
            if days.count(day) > 1:
                raise settings_problems.said_twice(f"{day}")
        return tuple(sorted(periods, key=lambda period: period.start))

    @pydantic.field_validator("vat", mode="before")
    @classmethod
    def _each_rate_once(cls, value: object) -> object:
        rates = set()
        for text in value if isinstance(value, dict) else ():
            try:
                rate = _percent(text)
            except PydanticCustomError:  # said of the key itself
                continue
            if rate in rates:
                raise settings_problems.said_twice(f"{rate:f}")
            rates.add(rate)
        return value


class Posting(_Section):
    settle_s: Annotated[float, pydantic.Field(gt=0)] = 900
    wait_s: Annotated[float, pydantic.Field(ge=0, le=36_000)] = 21_600
    repost_budget: Annotated[int, pydantic.Field(ge=0)] = 3
    breaker: Annotated[int, pydantic.Field(ge=1)] = 5


def _clock(value: object) -> object:
    """A time of day as a text; YAML would read 05:00 without quotes as a number."""
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise settings_problems.no_time()
    return value


class Reconciliation(_Section):
    at: Annotated[str, pydantic.BeforeValidator(_clock)] = "05:00"
    days: Annotated[int, pydantic.Field(ge=1, le=366)] = 35
    month_day: Annotated[int, pydantic.Field(ge=1, le=28)] = 2

    @property
    def cron(self) -> str:
        """When it runs, by the shop's clock."""
        return _daily(self.at)


class Notify(_Section):
    at: Annotated[str, pydantic.BeforeValidator(_clock)] = "08:00"
    to: _Codes = ()
    """Mail addresses; only an SMTP connection needs them."""
    language: Spoken | None = None
    """``None``: as ``words.language``."""

    @property
    def cron(self) -> str:
        """When it is sent, by the shop's clock."""
        return _daily(self.at)


def _daily(at: str) -> str:
    """A time of day as cron has it."""
    hour, minute = at.split(":")
    return f"{int(minute)} {int(hour)} * * *"


class Words(_Section):
    language: Spoken = Spoken.AUTO


class Report(_Section):
    folder: _Text = "reports"
    """A path, or the URL of an object store with its connection: ``s3://aws_default@bucket/books``."""


class _Environment(EnvSettingsSource):
    """Lists and maps are JSON; what is not JSON goes to the field as the text it is, and the field judges it."""

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class Settings(BaseSettings):
    """Validated on load, frozen afterwards."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    shop: Shop = Shop()
    run: Run = Run()
    accounting: Accounting = Accounting()
    posting: Posting = Posting()
    reconciliation: Reconciliation = Reconciliation()
    words: Words = Words()
    notify: Notify = Notify()
    report: Report = Report()
    contract: Contract = Contract()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which :func:`load` passes in."""
        environment = _Environment(settings_cls)
        left = variables.left_by(environment(), init_settings(), settings_cls)
        return environment, InitSettingsSource(settings_cls, left)


def file_in_use() -> pathlib.Path:
    """The file in use."""
    return pathlib.Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)


@functools.lru_cache(maxsize=8)
def _load(path: pathlib.Path, _written: tuple[int, int] | None, _environment: tuple[tuple[str, str], ...]) -> Settings:
    try:
        text, data = settings_file.read(path)
    except settings_file.SettingsFileError as error:
        raise SettingsError(*error.args) from None
    data = data or {}
    if not isinstance(data, dict):
        raise SettingsError(said("settings_no_sections", file=str(path), sections=several(*Settings.model_fields)))
    if wrong := variables.problems([name for name, _ in _environment], Settings):
        raise SettingsError(*wrong)
    try:
        return Settings(**{str(section): keys for section, keys in data.items()})
    except pydantic.ValidationError as error:
        problems = [
            settings_problems.told(path, text, dict(_environment), Settings, problem) for problem in error.errors()
        ]
        raise SettingsError(*problems) from None


def load() -> Settings:
    """The settings in force; the file is read again when it was changed.

    Raises:
        SettingsError: a key, a type or a word is wrong.
    """
    file = file_in_use()
    environment = tuple(sorted((k, v) for k, v in os.environ.items() if k.upper().startswith("KONTUR_")))
    return _load(file, settings_file.written(file), environment)
