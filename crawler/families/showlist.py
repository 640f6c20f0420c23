"""showList of Anhui and Inner Mongolia: reports at /XxgkAnnualReport/show/5773.html, lists at …/showList/<organ>/page_1.html.

Recognized by these addresses, also as /OpennessAnnualReport/ and /Xxgknb/. One numbering holds every body of a county,
so a title may leave its body out; the page's breadcrumb says it. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families.links import next_link
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, entries_like, entry_of, recognition

NAME = "showlist"
PLACE = r"/(?:Xxgk\w*|Openness\w*|\w*AnnualReport|\w*Nb)"
ARTICLE = re.compile(rf"{PLACE}/show/\d+\.html", re.I)
LIST = re.compile(rf"{PLACE}/showList/", re.I)
NUMBER = re.compile(r"/page_(\d+)\.html$|[?&]page=(\d+)")


def recognize(page: Page) -> Recognition | None:
    """Whether this is a showList column, or one of its reports."""
    here = bool(LIST.search(page.url)) or bool(ARTICLE.search(page.url))
    linked = any(LIST.search(link.url) for link in page.links)
    return recognition(NAME, page, ARTICLE, [("showList address", here, 0.4), ("links to showList", linked, 0.3)])


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists, and the lists of the bodies that it names."""
    yield from entries_like(page, ARTICLE)
    if not ARTICLE.search(page.url):
        for link in page.links:
            if LIST.search(link.url) and _first(link.url) and link.url != page.url and not link.title.isdecimal():
                entry = entry_of(link)
                yield ColumnEntry(entry.title, entry.url, entry.published, is_column=True)


def next_pages(page: Page) -> Iterable[Ask]:
    """Where 下一页 leads, else the page of the next number where the page links to it."""
    if url := next_link(page):
        return [Ask(url)]
    own = NUMBER.search(page.url)
    wanted = int(own[1] or own[2]) + 1 if own else 2
    folder = page.url.partition("?")[0].rpartition("/")[0]
    for link in page.links:
        number = NUMBER.search(link.url)
        if number and int(number[1] or number[2]) == wanted and LIST.search(link.url) and link.url.startswith(folder):
            return [Ask(link.url)]
    return []


def _first(url: str) -> bool:
    """Whether an address is that of a list's first page."""
    number = NUMBER.search(url)
    return number is None or int(number[1] or number[2]) <= 1
