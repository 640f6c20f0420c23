"""开普云 UCAP: lists in named files (xxgk_list.shtml), reports at /202402/<32 hex digits>.shtml.

Recognized by the addresses of its articles, <ucaptitle> and #UCAP-CONTENT, and the named form of createPageHTML():
`createPageHTML('page_div', 4, 1, 'xxgk_list', 'shtml', 61)` is page 1 of 4, the next one xxgk_list_2.shtml. Some sites
call it in the older form `createPageHTML(4, 0, 'xxgk_list', 'shtml')`, counting from 0. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families.page import ColumnEntry, Page, Recognition, entries_like, next_link, recognition

NAME = "ucap"
ARTICLE = re.compile(r"/(?:[0-9a-f]{32}|c\d+_\d+)\.shtml$")
LIST_FILE = re.compile(r"/(?:\w*list\w*|common_\w+|zfxxgk\w*)\.shtml$")
PAGING = re.compile(
    r"""createPageHTML\(\s*(?P<container>['"][\w-]+['"]\s*,\s*)?(?P<total>\d+)\s*,\s*(?P<current>\d+)\s*,"""
    r"""\s*['"](?P<name>[\w-]+)['"]\s*,\s*['"](?P<suffix>\w+)['"]"""
)


def recognize(page: Page) -> Recognition | None:
    """Whether this is a UCAP column."""
    return recognition(
        NAME,
        page,
        ARTICLE,
        [
            ("named list file", bool(LIST_FILE.search(page.url)), 0.2),
            ("createPageHTML('page_div', …)", bool(re.search(r"createPageHTML\(\s*['\"]", page.text)), 0.3),
            ("UCAP marks", bool(re.search(r"UCAP-?CONTENT|<ucaptitle|<publishtime", page.text, re.I)), 0.3),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists."""
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[str]:
    """The page after this one: named by createPageHTML(), else behind 下一页."""
    match = PAGING.search(page.text)
    if match is None:
        return [url for url in [next_link(page)] if url]
    # The form with a container counts pages from 1, the bare one from 0.
    current = int(match["current"]) if match["container"] else int(match["current"]) + 1
    if current >= int(match["total"]):
        return []
    return [page.urljoin(f"{match['name']}_{current + 1}.{match['suffix']}")]
