"""How a report is cited: GB/T 7714, APA, BibTeX."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from reading_room.drawing import day, outside


@dataclass(frozen=True, slots=True)
class Citation:
    """A way of citing, by its name, ready to be copied."""

    name: str
    text: str


def citations(report: sqlite3.Row, archive: str) -> list[Citation]:
    """The report in each way of citing. `archive`: the name of this archive, which holds the original by its digest."""
    title = report["title"] or f"{report['issuing_body']} {report['report_year']}"
    published = report["published_on"] or ""
    year = published[:4] if published[:4].isdigit() else "n.d."
    seen, address = day(report["first_seen"]), outside(report["url"])
    digest = f"sha256:{report['payload_sha256']}"
    gb_date = f"({published})" if published else ""
    return [
        Citation(
            "GB/T 7714",
            f"{report['issuing_body']}. {title}[R/OL]. {gb_date}[{seen}]. {f'{address}. ' if address else ''}{archive}: {digest}.",
        ),
        Citation("APA", f"{report['issuing_body']}. ({year}). {title}. {archive}. {f'{address} ' if address else ''}({digest})"),
        Citation(
            "BibTeX",
            "\n".join([
                f"@techreport{{nianbao{report['id']},",
                f"  author      = {{{{{_bare(report['issuing_body'])}}}}},",
                f"  institution = {{{{{_bare(report['issuing_body'])}}}}},",
                f"  title       = {{{_bare(title)}}},",
                *([f"  year        = {{{year}}},"] if year != "n.d." else []),
                *([f"  url         = {{{_bare(address)}}},"] if address else []),
                f"  urldate     = {{{seen}}},",
                f"  note        = {{{archive}, {digest}}},",
                "}",
            ]),
        ),
    ]  # fmt: skip


def _bare(text: str) -> str:
    """A text without the signs that BibTeX takes for its own."""
    return "".join(sign for sign in text if sign not in "{}\\")
