"""``python -m sandbox.stack.airflow_db``: a stack's Airflow database, made or brought up to date.

Where the stack is for people, they can log in afterwards: each by the name, the role and the password of the stack.
"""

from __future__ import annotations

import os
import pathlib
from typing import Any

from airflow.configuration import conf
from airflow.utils.db import upgradedb

from include.steps import roles
from sandbox.stack import environment, users
from sandbox.stack.choices import Choices
from sandbox.stack.layout import Layout
from sandbox.stack.stack import Stack


def main() -> None:
    upgradedb()
    if conf.get("core", "auth_manager") != environment.FAB:
        return
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder  # noqa: PLC0415

    chosen = Stack(Layout(pathlib.Path(os.environ[environment.MARK]))).chosen
    with get_application_builder() as builder:
        roles.give(builder.sm)
        _let_in(builder.sm, chosen)


def _let_in(manager: Any, chosen: Choices) -> None:
    """Those who are there already keep their passwords.

    Args:
        manager: FAB's security manager.
        chosen: their passwords.
    """
    for name, password in chosen.passwords.items():
        if manager.find_user(name) is None:
            role = manager.find_role(users.ROLES[name])
            manager.add_user(name, name.capitalize(), "", f"{name}@localhost", role, password)


if __name__ == "__main__":
    main()
