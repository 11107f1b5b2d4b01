"""A message through an SMTP server and to a webhook: what arrives, and what is said where it does not."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from apprise.plugins.discord import NotifyDiscord

from include.facts import Said, several
from include.steps.sending import Message, NoticeError, NotSentError, send
from sandbox.mariadb import free_port
from tests.steps.mailbox import mailbox, webhook

MESSAGE = Message("Битрикс и Контур: требуют решения: 2 заказа", "№ 1045 · <цена> & скидка\n№ 1046 · ИНН …4567")


def connected(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_NOTIFY", json.dumps(fields))


def by_mail(monkeypatch: pytest.MonkeyPatch, port: int, **extra: Any) -> None:
    plain = {"disable_tls": True, "disable_ssl": True, "retry_limit": 0, "from_email": "airflow@shop.example"}
    connected(monkeypatch, conn_type="smtp", host="127.0.0.1", port=port, extra=plain | extra)


def said(error: NoticeError | NotSentError) -> tuple[str, dict[str, Any]]:
    assert isinstance(error.said, Said)
    return error.said.code, dict(error.said.facts)


def test_a_mail_with_a_workbook(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    workbook = tmp_path / "2026-09-kontur_default.xlsx"
    workbook.write_bytes(b"PK\x03\x04 sheets")
    with mailbox() as box:
        by_mail(monkeypatch, box.port)
        send(Message(MESSAGE.title, MESSAGE.body, (workbook,)), ["anna@shop.example", "boss@shop.example"])
    assert [to for to, _ in box.taken] == [["anna@shop.example"], ["boss@shop.example"]]
    _, mail = box.taken[0]
    assert (mail["Subject"], mail["From"]) == (MESSAGE.title, "airflow@shop.example")
    body = mail.get_body()
    assert body is not None
    lines = body.get_content().splitlines()  # their ends differ with the encoding that was chosen on the way
    assert lines[0].endswith("№ 1045 · &lt;цена&gt; &amp; скидка")
    assert lines[1].startswith("№ 1046 · ИНН …4567")
    ((name, content),) = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
    assert (name, content) == ("2026-09-kontur_default.xlsx", b"PK\x03\x04 sheets")


def test_a_webhook_gets_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as hook:
        connected(monkeypatch, conn_type="generic", password=hook.url)
        send(MESSAGE, [])
    (taken,) = hook.taken
    assert (taken["title"], taken["message"]) == (MESSAGE.title, MESSAGE.body)


def test_a_message_that_is_too_long_for_a_messenger_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord refuses more than 2,000 characters."""
    lines = [f"№ {number} · ИНН …4567: контрольная цифра не сходится. {'Исправьте ИНН. ' * 12}" for number in range(15)]
    with webhook() as hook:
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://127.0.0.1:{hook.port}")
        connected(monkeypatch, conn_type="generic", password="discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/")
        send(Message(MESSAGE.title, "\n".join(lines)), [])
    parts = [str(taken["content"]) for taken in hook.taken]
    assert all(len(part) <= 2000 for part in parts)
    told = "".join(parts)
    assert [f"№ {number} · ИНН" in told for number in range(15)] == [True] * 15


def test_what_only_some_got_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as good, webhook(status=403) as bad:
        connected(monkeypatch, conn_type="generic", password=f"{good.url} {bad.url}")
        with pytest.raises(NoticeError) as caught:
            send(MESSAGE, [])
    assert said(caught.value)[0] == "notify_partly_sent"
    assert len(good.taken) == 1


def test_what_nobody_got_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook(status=500) as down:
        connected(monkeypatch, conn_type="generic", password=down.url)
        with pytest.raises(NotSentError):
            send(MESSAGE, [])
    by_mail(monkeypatch, free_port())
    with pytest.raises(NotSentError) as caught:
        send(MESSAGE, ["anna@shop.example"])
    assert said(caught.value)[1] == {"services": "smtp", "kind": "ConnectionRefusedError"}


def test_mail_that_only_some_got_is_not_sent_again_and_says_who_did_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with mailbox("gone@shop.example") as box:
        by_mail(monkeypatch, box.port)
        with pytest.raises(NoticeError) as caught:
            send(MESSAGE, ["gone@shop.example", "anna@shop.example"])
    assert said(caught.value) == ("notify_partly_sent", {"services": several("gone@shop.example")})
    assert [to for to, _ in box.taken] == [["anna@shop.example"]]


def test_a_mailbox_that_asks_to_come_again_later_gets_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Greylisting, a full mailbox, a server in maintenance."""
    with mailbox("anna@shop.example", refusal="450 greylisted, try again later") as box:
        by_mail(monkeypatch, box.port)
        with pytest.raises(NotSentError):
            send(MESSAGE, ["anna@shop.example"])


def test_a_mailbox_that_does_not_exist_is_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    with mailbox("gone@shop.example") as box:
        by_mail(monkeypatch, box.port)
        with pytest.raises(NoticeError) as caught:
            send(MESSAGE, ["gone@shop.example"])
    assert said(caught.value)[0] == "notify_refused"
    assert box.taken == []


@pytest.mark.parametrize(
    ("fields", "to", "code"),
    [
        ({"conn_type": "smtp", "host": "127.0.0.1", "extra": {"from_email": "a@b.ru"}}, (), "notify_to_nobody"),
        ({"conn_type": "smtp", "host": "127.0.0.1"}, ("anna@shop.example",), "notify_from_nobody"),
        ({"conn_type": "generic"}, (), "notify_no_address"),
        ({"conn_type": "generic", "password": "what is this"}, (), "notify_no_address"),
    ],
)
def test_what_is_not_filled_in_is_said(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], to: tuple[str, ...], code: str
) -> None:
    connected(monkeypatch, **fields)
    with pytest.raises(NoticeError) as caught:
        send(MESSAGE, to)
    assert said(caught.value)[0] == code


def test_a_connection_that_is_not_there_is_named() -> None:
    with pytest.raises(NoticeError, match="AIRFLOW_CONN_KONTUR_NOTIFY"):
        send(MESSAGE, [])
