"""A person at a stack's Airflow: headless Chromium, logged in, in a language and a theme."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from include.words import Language
from sandbox.stack import environment
from sandbox.stack.stack import Stack

Theme = Literal["light", "dark"]
SIZE: ViewportSize = {"width": 1280, "height": 800}
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_CHOSEN = """
localStorage.setItem("timezone", JSON.stringify("Europe/Moscow"));
localStorage.setItem("i18nextLng", "%s");
localStorage.setItem("theme", "%s");
"""
_TIMEOUT_MS = 180_000
"""A page of a machine that posts and compares meanwhile."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The system's, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


def login(browser: Browser, stack: Stack, user: str) -> Any:
    """The state of a browser in which ``user`` logged in through the form, for :func:`look`."""
    context = browser.new_context(base_url=environment.base_url(stack.chosen))
    context.set_default_timeout(_TIMEOUT_MS)
    page = context.new_page()
    page.goto("/auth/login/")
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(stack.chosen.passwords[user])
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/auth/login" not in address)
    state = context.storage_state()
    context.close()
    return state


def look(
    browser: Browser, stack: Stack, state: Any, language: Language = Language.RU, theme: Theme = "light"
) -> BrowserContext:
    """A browser of its own with the session of ``state`` (of :func:`login`), in the shop's time."""
    context = browser.new_context(
        base_url=environment.base_url(stack.chosen), storage_state=state, viewport=SIZE, locale=f"{language.value}-RU"
    )
    context.set_default_timeout(_TIMEOUT_MS)
    context.add_init_script(_CHOSEN % (language.value, theme))
    return context


def screen(page: Page, path: str) -> None:
    """Open a screen of our page (``/needs``), without Airflow's frame, once it has the chosen language and theme."""
    page.goto(f"/kontur{path}")
    language, theme = page.evaluate("[localStorage.getItem('i18nextLng'), localStorage.getItem('theme')]")
    page.locator(f"html[lang={language}][data-theme={theme}]").wait_for()
