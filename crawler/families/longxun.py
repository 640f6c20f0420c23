"""龙讯 Longxun of Anhui: columns at /public/column/<organ>?type=4&catId=…, reports at /public/content/37034572.

Recognized by these addresses and labelName=publicInfoList. A list that is not in the page comes as a fragment of HTML
from <prefix>/site/label/8888, with the site's number from <meta name="SiteId"> and the column's own query; an empty one
says 暂无相关信息 with status 200, and `pageCount:12` how many there are. No options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawler.families.links import next_link
from crawler.families.listed_json import with_query
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, entries_like, recognition

NAME = "longxun"
ARTICLE = re.compile(r"/public/(?:content/\d+|\d+/\d+\.html)$")
COLUMN = re.compile(r"(?P<prefix>.*)/public/column/(?P<organ>\d+)")
LABEL = re.compile(r"/site/label/8888\?")
PAGES = re.compile(r"pageCount['\"]?\s*[:=]\s*['\"]?(\d+)")
SITE = re.compile(r"siteId['\"]?\s*[:=]\s*['\"]?(\d+)", re.I)
SHOWN = 15
NOTHING = "暂无相关信息"


def recognize(page: Page) -> Recognition | None:
    """Whether this is a Longxun column."""
    return recognition(
        NAME,
        page,
        ARTICLE,
        [
            ("/public/column/", bool(COLUMN.search(urlsplit(page.url).path)), 0.6),
            ("site/label/8888", bool(LABEL.search(page.url)), 0.9),
            ("publicInfoList", "publicInfoList" in page.text, 0.4),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The reports that the column lists."""
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[Ask]:
    """The fragment with the next lines: the first one where the page has none itself."""
    stated = PAGES.search(page.text)
    pages = int(stated[1]) if stated else 0
    if LABEL.search(page.url):
        number = int(dict(parse_qsl(urlsplit(page.url).query)).get("pageIndex", 1))
        # Without a number of pages a full fragment may have another after it.
        full = sum(1 for link in page.links if ARTICLE.search(link.url)) >= SHOWN
        more = (number < pages if stated else full) and NOTHING not in page.text
        return [Ask(with_query(page.url, {"pageIndex": str(number + 1)}), base=page.base_url)] if more else []
    parts = urlsplit(page.url)
    column, site = COLUMN.search(parts.path), _site(page)
    has_lines = any(ARTICLE.search(link.url) for link in page.links)
    if column is None or site is None or (has_lines and pages < 2):
        return [Ask(url) for url in [next_link(page)] if url]
    query = dict(parse_qsl(parts.query))
    label = {
        "IsAjax": "1", "dataType": "html", "labelName": "publicInfoList", "siteId": site, "pageSize": str(SHOWN),
        "pageIndex": "2" if has_lines else "1", "organId": column["organ"], "type": query.get("type", "4"),
        "catId": query.get("catId", ""), "action": "list", "isDate": "true", "dateFormat": "yyyy-MM-dd", "length": "80",
        "file": "/xxgk/publicInfoList_newest2020", "result": NOTHING,
    }  # fmt: skip
    return [Ask(page.urljoin(f"{column['prefix']}/site/label/8888?{urlencode(label)}"), base=page.base_url)]


def _site(page: Page) -> str | None:
    for meta in page.elements("meta"):
        if (meta.get("name") or "").lower() == "siteid":
            return str(meta.get("content") or "") or None
    found = SITE.search(page.text)
    return found[1] if found else None
