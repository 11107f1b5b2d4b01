"""Ports and secrets of a stack: chosen once, remembered in its folder, so that a bookmark or a login stays good."""

from __future__ import annotations

import base64
import secrets
import socket

import pydantic

from sandbox.mariadb import free_port
from sandbox.stack import users
from sandbox.stack.layout import Layout


def _secret() -> str:
    return secrets.token_urlsafe(24)


def _password() -> str:
    """What people type, at an address that only this machine reaches."""
    return secrets.token_urlsafe(9)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class Ports(pydantic.BaseModel):
    """TCP ports of the loopback interface."""

    mariadb: int = pydantic.Field(default_factory=free_port)
    kontur: int = pydantic.Field(default_factory=free_port)
    airflow: int = pydantic.Field(default_factory=free_port)


class Choices(pydantic.BaseModel):
    """What is random about a stack."""

    ports: Ports = pydantic.Field(default_factory=Ports)
    passwords: dict[str, str] = pydantic.Field(default_factory=lambda: {name: _password() for name in users.ROLES})
    """Of Airflow's users."""
    shop_password: str = pydantic.Field(default_factory=_secret)
    ledger_password: str = pydantic.Field(default_factory=_secret)
    kontur_key: str = pydantic.Field(default_factory=_secret)
    jwt_secret: str = pydantic.Field(default_factory=_secret)
    api_secret: str = pydantic.Field(default_factory=_secret)
    fernet_key: str = pydantic.Field(default_factory=_fernet_key)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def recall(layout: Layout) -> Choices | None:
    """What was chosen for the stack in ``layout``; ``None`` if nothing was."""
    try:
        return Choices.model_validate_json(layout.choices.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def choose(layout: Layout) -> Choices:
    """What was chosen before, with a new port for each that another has taken since; the stack must be stopped."""
    chosen = recall(layout) or Choices()
    ports = {name: port if _is_free(port) else free_port() for name, port in chosen.ports}
    chosen = chosen.model_copy(update={"ports": Ports(**ports)})
    layout.choices.touch(mode=0o600)
    layout.choices.write_text(chosen.model_dump_json(indent=2), encoding="utf-8")
    return chosen
