"""Mining: the addresses of columns that archived reports print, counted and held against the registry.

A report says in its first section where it is published (网址…), so a portal that moved, and one that nobody has
registered, can be known from reports in hand. Pictures are not read for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.archive import Archive, ArchiveError, Capture
from crawler.discovery import PrintedAddress, printed_addresses
from crawler.families.twins import place_of
from crawler.portals import Portal
from extract import readers
from extract.document import UnreadableDocument

ROLES = ("report", "attachment", "column")
READ = frozenset({readers.HTML, readers.TEXT, readers.DOCX, readers.DOC, readers.OLE, readers.RTF})


@dataclass(frozen=True)
class Mined:
    """An address that reports print, and how often: the reports are told apart by their payloads."""

    url: str
    reports: int
    first: str  # the address of the first report that prints it
    context: str  # the words before it there
    portal: str | None  # the registered portal whose column it is

    def as_json(self) -> dict[str, object]:
        """The address as `nianbao portals mine` prints it."""
        return {
            "column_url": self.url, "reports": self.reports, "registered": self.portal,
            "first": self.first, "context": self.context,
        }  # fmt: skip


def mine(archive: Archive, portals: Iterable[Portal]) -> list[Mined]:
    """The addresses of columns that the archive's reports print: those not registered first, the most frequent first.

    Addresses that are nobody's column by their words or their path (home pages, mostly) are left out.
    """
    registered = {place_of(portal.column_url): portal.key for portal in portals}
    found: dict[str, list[tuple[PrintedAddress, str]]] = {}
    for capture, text in _texts(archive):
        for address in printed_addresses(text):
            found.setdefault(place_of(address.url), []).append((address, capture.url))
    mined = []
    for place, printed in found.items():
        named = [pair for pair in printed if pair[0].is_column]
        if named:
            address, first = named[0]
            mined.append(Mined(address.url, len(printed), first, address.context, registered.get(place)))
    return sorted(mined, key=lambda each: (each.portal is not None, -each.reports, each.url))


def _texts(archive: Archive) -> Iterator[tuple[Capture, str]]:
    """What the distinct payloads of reports say outside their tables; what cannot be read says nothing."""
    met: set[str] = set()
    for capture in archive.captures():
        payload = capture.payload_sha256
        if capture.role not in ROLES or capture.error or payload is None or payload in met or (capture.status or 0) >= 400:
            continue
        met.add(payload)
        try:
            body = archive.exchange(capture).body
            if not body.strip() or readers.sniff(body, capture.media_type) not in READ:
                continue
            document = readers.read(body, media_type=capture.media_type)
        except (ArchiveError, UnreadableDocument):
            continue  # `nianbao build` says so of each
        yield capture, "\n".join(paragraph.text for paragraph in document.paragraphs)
