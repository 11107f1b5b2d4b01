"""Ports and secrets are chosen once."""

import pathlib
import socket

import pytest

from sandbox.stack.choices import choose, recall
from sandbox.stack.errors import StackError
from sandbox.stack.layout import Layout


@pytest.fixture
def layout(tmp_path: pathlib.Path) -> Layout:
    layout = Layout(tmp_path / "stack")
    layout.make()
    return layout


def test_a_second_start_has_the_ports_and_secrets_of_the_first(layout: Layout) -> None:
    assert recall(layout) is None
    first = choose(layout)
    assert len({port for _, port in first.ports}) == 3
    assert choose(layout) == first
    assert recall(layout) == first


def test_only_a_port_that_another_took_is_chosen_anew(layout: Layout) -> None:
    first = choose(layout)
    with socket.create_server(("127.0.0.1", first.ports.kontur)):
        second = choose(layout)
    assert second.ports.kontur != first.ports.kontur
    assert second.ports.model_copy(update={"kontur": first.ports.kontur}) == first.ports
    assert second.passwords == first.passwords


def test_the_secrets_are_for_their_owner_only(layout: Layout) -> None:
    choose(layout)
    assert layout.choices.stat().st_mode & 0o077 == 0
    assert layout.folder.stat().st_mode & 0o077 == 0


def test_forgetting_the_data_keeps_what_was_chosen(layout: Layout) -> None:
    first = choose(layout)
    (layout.airflow_home / "airflow.db").write_text("")
    layout.books.write_text("")
    layout.books.with_name("kontur.sqlite-wal").write_text("")
    layout.forget_data()
    assert [file.name for file in layout.folder.iterdir()] == ["choices.json"]
    assert recall(layout) == first


def test_a_folder_too_deep_for_a_socket_is_refused_in_words(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StackError, match="слишком длинный для сокета Unix: перенесите проект"):
        Layout(tmp_path / ("x" * 100)).make()
