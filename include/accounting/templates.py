"""The texts that settings make from an order: document numbers and comments."""

from __future__ import annotations

import functools

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from include.accounting.findings import rejection
from include.facts import said
from include.settings import SettingsError

# Plain text, not HTML: a number «<1>» must stay as it is.
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)


@functools.lru_cache(maxsize=32)
def _compiled(template: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(template)


def render(template: str, *, account_number: str, order_id: int, site: str) -> str:
    """The text of a template, without outer spaces.

    Raises:
        NotPostableError: it cannot be rendered for this order.
    """
    try:
        text = _compiled(template).render(account_number=account_number, order_id=order_id, site=site)
    except Exception as error:
        # A template may divide by zero or index out of range as well as name what is not there.
        raise rejection("template", template=template, error=str(error)) from None
    return text.strip()


def check(key: str, template: str) -> None:
    """Try a template on a made-up order.

    Args:
        key: of the settings, where it stands.
        template: the key's value.

    Raises:
        SettingsError: it cannot be used.
    """
    _tried(key, template, 1045)


def check_number(key: str, template: str) -> None:
    """The same of a template of numbers: two orders must not get one.

    Raises:
        SettingsError: it cannot be used.
    """
    if _tried(key, template, 1045) == _tried(key, template, 1046):
        raise SettingsError(said("template_same_number", key=key, template=template))


def _tried(key: str, template: str, order_id: int) -> str:
    try:
        return _compiled(template).render(account_number=str(order_id), order_id=order_id, site="s1")
    except Exception as error:
        # As above: it may do anything.
        raise SettingsError(said("template_unusable", key=key, template=template, error=str(error))) from None
