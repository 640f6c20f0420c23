"""CSV for people and their programs: cells that a spreadsheet would run as formulas are made harmless."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# Excel takes a file for UTF-8 only with this at its head.
BYTE_ORDER_MARK = "\ufeff"
# A number may begin with a sign; a lone sign is how a report prints that there is nothing.
HARMLESS = re.compile(r"[+-]?[0-9.,]*(?:[eE][+-]?[0-9]+)?%?|[-+=@]")


def harmless(value: object) -> object:
    """A cell that no spreadsheet runs: an apostrophe before what would be a formula.

    >>> harmless("=1+1"), harmless("-35"), harmless("-"), harmless("@SUM(A1)"), harmless(None)
    ("'=1+1", '-35', '-', "'@SUM(A1)", None)
    """
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@") and not HARMLESS.fullmatch(value):
        return "'" + value
    return "'" + value if isinstance(value, str) and value[:1] in ("\t", "\r") else value


def write_csv(rows: Iterable[Sequence[object]], mark: bool = False) -> bytes:
    """Rows as a CSV file in UTF-8; `mark`: with a byte-order mark."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows([harmless(value) for value in row] for row in rows)
    return ((BYTE_ORDER_MARK if mark else "") + written.getvalue()).encode()


def neutralized(text: str) -> str:
    """Whole rows of CSV as text, every cell made harmless."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows(
        [harmless(value) for value in row] for row in csv.reader(io.StringIO(text, newline=""))
    )
    return written.getvalue()
