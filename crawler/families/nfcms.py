"""南方网 NFCMS of Guangdong: reports at content/post_9469010.html below the column, lists at index_2.html.

Recognized by the addresses of its articles and NFCMS in its scripts. Its pages for telephones stand beside each report
as mpost_N.html; crawler.families.twins folds them. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families.links import next_link
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, entries_like, recognition

NAME = "nfcms"
ARTICLE = re.compile(r"/content/m?post_\d+\.html$")
LIST_PAGE = re.compile(r"/index_(\d+)\.html$")
PAGES = re.compile(r"(?:pageCount|totalPages?|page_count)['\"]?\s*[:=]\s*['\"]?(\d+)|共\s*(\d+)\s*页", re.I)


def recognize(page: Page) -> Recognition | None:
    """Whether this is an NFCMS column."""
    return recognition(NAME, page, ARTICLE, [("NFCMS", "NFCMS" in page.text, 0.3)])


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists."""
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[Ask]:
    """Where 下一页 leads, else the next number, where a link or the number of pages says that there is one."""
    if url := next_link(page):
        return [Ask(url)]
    own = LIST_PAGE.search(page.url)
    number = int(own[1]) + 1 if own else 2
    following = page.urljoin(f"index_{number}.html")
    stated = PAGES.search(page.text)
    linked = any(link.url == following for link in page.links)
    return [Ask(following)] if linked or (stated and number <= int(stated[1] or stated[2])) else []
