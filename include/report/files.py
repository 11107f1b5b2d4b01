"""The sheets as a file of one of the formats."""

from __future__ import annotations

import enum
import hashlib
import pathlib
from collections.abc import Sequence

from include.report import html, xlsx
from include.report.tables import Sheet
from include.words import Language


class Format(enum.StrEnum):
    """Also the file name's ending."""

    XLSX = "xlsx"
    HTML = "html"


_WRITERS = {Format.XLSX: xlsx.write, Format.HTML: html.write}


def write(path: pathlib.Path, sheets: Sequence[Sheet], language: Language, format_: Format) -> str:
    """Write the file; its SHA-256.

    Raises:
        OSError: it cannot be written.
    """
    _WRITERS[format_](path, sheets, language)
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()
