import os
import pathlib

import pytest

from sandbox.stack import child
from sandbox.stack.errors import StackError


def test_a_process_that_ends_is_told_by_its_log(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "some.log"
    with (
        child.running("sandbox.stack.no_such_module", os.environ, log) as at_work,
        pytest.raises(StackError, match=r"some\.log"),
    ):
        at_work.hear()
    assert "no_such_module" in log.read_text(encoding="utf-8")
