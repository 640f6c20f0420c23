"""河北省集约化平台: columns at /columns/<uuid>/index.html, reports at /columns/<uuid>/202302/13/<uuid>.html.

Recognized by these addresses. The month in a report's address is that of its coming to the platform, often years after
its publication. How long lists go on was not seen: 下一页 is followed, and index_N.html where it is linked. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families.links import next_link
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, entries_like, recognition

NAME = "hebei"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ARTICLE = re.compile(rf"/columns/{UUID}/\d{{6}}/\d{{2}}/{UUID}\.html$")
COLUMN = re.compile(rf"/columns/{UUID}/(?:index(?:_\d+)?\.html)?$")
NUMBER = re.compile(r"/index_(\d+)\.html$")


def recognize(page: Page) -> Recognition | None:
    """Whether this is a column of the Hebei platform."""
    return recognition(NAME, page, ARTICLE, [("/columns/<uuid>/", bool(COLUMN.search(page.url)), 0.5)])


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists."""
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[Ask]:
    """Where 下一页 leads, else the linked page of the next number."""
    if url := next_link(page):
        return [Ask(url)]
    own = NUMBER.search(page.url)
    numbers = [int(own[1]) + 1] if own else [1, 2]
    linked = {link.url for link in page.links}
    return [Ask(url) for number in numbers if (url := page.urljoin(f"index_{number}.html")) in linked][:1]
