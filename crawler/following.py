"""Which lines of a column are followed, and as what: reports, further columns, lists of who published; pure functions.

What a column looks like is known to crawler.families, what a title says to crawler.titles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.archive import Attempt, ListedEntry
from crawler.attachments import attachments
from crawler.families import ColumnEntry, Family, Page
from crawler.families.page import YEAR, YEAR_TITLE, is_file
from crawler.families.twins import twins
from crawler.families.wrappers import FEW_WORDS, MANY_WORDS, own_title, subcolumns, words_outside_links
from crawler.portals import Portal, host_of
from crawler.titles import TitleReading, read_title
from crawler.work import Place, Step, Work

# A title that no rule rejects and that speaks of such reports is asked for: its page says what it is.
UNCLEAR = "不是关于政府信息公开的报告或年报"
SPEAKS = re.compile(r"公开|年报|年度报告")


def entries_of(page: Page, family: Family) -> list[ColumnEntry]:
    """What the family reads off the page, and the columns below it that its links name."""
    entries = list(family.entries(page))
    met = {entry.url for entry in entries}
    return entries + [entry for entry in subcolumns(page) if entry.url not in met]


def sorted_out(
    work: Work, page: Page, entries: Sequence[ColumnEntry], place: Place
) -> tuple[list[ListedEntry], list[Step]]:
    """The lines as they are to be kept, each with what its title was taken for; and of these what is to be asked for."""
    listed: list[ListedEntry] = []
    wanted: list[Step] = []
    folded = twins(entries)
    below = place.depth < work.depth
    for entry in entries:
        if entry.url in work.itself:
            continue  # written down as what it is
        reading = read_title(entry.title, url=entry.url, division=work.portal.division, portal_name=work.portal.name)
        role = role_of(reading, entry, page, work.portal, below=below)
        kind = "column" if role == "column" else reading.kind
        refused = None
        if role and not work.portal.may_ask(entry.url):
            refused, role = f"foreign host {host_of(entry.url)}", None
        elif role and entry.url in folded:
            refused, role = f"the same page as {folded[entry.url]}", None
        listed.append(
            ListedEntry(entry.url, entry.title, entry.published, kind, reading.rule, bool(role), page.url, refused)
        )
        if role:
            found = Attempt(work.portal.key, entry.url, role, page.url, entry.title, entry.published)
            wanted.append((found, Place(place.depth + (role == "column"))))
    return listed, wanted


def role_of(reading: TitleReading, entry: ColumnEntry, page: Page, portal: Portal, *, below: bool) -> str | None:
    """What an entry is asked for as; None where it is not followed. Columns only where they may stand `below`."""
    of_a_year = reading.kind == "column" and reading.report_year  # 二〇二三年, 各乡镇2023年政府信息公开年报
    if entry.is_column or of_a_year or YEAR_TITLE.fullmatch(entry.title):
        if is_file(entry.url):
            return "report"  # 2023年, and its report right behind it
        return "column" if below and host_of(entry.url) in (host_of(page.url), *portal.hosts) else None
    if reading.kind == "report":
        return "report"
    if reading.kind == "filing_list":
        return "other"  # who published at all; no report
    unclear = reading.kind == "other" and reading.rule == UNCLEAR
    # A title that names only the body, in a list of the year, is its report.
    only_body = unclear and reading.issuing_body and not re.search(YEAR, entry.title) and len(entry.title) < 24
    return (
        "report" if unclear and (only_body or (re.search(YEAR, entry.title) and SPEAKS.search(entry.title))) else None
    )


def title_if_itself_a_report(page: Page, *, among_links: bool) -> str | None:
    """The title of a column's page that is itself a report; with links to other years' it must have a report's words."""
    if among_links and len(page.text) < MANY_WORDS:
        return None
    title = own_title(page)
    if title is None:
        return None
    words = words_outside_links(page)
    is_one = words >= MANY_WORDS if among_links else words >= FEW_WORDS or attachments(page)
    return title if is_one else None


def is_report(entry: ColumnEntry, portal: Portal) -> bool:
    """Whether the title of a line promises a report."""
    return read_title(entry.title, url=entry.url, division=portal.division, portal_name=portal.name).kind == "report"
