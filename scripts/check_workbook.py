"""`make check-workbook FILE=…`: whether LibreOffice comes to the same sums when it works out every formula anew."""

from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys
import tempfile

import openpyxl

_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""
"""LibreOffice's own setting: formulas of such files are always worked out when they are opened."""


def main() -> int:
    """0: all formulas come to what the file says."""
    parser = argparse.ArgumentParser(prog="make check-workbook", description=__doc__)
    parser.add_argument("file", metavar="FILE", type=pathlib.Path)
    file: pathlib.Path = parser.parse_args().file
    with tempfile.TemporaryDirectory() as scratch:
        again = _worked_out_again(file, pathlib.Path(scratch))
        said, found, formulas = (
            openpyxl.load_workbook(file, data_only=True),
            openpyxl.load_workbook(again, data_only=True),
            openpyxl.load_workbook(file),
        )
        count, wrong = 0, []
        for sheet in formulas.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        count += 1
                        before, after = (book[sheet.title][cell.coordinate].value for book in (said, found))
                        if before != after:
                            wrong.append(f"{sheet.title}!{cell.coordinate}: {cell.value} = {before} ≠ {after}")
    sys.stdout.write("\n".join([*wrong[:50], f"{count} formulas, {len(wrong)} of them come to something else", ""]))
    return 1 if wrong or not count else 0


def _worked_out_again(file: pathlib.Path, scratch: pathlib.Path) -> pathlib.Path:
    user = scratch / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_ALWAYS, encoding="utf-8")
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation={(scratch / 'profile').as_uri()}", "--headless"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(scratch / "again"), str(file)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return scratch / "again" / file.name


if __name__ == "__main__":
    sys.exit(main())
