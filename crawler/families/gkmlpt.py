"""广东省政府信息公开平台 gkmlpt: a script draws the lists, /gkmlpt/api/all/<column>?page=1&sid=<site> holds them.

Recognized by /gkmlpt/ in its address with `window._CONFIG`, which names the site (SID) and the tree of its columns
(TREE); those about 年报 are read, with all below them, or the one that the address names (/gkmlpt/index#2972). Lists are JSON, a hundred lines a page. A report's page shows
nothing without its script: the body is HTML inside `_CONFIG.DETAIL.content`, see `body`. No options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from crawler.families.listed_json import listed, with_query
from crawler.families.page import REPORT_LIKE, Ask, ColumnEntry, Page, Recognition

NAME = "gkmlpt"
CONFIG = re.compile(r"window\._CONFIG\s*=\s*")
LIST = re.compile(r"/gkmlpt/api/all/\d+")
SHOWN = 100
# A key without quotes, as scripts may have it and JSON may not.
BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)\s*:")
STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')


def recognize(page: Page) -> Recognition | None:
    """Whether this is the platform, or one of its lists."""
    if LIST.search(page.url) and page.json is not None:
        return Recognition(NAME, 1.0, ("/gkmlpt/api/all/",))
    if "/gkmlpt/" in page.url and CONFIG.search(page.text):
        return Recognition(NAME, 0.95, ("/gkmlpt/", "window._CONFIG"))
    if CONFIG.search(page.text) and re.search(r"\bSID\b", page.text):
        return Recognition(NAME, 0.9, ("window._CONFIG", "SID"))
    return None


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The lines of a list; of the platform's page its columns about 年报."""
    if isinstance(page.json, dict):
        return listed(page, page.json.get("articles"))
    if named := re.search(r"#(\d+)$", page.url):
        return [ColumnEntry(f"栏目{named[1]}", _list_url(page, named[1]), is_column=True)]
    return _columns(page, _tree(page), inside=False)


def next_pages(page: Page) -> Iterable[Ask]:
    """The list's next page; pages count from 1."""
    told = page.json
    number = re.search(r"[?&]page=(\d+)", page.url)
    if not isinstance(told, dict) or not number or not told.get("articles"):
        return []
    classify = told.get("classify")
    total = told.get("total") or (classify.get("post_count") if isinstance(classify, dict) else 0) or 0
    if int(number[1]) >= ceil(int(total) / SHOWN):
        return []
    return [Ask(with_query(page.url, {"page": str(int(number[1]) + 1)}))]


def body(page: Page) -> str | None:
    """The HTML of a report that stands in the script of its page; None where there is none."""
    if "_CONFIG" not in page.text:
        return None
    detail = config(page).get("DETAIL")
    content = detail.get("content") if isinstance(detail, dict) else None
    return content if isinstance(content, str) and content.strip() else None


def config(page: Page) -> dict[str, Any]:
    """What `window._CONFIG` holds; empty where it cannot be read."""
    start = CONFIG.search(page.text)
    if start is None:
        return {}
    text = page.text[start.end() :]
    for candidate in (text, _quoted(text)):
        try:
            found, _ = json.JSONDecoder().raw_decode(candidate)
        except ValueError:
            continue
        return found if isinstance(found, dict) else {}
    return {}


def _quoted(text: str) -> str:
    """The script's object as JSON: keys and strings in double quotes, no comma before a bracket."""
    strings: list[str] = []

    def keep(match: re.Match[str]) -> str:
        raw = match[0]
        if raw.startswith("'"):
            raw = '"' + raw[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
        strings.append(raw)
        return f"\x00{len(strings) - 1}\x00"

    bare = re.sub(r"//[^\n]*|/\*.*?\*/", "", STRING.sub(keep, text), flags=re.S)
    bare = BARE_KEY.sub(r'\1"\2":', bare)
    bare = re.sub(r",(\s*[}\]])", r"\1", bare).replace("undefined", "null").replace("!0", "true").replace("!1", "false")
    return re.sub("\x00(\\d+)\x00", lambda match: strings[int(match[1])], bare)


def _tree(page: Page) -> list[Any]:
    tree = config(page).get("TREE")
    return tree if isinstance(tree, list) else []


def _list_url(page: Page, column: object) -> str:
    prefix = urlsplit(page.url).path.partition("/gkmlpt/")[0]
    return page.urljoin(f"{prefix}/gkmlpt/api/all/{column}?page=1&sid={config(page).get('SID')}")


def _columns(page: Page, nodes: list[Any], *, inside: bool) -> Iterator[ColumnEntry]:
    """The tree's columns about 年报 and all below them; one that leads off the platform has its own address."""
    for node in nodes:
        if not isinstance(node, dict):
            continue
        name, wanted = str(node.get("name") or ""), inside or bool(REPORT_LIKE.search(str(node.get("name") or "")))
        if wanted:
            away = node.get("jump_url")
            here = page.urljoin(away) if isinstance(away, str) and away else _list_url(page, node.get("id"))
            yield ColumnEntry(name, here, is_column=True)
        children = node.get("children")
        yield from _columns(page, children if isinstance(children, list) else [], inside=wanted)
