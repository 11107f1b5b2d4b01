"""What the morning's notice says, and when it says nothing."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import io
import json
import pathlib
from collections.abc import Iterator
from decimal import Decimal

import openpyxl
import pytest
from MySQLdb.connections import Connection

from include.facts import Inn, said
from include.ledger.connection import LedgerDatabase
from include.ledger.days import LastLook
from include.ledger.differences import DifferenceRow
from include.ledger.errors import LedgerConfigurationError, LedgerTransientError
from include.ledger.orders import OrderRow
from include.settings import Accounting, Notify, Reconciliation, Settings, Spoken
from include.steps import month as period
from include.steps.digest import Attached, digest, message, month_due
from include.steps.outcomes import Outcome
from include.steps.sending import NotSentError
from include.steps.standing import Standing
from include.window import Window
from include.words import Language, speaking
from sandbox.shop.cases import make_case
from tests.steps.mailbox import Webhook, mailbox, webhook
from tests.steps.nights import Nights
from tests.steps.test_sending import by_mail

AIRFLOW = "https://airflow.shop.example/"
PAGE = "https://airflow.shop.example/plugin/kontur/kontur"
NOW = dt.datetime(2026, 10, 5, 8, 0)
TONIGHT = LastLook("scheduled__2026-10-04T21:00:00+00:00", dt.datetime(2026, 10, 5, 0, 2))
LAST_NIGHT = LastLook("scheduled__2026-10-03T21:00:00+00:00", dt.datetime(2026, 10, 4, 0, 2))


def waiting(number: int, run_id: str = LAST_NIGHT.run_id) -> Outcome:
    order = OrderRow(
        order_id=number,
        number=str(number),
        site="s1",
        connection="kontur_default",
        state="rejected",
        code="inn_checksum",
        problems=(said("inn_checksum", inn=Inn("7707083890")),),
        findings="",
        run_id=run_id,
        asked_run=run_id,
    )
    return Outcome(order, None)


def difference(id_: int) -> DifferenceRow:
    return DifferenceRow(
        connection="kontur_default",
        name=str(id_),
        code="vanished",
        measure="documents",
        said=said("settings_unreadable", file="x" * 400, why="", variable=""),  # a text of any length
        told_by="headers",
        listed=True,
        run_id="r",
        id=id_,
        number=str(1000 + id_),
        shop_day=dt.date(2026, 10, 1),
        shop_amount=Decimal(100),
    )


def body(found: Standing, attached: Attached | None = None) -> tuple[str, str]:
    with speaking(Language.EN):
        told = message(found, AIRFLOW, attached)
    assert told is not None
    return told.title, told.body


def test_nothing_is_said_where_all_is_well() -> None:
    assert message(Standing(now=NOW, finished=TONIGHT), AIRFLOW) is None
    assert message(Standing(now=NOW, finished=TONIGHT, compared_at=dt.datetime(2026, 10, 4, 5, 1)), AIRFLOW) is None


def test_a_night_that_did_not_finish() -> None:
    title, text = body(Standing(now=NOW, finished=LAST_NIGHT))
    assert title == "Bitrix and Kontur: a night's run did not finish"
    assert text.startswith("No run has finished since 04.10.2026 00:02; the last one was scheduled__2026-10-03T21")
    assert text.endswith("https://airflow.shop.example/plugin/kontur/kontur/")
    assert body(Standing(now=NOW))[1].startswith("No run has finished yet.")


def test_a_night_that_only_a_later_days_run_hides() -> None:
    """Somebody ran an older day this morning; yesterday is still not looked at."""
    title, text = body(Standing(now=NOW, finished=TONIGHT, uncovered=[dt.date(2026, 10, 4)]))
    assert title == "Bitrix and Kontur: still to be looked at: 1 day", "the run that finished may be tonight's"
    assert "Still to be looked at: 1 day, 04.10.2026 to 04.10.2026:" in text


def test_reconciliations_that_do_not_finish() -> None:
    title, text = body(Standing(now=NOW, finished=TONIGHT, compared_at=dt.datetime(2026, 10, 3, 5, 1)))
    assert title == "Bitrix and Kontur: shop and books are not being compared", "the night itself went through"
    assert text.startswith("No reconciliation has gone through to its end since 03.10.2026 05:01.")


def test_a_reconciliation_that_never_went_through_is_told_once_it_has_had_a_night() -> None:
    """Nobody misses what has never been there, and silence says that shop and books agree."""
    begun = Standing(now=NOW, finished=TONIGHT, looked_since=dt.datetime(2026, 10, 4, 2, 0))
    assert message(begun, AIRFLOW) is None
    _, text = body(dataclasses.replace(begun, looked_since=dt.datetime(2026, 10, 3, 2, 0)))
    assert "never been compared, though orders are posted since" in text


def test_orders_that_wait_the_new_ones_counted_and_the_page_linked() -> None:
    found = Standing(now=NOW, finished=TONIGHT, needs_person=[waiting(1045), waiting(1046, TONIGHT.run_id)])
    title, text = body(found)
    assert title == "Bitrix and Kontur: waiting for a person: 2 orders"
    summary, orders, where = text.split("\n\n")
    assert summary == "Waiting for a person: 2 orders, new: 1."
    assert [line.partition(" · ")[0] for line in orders.splitlines()] == ["№ 1045", "№ 1046"]
    assert "7707083890" not in text
    assert "…3890" in text
    assert where == f"{PAGE}/needs"


def test_any_number_of_orders_and_differences_is_a_message_that_a_messenger_takes() -> None:
    found = Standing(
        now=NOW,
        needs_person=[waiting(number) for number in range(1000, 1200)],
        differences=[difference(number) for number in range(30)],
        uncovered=[dt.date(2026, 9, 1), dt.date(2026, 9, 2)],
    )
    for language in Language:
        with speaking(language):
            told = message(found, AIRFLOW)
        assert told is not None
        assert len(told.title) + len(told.body) < 4096
    _, text = body(found)
    assert "… and 192 orders more" in text
    assert "… and 26 differences more" in text
    assert text.endswith(f"{PAGE}/\n{PAGE}/needs\n{PAGE}/months/kontur_default/2026-10")


SEPTEMBER = Window(dt.date(2026, 9, 1), dt.date(2026, 9, 30))


@pytest.mark.parametrize(
    ("today", "before", "due"),
    [
        (2, 1, SEPTEMBER),
        (2, None, SEPTEMBER),
        (1, None, None),
        (3, 2, None),
        (3, None, None),
        (3, 1, SEPTEMBER),  # the mail server was down all morning
        (9, 1, SEPTEMBER),
        (1, 1, None),
    ],
)
def test_the_month_on_its_day_or_by_the_next_notice(today: int, before: int | None, due: Window | None) -> None:
    rules = Settings(accounting=Accounting(go_live=dt.date(2026, 9, 30)))
    last = None if before is None else dt.date(2026, 10, before)
    assert month_due(rules, dt.date(2026, 10, today), last) == due


def test_no_month_before_go_live() -> None:
    rules = Settings(accounting=Accounting(go_live=dt.date(2026, 9, 30)))
    assert month_due(rules, dt.date(2026, 9, 2), None) is None
    assert month_due(Settings(accounting=Accounting(go_live=None)), dt.date(2026, 10, 2), None) is None


def test_a_workbook_alone_is_a_message_and_so_is_one_that_could_not_be_made() -> None:
    well = Standing(now=NOW, finished=TONIGHT)
    attached = Attached(dt.date(2026, 9, 1), (pathlib.Path("2026-09.xlsx"),))
    with speaking(Language.EN):
        told = message(well, AIRFLOW, attached)
    assert told is not None
    summary, link = told.body.split("\n\n")
    assert summary.startswith("The workbook of 09.2026 is attached. If there is no file, this channel takes none:")
    assert link == f"{PAGE}/months", "not every messenger takes files"
    assert told.files == attached.files
    _, text = body(well, Attached(dt.date(2026, 9, 1), why_not="The shop is away."))
    assert text == f"The workbook of 09.2026 could not be made: The shop is away.\n\n{PAGE}/months"


def links(found: Standing, airflow: str = AIRFLOW) -> list[str]:
    with speaking(Language.EN):
        told = message(found, airflow)
    assert told is not None
    return [line for line in told.body.splitlines() if line.startswith("https:")]


def test_the_links_lead_to_where_something_can_be_done() -> None:
    """To the only order; to the only month; nowhere, where nobody said what Airflow's address is."""
    assert links(Standing(now=NOW, finished=TONIGHT, needs_person=[waiting(45)])) == [f"{PAGE}/order/45"]
    assert links(Standing(now=NOW, finished=TONIGHT, unconfirmed=[waiting(46)])) == [f"{PAGE}/order/46"]
    assert links(Standing(now=NOW, finished=TONIGHT, unconfirmed=[waiting(46), waiting(47)])) == [f"{PAGE}/"]
    moved = dataclasses.replace(difference(1), books_day=dt.date(2026, 11, 1))
    assert links(Standing(now=NOW, finished=TONIGHT, differences=[moved])) == [f"{PAGE}/months"]
    one = Standing(now=NOW, finished=TONIGHT, differences=[difference(1)])
    assert links(one, "https://shop.example/airflow") == [
        "https://shop.example/airflow/plugin/kontur/kontur/months/kontur_default/2026-10"
    ]
    assert links(one, "") == []


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as hook:
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_NOTIFY", json.dumps({"conn_type": "generic", "password": hook.url}))
        yield hook


