"""拓尔思 TRS WCM and its like: static lists in plain directories, reports at /202401/t20240115_1234.html.

Recognized by the addresses of its articles, `createPageHTML(3, 0, "index", "html")` and the TRS_Editor of its pages.
The numbers are the pages and the present one, counted from 0; the second page is index_1.html, on some sites
index_2.html, where index_1.html is missing or the first page once more. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families import ucap
from crawler.families.page import ColumnEntry, Page, Recognition, entries_like, recognition

NAME = "trs"
ARTICLE = re.compile(r"/t(?:\d{8}_)?\d{4,}\.s?html?$|/t\d{4}_\d+\.s?html?$|/t_\d{5,}\.s?html?$")
PAGING = re.compile(
    r"""createPageHTML\(\s*(?P<total>\d+)\s*,\s*(?P<current>\d+)\s*,\s*['"](?P<name>[\w-]+)['"]\s*,\s*['"](?P<suffix>\w+)['"]"""
)


def recognize(page: Page) -> Recognition | None:
    """Whether this is a column of the TRS kind."""
    return recognition(
        NAME,
        page,
        ARTICLE,
        [
            ("createPageHTML(n, n, …)", bool(PAGING.search(page.text)), 0.3),
            ("TRS_Editor", "TRS_Editor" in page.text or "trs_editor_view" in page.text, 0.2),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists."""
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[str]:
    """The page after this one. From the first page two are named: the second stands at _1, or else at _2."""
    match = PAGING.search(page.text)
    if match is None:
        return ucap.next_pages(page)  # some call createPageHTML() in the form with a container, others link to 下一页
    total, current = int(match["total"]), int(match["current"])
    if current + 1 >= total:
        return []
    name, suffix = match["name"], match["suffix"]
    own = re.search(rf"/{re.escape(name)}_(\d+)\.{re.escape(suffix)}$", page.url)
    # On a later page its own number tells how this site counts; `current` alone does not.
    numbers = [int(own[1]) + 1] if own else [1, 2]
    return [page.urljoin(f"{name}_{number}.{suffix}") for number in numbers]
