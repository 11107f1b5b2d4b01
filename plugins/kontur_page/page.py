"""A screen: read in a thread of the page's own, written in the reader's language."""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
import urllib.parse
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

import jinja2
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from include import dag_ids
from include import settings as settings_module
from include.facts import Plain, said
from include.ledger.connection import LedgerDatabase
from include.ledger.reading import ReadingSession, reading
from include.settings import Settings
from include.words import Language, formats, outline, text
from kontur_page import forgery, rights, threads
from kontur_page.links import Links
from kontur_page.names import NAMES

STATEMENT_LIMIT_S = 5
"""A query of the page that takes longer is ended: who posts comes before who looks."""
LANGUAGE_COOKIE = "kontur_language"
"""Set by the page's script from Airflow's own choice."""
_WHO_LENGTH = 100
"""As much as the ledger keeps of who decided."""
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(pathlib.Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

Read = Callable[[ReadingSession, Settings], Mapping[str, Any]]


def language_of(request: Request) -> Language:
    """The one that is chosen in Airflow; before its choice is known, the browser's; else English."""
    for wanted in (request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language")):
        for language in Language:
            if (wanted or "").lower().startswith(language):
                return language
    return Language.EN


class Page:
    """One request's."""

    def __init__(
        self, request: Request, user: rights.User | None = None, *, may_act: bool = False, may_compare: bool = False
    ) -> None:
        self.request = request
        self.user = user
        self.may_act = may_act
        self.may_compare = may_compare
        self.language = language_of(request)
        self.links = Links(request.scope.get("root_path", ""))

    @property
    def who(self) -> str:
        """The person, as actions are signed."""
        return self.user.get_name()[:_WHO_LENGTH] if self.user is not None else ""

    async def show(self, template: str, read: Read, status: int = 200) -> Response:
        """A screen of what ``read`` finds in the ledger.

        Raises:
            HouseError: the ledger is away, or a query took too long.
        """
        zone, found = await self.found(read)
        return HTMLResponse(await threads.read(lambda: self._written(template, zone, found)), status)

    async def found(self, read: Read) -> tuple[dt.tzinfo, Mapping[str, Any]]:
        """What is read in the ledger, and the shop's zone.

        Raises:
            HouseError: see :meth:`show`.
        """

        def work() -> tuple[dt.tzinfo, Mapping[str, Any]]:
            settings = settings_module.load()
            with reading(LedgerDatabase(), STATEMENT_LIMIT_S) as session:
                return settings.shop.zone, read(session, settings)

        return await threads.read(work)

    def wrong(self, template: str, status: int, **found: Any) -> Response:
        """A screen that says what is wrong, without the ledger."""
        return HTMLResponse(self._written(template, dt.UTC, {"status": status, **found}), status)

    def see(self, path: str, **query: str) -> Response:
        """What was asked for is done: go and look at it, so that reloading does it no second time."""
        return RedirectResponse(self.links.page(path, **query), 303)

    def _written(self, template: str, zone: dt.tzinfo, found: Mapping[str, Any]) -> str:
        user_id = self.user.get_id() if self.user is not None else ""
        return _TEMPLATES.get_template(template).render(
            language=str(self.language),
            links=self.links,
            here=self.request.url.path,
            asked=urllib.parse.urlencode(self.request.query_params),
            may_act=self.may_act,
            may_compare=self.may_compare,
            token=forgery.token(user_id) if self.may_act or self.may_compare else "",
            say=functools.partial(text, language=self.language, whole_inns=True),
            tell=self.worded,
            outline=functools.partial(outline, language=self.language),
            names=NAMES,
            dag_ids=dag_ids,
            money=self._money,
            day=lambda value: "" if value is None else formats.day(value),
            moment=functools.partial(_moment, zone),
            **found,
        )

    def worded(self, code: str, /, **facts: Plain) -> str:
        """A text of the page's own."""
        return text(said(code, **facts), self.language, whole_inns=True)

    def _money(self, amount: Decimal | None) -> str:
        return "" if amount is None else formats.money(amount, "RUB", self.language)


def _moment(zone: dt.tzinfo, at: dt.datetime | None) -> str:
    """Of UTC; the shop's time."""
    if at is None:
        return ""
    at = at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
    return f"{at.astimezone(zone):%d.%m.%Y %H:%M}"


def _page(request: Request, user: rights.User) -> Page:
    return Page(request, user, may_act=rights.may_act(user), may_compare=rights.may_compare(user))


Asked = Annotated[Page, Depends(_page)]
"""The page of a request, for a reader who may see it."""
