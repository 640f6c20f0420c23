"""博达 VSB (Visual SiteBuilder): lists at <name>.htm, reports at /info/1025/61695.htm.

Recognized by the addresses of its articles, the form _newscontent_fromname and #vsb_content of its pages, and wbtreeid.
Older list pages stand at <name>/7.htm with numbers that descend, so pages are never counted: 下页 is followed.
Attachments stand behind /system/_content/download.jsp. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families.links import next_link
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, entries_like, recognition

NAME = "vsb"
ARTICLE = re.compile(r"/info/\d+/\d+\.htm$|/content\.jsp\?.*wbnewsid=\d+")


def recognize(page: Page) -> Recognition | None:
    """Whether this is a VSB column."""
    return recognition(
        NAME,
        page,
        ARTICLE,
        [
            ("wbtreeid", "wbtreeid" in page.text, 0.2),
            ("_newscontent_fromname", "_newscontent_fromname" in page.text, 0.3),
            ("vsb marks", bool(re.search(r"vsb_content|_vsb|/system/resource/js/", page.text)), 0.2),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists."""
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[Ask]:
    """Where 下页 leads."""
    return [Ask(url) for url in [next_link(page)] if url]
