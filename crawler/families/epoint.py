"""新点 Epoint: lists by POST of JSON to /EWB-FRONT/rest/lightfrontaction/getgovinfolist, or static below /govxxgk/.

Recognized by /dynamic/…?categorynum=, EWB-FRONT, openSubPage.html and reports at 2024-03-05/<uuid>.html. The column's
number stands in its address, the site's in webBuilderCommon.js (`siteGuid`), or in the page itself. Sites count pages
from 0 or from 1: the first page is asked as 0, and what brings nothing new is passed over. A static column is a page
whose frame is named by specialurl=. No options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.families.links import next_link
from crawler.families.listed_json import listed
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, ask_by_json, entries_like, recognition

NAME = "epoint"
UUID = r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
ARTICLE = re.compile(rf"/(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{8}})/{UUID}\.html")
DYNAMIC = re.compile(r"/dynamic/.*[?&]categorynum=", re.I)
GUID = re.compile(rf"siteGuid['\"]?\s*[:=]\s*['\"]({UUID})['\"]", re.I)
PROJECT = re.compile(r"projectName['\"]?\s*[:=]\s*['\"]/?([\w-]+)['\"]", re.I)
SETTINGS = re.compile(r"webBuilderCommon|ajaxReq", re.I)
LIST = "rest/lightfrontaction/getgovinfolist"
SHOWN = 50


def recognize(page: Page) -> Recognition | None:
    """Whether this is an Epoint column."""
    return recognition(
        NAME,
        page,
        ARTICLE,
        [
            ("/dynamic/?categorynum=", bool(DYNAMIC.search(page.url)), 0.8),
            ("/govxxgk/", "/govxxgk/" in page.url, 0.3),
            ("EWB-FRONT", "EWB-FRONT" in page.text or "webBuilderCommon" in page.text or LIST in page.url, 0.3),
            ("specialurl=", "specialurl=" in page.url, 0.3),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The lines of a list, JSON or HTML."""
    custom: Any = page.json.get("custom") if isinstance(page.json, dict) else None
    if custom is not None:
        return listed(page, custom)
    return entries_like(page, ARTICLE)


def next_pages(page: Page) -> Iterable[Ask]:
    """What comes next on the way: the site's settings, the list's first page, its further pages."""
    if LIST in page.url and page.asked:
        return _after(page, page.asked)
    told = _told(page)
    if told.get("categorynum") is None:
        return [Ask(url) for url in [next_link(page)] if url]
    if guid := GUID.search(page.text):
        project = PROJECT.search(page.text)
        url = page.urljoin(f"/{project[1] if project else 'EWB-FRONT'}/{LIST}")
        # Lists that count from 1 answer 0 with nothing, or with the first page.
        return [_page_of(url, {**told, "siteGuid": guid[1]}, number, page) for number in (0, 1)]
    if page.asked and SETTINGS.search(page.url):
        return []  # the settings name no site
    scripts = [source for script in page.elements("script") if SETTINGS.search(source := script.get("src") or "")]
    url = page.urljoin(scripts[0] if scripts else "/js/webBuilderCommon.js")
    return [Ask(url, base=page.base_url, knows=tuple(told.items()))]


def _told(page: Page) -> dict[str, str]:
    """What the column's address says of the list."""
    if page.asked and page.asked.knows:
        return dict(page.asked.knows)
    query = dict(parse_qsl(urlsplit(page.url).query))
    if "categorynum" not in query:
        return {}
    return {"deptcode": query.get("deptcode", ""), "categorynum": query["categorynum"]}


def _page_of(url: str, told: dict[str, str], number: int, page: Page) -> Ask:
    return ask_by_json(url, {**told, "pageIndex": number, "pageSize": SHOWN}, base=page.base_url)


def _after(page: Page, asked: Ask) -> list[Ask]:
    told = json.loads(asked.body)
    custom: Any = page.json.get("custom") if isinstance(page.json, dict) else None
    lines = custom.get("data") if isinstance(custom, dict) else None
    number = int(told["pageIndex"])
    if not isinstance(lines, list) or len(lines) < SHOWN:
        return []
    # From 0 the second page is 1, or 2 where 0 was answered with the first page.
    numbers = [1, 2] if number == 0 else [number + 1]
    return [ask_by_json(page.url, {**told, "pageIndex": each}, base=page.base_url) for each in numbers]
