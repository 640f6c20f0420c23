"""What a report says, as one digest: two readings with one digest are one state of a report.

Title, figures and sections count; page furniture (visit counters, the date of today, links to the neighbouring page),
blanks and the width of characters do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from crawler.characters import nfkc
from crawler.furniture import without_furniture
from extract.facts import Fact
from extract.narrative import SectionText


def content_digest(title: str | None, facts: Iterable[Fact], sections: Iterable[SectionText]) -> str:
    """The SHA-256 of a report's content, in hex."""
    lines = [_plain(title or "")]
    lines += sorted(f"{f.table}/{f.row}/{f.column}={f.state.value}:{_plain(f.printed)}:{f.unit or ''}" for f in facts)
    for section in sections:
        lines += [f"{section.number}. {_plain(section.heading or '')}", without_furniture(section.text)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _plain(text: str) -> str:
    return "".join((text if text.isascii() else nfkc(text)).split())
