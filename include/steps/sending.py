"""Sending a message through the connection ``kontur_notify``: by an SMTP server, or to whatever Apprise knows."""

from __future__ import annotations

import dataclasses
import html
import pathlib
import smtplib
from collections.abc import Sequence

import apprise
from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from include.errors import ForAPerson, HouseError, TryAgain
from include.facts import said, several

CONNECTION_ID = "kontur_notify"
_SMTP = "smtp"
_FAILURES = (OSError, AirflowException)
"""Those of :mod:`smtplib` are among the first."""
_FOR_GOOD = 500
"""From this reply of a mail server on."""
_TOO_LARGE = 552
"""Said of a sender as well, by a server that is told a mail's size before it is sent."""


class NoticeError(ForAPerson, HouseError):
    """Another try would fail the same way, or would send it twice; ``str()`` says what to correct."""


class NotSentError(TryAgain, HouseError):
    """Nobody has got it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """In the language of who reads it."""

    title: str
    body: str
    """Plain text."""
    files: tuple[pathlib.Path, ...] = ()


def send(message: Message, to: Sequence[str]) -> None:
    """Send it once.

    Args:
        message: what is said.
        to: mail addresses, where the connection is of the type ``smtp``; Apprise's URLs name theirs.

    Raises:
        NoticeError: connection or settings cannot be used, or some got it and others did not.
        NotSentError: nobody got it.
    """
    try:
        connection = BaseHook.get_connection(CONNECTION_ID)
    except AirflowNotFoundException:
        variable = f"AIRFLOW_CONN_{CONNECTION_ID.upper()}"
        raise NoticeError(said("connection_missing", id=CONNECTION_ID, variable=variable)) from None
    if connection.conn_type == _SMTP:
        _by_mail(message, to, connection.extra_dejson.get("from_email"))
    else:
        _by_apprise(message, connection.password or "")


def _by_mail(message: Message, to: Sequence[str], sender: str | None) -> None:
    if not to:
        raise NoticeError(said("notify_to_nobody"))
    if not sender:
        raise NoticeError(said("notify_from_nobody", id=CONNECTION_ID))
    failed: dict[str, Exception] = {}
    try:
        with SmtpHook(smtp_conn_id=CONNECTION_ID) as hook:
            # One by one: of a mail to several, the hook does not say whom the server refused.
            for address in dict.fromkeys(to):
                try:
                    hook.send_email_smtp(
                        to=[address],
                        subject=message.title,
                        html_content=f'<div style="white-space: pre-wrap">{html.escape(message.body)}</div>',
                        files=[str(file) for file in message.files],
                    )
                except _FAILURES as error:
                    failed[address] = error
    except _FAILURES as error:
        raise _not_mailed(error) from None
    if len(failed) == len(set(to)):
        raise _not_mailed(*failed.values())
    if failed:
        raise NoticeError(said("notify_partly_sent", services=several(*failed)))


def _not_mailed(*errors: Exception) -> NoticeError | NotSentError:
    """What nobody got, for these reasons."""
    kind = type(errors[0]).__name__
    if all(map(_is_for_good, errors)):
        return NoticeError(said("notify_refused", id=CONNECTION_ID, kind=kind))
    return NotSentError(said("notify_not_sent", services=_SMTP, kind=kind))


def _is_for_good(error: Exception) -> bool:
    """Whether the server refused login, sender or mailbox; a reply of 4xx asks to come again later."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= _FOR_GOOD for code, _ in error.recipients.values())
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPSenderRefused():
            return error.smtp_code >= _FOR_GOOD and error.smtp_code != _TOO_LARGE
        case _:
            return False


def _by_apprise(message: Message, urls: str) -> None:
    services = apprise.Apprise()
    if not services.add(urls):
        raise NoticeError(said("notify_no_address", id=CONNECTION_ID))
    for service in services:
        # Apprise's default, by which a service refuses what is longer than it takes.
        if service.overflow_mode is apprise.OverflowMode.UPSTREAM:
            service.overflow_mode = apprise.OverflowMode.SPLIT
    result = services.notify(
        body=message.body,
        title=message.title,
        body_format=apprise.NotifyFormat.TEXT,
        attach=[str(file) for file in message.files],
    )
    failed = several(*(one.name for one in result if not one))
    if result.success_count and not result:
        raise NoticeError(said("notify_partly_sent", services=failed))
    if not result:
        raise NotSentError(said("notify_not_sent", services=failed, kind=result.status.name))
