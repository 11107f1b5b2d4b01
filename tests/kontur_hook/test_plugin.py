"""What Airflow finds in ``plugins/``: the timetable, and none of our modules as a top-level one."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import types, sys
from airflow import plugins_manager
before = set(sys.modules)
assert "kontur_hook.timetable.ShopDayTimetable" in plugins_manager.get_timetables_plugins()
assert plugins_manager.get_import_errors() == {}, plugins_manager.get_import_errors()
stems = {
    "ahead", "auth", "bodies", "client", "connection", "contract", "errors", "extra", "hook", "outcome", "records",
    "timetable", "transport",
}
assert not stems & (set(sys.modules) - before), stems & set(sys.modules)
assert types is sys.modules["types"] and hasattr(types, "SimpleNamespace")
print("fine")
"""


def test_only_the_plugin_file_is_run() -> None:
    """In a process of its own: Airflow loads plugins once."""
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("fine\n"), done.stderr