def rules_of(nights: Nights, today: dt.date, **sections: object) -> Settings:
    accounting = nights.rules.accounting.model_copy(update={"go_live": today - dt.timedelta(days=40)})
    return nights.rules.model_copy(update={"accounting": accounting, "notify": Notify(language=Spoken.EN), **sections})


@pytest.mark.usefixtures("kontur")
def test_a_whole_notice_in_its_own_language_with_the_months_workbook(
    shop: Connection, nights: Nights, told: Webhook
) -> None:
    today = dt.datetime.now(nights.rules.shop.zone).date()
    order = make_case(shop, "inn_with_wrong_check_digit", at=today - dt.timedelta(days=1))
    nights.rules = rules_of(nights, today, reconciliation=Reconciliation.model_construct(month_day=today.day))
    nights.window(today - dt.timedelta(days=40), today - dt.timedelta(days=1))
    assert digest(nights.rules, AIRFLOW, by_hand=False)
    (message_,) = told.taken
    assert message_["title"] == "Bitrix and Kontur: waiting for a person: 1 order"
    assert f"№ {order.number} · " in message_["message"]
    (workbook,) = message_["attachments"]
    assert workbook["filename"].endswith("-kontur_default.xlsx")
    sheets = openpyxl.load_workbook(io.BytesIO(base64.b64decode(workbook["base64"]))).sheetnames
    assert len(sheets) > 5


