"""开普云 UCAP: lists in named files (xxgk_list.shtml), reports at /202402/<32 hex digits>.shtml.

Recognized by the addresses of its articles, <ucaptitle> and #UCAP-CONTENT, and the named form of createPageHTML():
`createPageHTML('page_div', 4, 1, 'xxgk_list', 'shtml', 61)` is page 1 of 4, the next one xxgk_list_2.shtml. Some sites
call it in the older form `createPageHTML(4, 0, 'xxgk_list', 'shtml')`, counting from 0.

Lists drawn by script come as JSON from /common/search/<channel>?…&_isJson=true&page=1 (also /search/, /searchList/),
the channels below a column from /common/getChannelList. Where a site adds a token that only its script can make, the
address in the page lacks it, and is asked as it stands. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any

from crawler.families.links import next_link
from crawler.families.listed_json import listed, with_query
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, entries_like, recognition

NAME = "ucap"
ARTICLE = re.compile(r"/(?:[0-9a-f]{32}|c\d+_\d+)\.s?html$")
LIST_FILE = re.compile(r"/(?:\w*list\w*|common_\w+|zfxxgk\w*)\.shtml$")
PAGING = re.compile(
    r"""createPageHTML\(\s*(?P<container>['"][\w-]+['"]\s*,\s*)?(?P<total>\d+)\s*,\s*(?P<current>\d+)\s*,"""
    r"""\s*['"](?P<name>[\w-]+)['"]\s*,\s*['"](?P<suffix>\w+)['"]"""
)
SEARCH = re.compile(
    r"""['"]((?:https?:)?/?/?[\w./:-]*/(?:(?:common/search|searchList)/[\w-]+|search/[0-9a-f]{32})(?:\?[^'"\s]*)?)['"]"""
)
CHANNEL = re.compile(r"""channelId['"]?\s*[:=]\s*['"]([\w-]{4,})['"]""")
CHANNELS = re.compile(r"""['"]([\w./:-]*/common/getChannelList\?[^'"\s]+)['"]""")
SEARCH_ADDRESS = re.compile(r"/(?:(?:common/search|searchList)/[\w-]+|search/[0-9a-f]{32})")
QUERY = {"_isAgg": "true", "_isJson": "true", "_pageSize": "20", "_template": "index", "page": "1"}


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
            ("common/search", "/common/search/" in page.text or bool(_first_json(page)), 0.5),
            ("JSON of a channel", bool(SEARCH_ADDRESS.search(page.url)) and page.json is not None, 0.9),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists, and the channels below it."""
    if page.json is None:
        return entries_like(page, ARTICLE)
    return [*_channels(page), *listed(page, page.json.get("data") if isinstance(page.json, dict) else page.json)]


def next_pages(page: Page) -> Iterable[Ask]:
    """The page after this one: as JSON, or named by createPageHTML(), else behind 下一页."""
    if page.json is not None:
        return _next_json(page)
    match = PAGING.search(page.text)
    if match is None:
        if not any(ARTICLE.search(link.url) for link in page.links) and (first := _first_json(page)):
            return [first]
        return [Ask(url) for url in [next_link(page)] if url]
    # The form with a container counts pages from 1, the bare one from 0.
    current = int(match["current"]) if match["container"] else int(match["current"]) + 1
    if current >= int(match["total"]):
        return []
    return [Ask(page.urljoin(f"{match['name']}_{current + 1}.{match['suffix']}"))]


def _first_json(page: Page) -> Ask | None:
    """Where the list that the page's script draws begins."""
    if found := SEARCH.search(page.text):
        url = page.urljoin(found[1].replace("&amp;", "&"))
        return Ask(with_query(url, {"_isJson": "true", "page": "1"}, keep=True), base=page.base_url)
    if found := CHANNELS.search(page.text):
        return Ask(page.urljoin(found[1].replace("&amp;", "&")), base=page.base_url)
    if (found := CHANNEL.search(page.text)) and "/search" in page.text:
        return Ask(with_query(page.urljoin(f"/common/search/{found[1]}"), QUERY), base=page.base_url)
    return None


def _next_json(page: Page) -> list[Ask]:
    data: Any = page.json.get("data") if isinstance(page.json, dict) else None
    if not isinstance(data, dict):
        return []
    number, rows, total = (_whole(data.get(name)) for name in ("page", "rows", "total"))
    here = re.search(r"[?&]page=(\d+)", page.url)
    number = int(here[1]) if here else number
    if not here or not rows or number >= ceil(total / rows):
        return []
    return [Ask(with_query(page.url, {"page": str(number + 1)}), base=page.base_url)]


def _channels(page: Page) -> Iterator[ColumnEntry]:
    """The channels below a column, as getChannelList names them."""
    results: Any = page.json.get("results") if isinstance(page.json, dict) else None
    for channel in (results.get("children") if isinstance(results, dict) else None) or ():
        if isinstance(channel, dict) and channel.get("channelId"):
            url = with_query(page.urljoin(f"/common/search/{channel['channelId']}"), QUERY)
            yield ColumnEntry(str(channel.get("displayName") or ""), url, is_column=True)


def _whole(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0
