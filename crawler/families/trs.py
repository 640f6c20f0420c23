"""拓尔思 TRS WCM and its like: static lists in plain directories, reports at /202401/t20240115_1234.html.

Recognized by the addresses of its articles, `createPageHTML(3, 0, "index", "html")` and the TRS_Editor of its pages.
The numbers are the pages and the present one, counted from 0; the second page is index_1.html, on some sites
index_2.html, where index_1.html is missing or the first page once more. Others state `var countPage = 3`. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families import ucap
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, entries_like, recognition

NAME = "trs"
ARTICLE = re.compile(r"/t(?:\d{8}_)?\d{4,}(?:_app)?\.s?html?$|/t\d{4}_\d+\.s?html?$|/t_\d{5,}\.s?html?$")
PAGING = re.compile(
    r"""createPageHTML\(\s*(?P<total>\d+)\s*,\s*(?P<current>\d+)\s*,\s*['"](?P<name>[\w-]+)['"]\s*,\s*['"](?P<suffix>\w+)['"]"""
)
COUNTED = re.compile(r"var\s+countPage\s*=\s*(?P<total>\d+)")
PRESENT = re.compile(r"var\s+currentPage\s*=\s*(\d+)")


def recognize(page: Page) -> Recognition | None:
    """Whether this is a column of the TRS kind."""
    return recognition(
        NAME,
        page,
        ARTICLE,
        [
            ("createPageHTML(n, n, …)", bool(PAGING.search(page.text)), 0.3),
            ("countPage", bool(COUNTED.search(page.text)), 0.2),
            ("TRS_Editor", "TRS_Editor" in page.text or "trs_editor_view" in page.text, 0.2),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists."""
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[Ask]:
    """The page after this one. From the first page two are named: the second stands at _1, or else at _2."""
    match = PAGING.search(page.text)
    counted = COUNTED.search(page.text)
    if match is None and counted is None:
        return ucap.next_pages(page)  # some call createPageHTML() in the form with a container, others link to 下一页
    own = re.search(r"/(\w+?)_(\d+)\.(s?html?)$", page.url)
    if match:
        total, current, name, suffix = int(match["total"]), int(match["current"]), match["name"], match["suffix"]
    else:
        assert counted is not None
        stated = PRESENT.search(page.text)
        total, current = int(counted["total"]), int(stated[1]) if stated else int(own[2]) if own else 0
        name, suffix = (own[1], own[3]) if own else ("index", "html")
    if current + 1 >= total:
        return []
    # On a later page its own number tells how this site counts; `current` alone does not.
    numbers = [int(own[2]) + 1] if own and own[1] == name else [1, 2]
    return [Ask(page.urljoin(f"{name}_{number}.{suffix}")) for number in numbers]
