"""Visit and Page: what a reader asked for, and what a page answers before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

from datasette.utils import tilde_encode

from reading_room.texts import Texts

# Where Datasette shows the tables.
TABLES = "/nianbao"
SITE = Path(__file__).parents[2]
# Ids have 53 bits.
MOST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for one of our pages: its address without the language, what stands in it, and where the archive is."""

    path: str
    texts: Texts
    archive: Path
    named: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    asked: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))

    def query(self, key: str) -> str:
        """What the address asks under a key; empty where it asks nothing."""
        values = self.asked.get(key)
        return values[0] if values else ""

    def number(self, key: str) -> int | None:
        """The same as a whole number; None where it is none, or too long to be an id or a year."""
        asked = self.query(key)
        return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= MOST_DIGITS else None

    def link(self, path: str, **query: str | int | Sequence[str | int]) -> str:
        """The address of another of our pages in the reader's language."""
        prefix = "/en" if self.texts.language == "en" else ""
        address = prefix if prefix and path == "/" else prefix + path
        return address + ("?" + urlencode(query, doseq=True, safe="/") if query else "")

    def again(self, **changed: str | int | Sequence[str | int] | None) -> str:
        """This same page asked with something else; None leaves a key out."""
        query = {**self.asked, **changed}
        return self.link(self.path, **{key: value for key, value in query.items() if value not in (None, "", [], ())})

    @property
    def other_language(self) -> str:
        """The address of this same page in the other language."""
        prefix = "" if self.texts.language == "en" else "/en"
        address = prefix if prefix and self.path == "/" else prefix + self.path
        return address + ("?" + urlencode(self.asked, doseq=True, safe="/") if self.asked else "")


@dataclass(frozen=True, slots=True)
class Page:
    """A template of templates/reading_room with what it shows."""

    template: str
    shown: Mapping[str, object]
    status: int = 200


@dataclass(frozen=True, slots=True)
class File:
    """Bytes handed out as they are, never run as a page. `name`: a file to keep; `lasting`: never another under this
    address."""

    payload: bytes
    media_type: str = "application/octet-stream"
    name: str | None = None
    lasting: bool = False


def row_address(table: str, *keys: str | int) -> str:
    """Datasette's page of one row."""
    return f"{TABLES}/{table}/" + ",".join(_encoded(str(key)) for key in keys)


@lru_cache(maxsize=4096)
def _encoded(key: str) -> str:
    return str(tilde_encode(key))
