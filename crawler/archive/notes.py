"""What a WARC file says besides the exchanges: all that the index needs to be made again from the files alone.

Every exchange has a metadata record of fields (`portal: x`), every attempt without an answer one of its own, and rows
of the other tables (runs, portals in runs, entries) stand in metadata records of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = str | int | None
Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, Value]]]  # table → rows → column → value

FIELDS_TYPE = "application/warc-fields"
ROWS_TYPE = "application/json"
ROWS_ADDRESS = "urn:nianbao:index-rows"


def fields_text(notes: Mapping[str, Value]) -> bytes:
    """Notes as WARC fields, a line each; a value that would not come back from a plain line is a JSON string.

    >>> fields_text({"portal": "x", "title": "某市\\n年报", "published": None})
    b'portal: x\\r\\ntitle: "\\xe6\\x9f\\x90\\xe5\\xb8\\x82\\\\n\\xe5\\xb9\\xb4\\xe6\\x8a\\xa5"\\r\\n'
    """
    return "".join(f"{name}: {_one_line(str(value))}\r\n" for name, value in notes.items() if value is not None).encode()


def read_fields(text: bytes) -> dict[str, str]:
    """The notes that `fields_text` wrote.

    >>> read_fields(fields_text({"title": "某市\\n年报", "rule": '"x"'})) == {"title": "某市\\n年报", "rule": '"x"'}
    True
    """
    found = {}
    for line in text.decode("utf-8").split("\r\n"):
        name, colon, value = line.partition(": ")
        if colon:
            found[name] = str(json.loads(value)) if value.startswith('"') else value
    return found


def rows_text(rows: Rows) -> bytes:
    """Rows of the index as JSON."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def read_rows(text: bytes) -> Rows:
    """The rows that `rows_text` wrote."""
    found: Rows = json.loads(text)
    return found


def _one_line(value: str) -> str:
    plain = value == " ".join(value.split()) and not value.startswith('"') and value.isprintable()
    return value if plain and value else json.dumps(value, ensure_ascii=False)