@pytest.mark.usefixtures("kontur")
def test_a_workbook_that_no_channel_takes_keeps_nothing_from_being_said(
    shop: Connection, nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = dt.datetime.now(nights.rules.shop.zone).date()
    order = make_case(shop, "inn_with_wrong_check_digit", at=today - dt.timedelta(days=1))
    notify = Notify(language=Spoken.EN, to=("anna@shop.example",))
    month = Reconciliation.model_construct(month_day=today.day)
    nights.rules = rules_of(nights, today, reconciliation=month, notify=notify)
    nights.window(today - dt.timedelta(days=40), today - dt.timedelta(days=1))
    with mailbox(most_bytes=5_000) as box:
        by_mail(monkeypatch, box.port)
        with pytest.raises(NotSentError):
            digest(nights.rules, AIRFLOW, by_hand=False)
        assert digest(nights.rules, AIRFLOW, by_hand=False, last_try=True)
    ((_, mail),) = box.taken
    told = mail.get_body()
    assert told is not None
    assert f"№ {order.number} · " in told.get_content()
    assert "was not sent" in told.get_content()
    assert list(mail.iter_attachments()) == []


@pytest.mark.parametrize(("last_try", "messages"), [(False, 0), (True, 1)])
def test_a_ledger_that_stays_away_is_told_as_silence_means_that_all_is_well(
    told: Webhook, monkeypatch: pytest.MonkeyPatch, last_try: bool, messages: int
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", "mysql://reader:swordfish@127.0.0.1:1/x")
    with pytest.raises(LedgerTransientError):
        digest(Settings(notify=Notify(language=Spoken.EN)), AIRFLOW, by_hand=False, last_try=last_try)
    assert [one["title"] for one in told.taken] == ["Bitrix and Kontur: nobody knows how things stand"] * messages
    assert all("kontur_sync_mysql" in one["message"] for one in told.taken)
    assert "swordfish" not in str(told.taken)


def test_a_ledger_that_a_person_must_correct_is_told_at_once(
    ledger_database: LedgerDatabase, told: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL")
    with pytest.raises(LedgerConfigurationError):
        digest(Settings(notify=Notify(language=Spoken.EN)), AIRFLOW, by_hand=False)
    assert len(told.taken) == 1


@pytest.mark.usefixtures("kontur", "shop")
def test_all_is_well_is_said_to_who_asks_by_hand_alone(nights: Nights, told: Webhook) -> None:
    today = dt.datetime.now(nights.rules.shop.zone).date()
    nights.rules = rules_of(nights, today, reconciliation=Reconciliation(month_day=today.day % 28 + 1))
    nights.window(today - dt.timedelta(days=40), today - dt.timedelta(days=1))
    assert not digest(nights.rules, AIRFLOW, by_hand=False)
    assert told.taken == []
    assert digest(nights.rules, AIRFLOW, by_hand=True)
    assert told.taken[0]["title"] == "Bitrix and Kontur: all is well"
    assert told.taken[0]["message"].startswith("The last run that finished (night-1) read the shop on ")


@pytest.mark.usefixtures("kontur", "shop")
def test_a_period_that_was_reopened_is_no_night_that_failed(nights: Nights, told: Webhook) -> None:
    """All its days, and those after them, are to be looked at again; each was looked at by a run that finished."""
    today = dt.datetime.now(nights.rules.shop.zone).date()
    nights.rules = rules_of(nights, today, reconciliation=Reconciliation(month_day=today.day % 28 + 1))
    nights.window(today - dt.timedelta(days=40), today - dt.timedelta(days=1))
    month, by = f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}", ["--who", "Анна", "--why", "уточнение"]
    assert [period.main([word, month, *by]) for word in ("close", "reopen")] == [0, 0]
    assert digest(nights.rules, AIRFLOW, by_hand=False)
    (message_,) = told.taken
    assert message_["title"].startswith("Bitrix and Kontur: still to be looked at: ")
    assert "finished run" not in message_["message"]
