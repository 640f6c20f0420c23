"""Visit and Page: what a reader asked for, and what a page answers before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

from datasette.utils import tilde_encode

from reading_room.texts import Texts

# Where Datasette shows the tables.
TABLES = "/nianbao"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for one of our pages: its address without the language, what stands in it, and where the archive is."""

    path: str
    texts: Texts
    archive: Path
    named: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def link(self, path: str, **query: str | int) -> str:
        """The address of another of our pages in the reader's language."""
        prefix = "/en" if self.texts.language == "en" else ""
        address = prefix if prefix and path == "/" else prefix + path
        return address + ("?" + urlencode(query, safe="/") if query else "")

    @property
    def other_language(self) -> str:
        """The address of this same page in the other language."""
        prefix = "" if self.texts.language == "en" else "/en"
        address = prefix if prefix and self.path == "/" else prefix + self.path
        return address + ("?" + urlencode(self.query, safe="/") if self.query else "")


@dataclass(frozen=True, slots=True)
class Page:
    """A template of templates/reading_room with what it shows."""

    template: str
    shown: Mapping[str, object]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes of the archive, handed out as a file and never run."""

    payload: bytes
    name: str


def row_address(table: str, *keys: str | int) -> str:
    """Datasette's page of one row."""
    return f"{TABLES}/{table}/" + ",".join(_encoded(str(key)) for key in keys)


@lru_cache(maxsize=4096)
def _encoded(key: str) -> str:
    return str(tilde_encode(key))
