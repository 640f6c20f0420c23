"""Twins: two addresses of one page, so that a portal is asked for only one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.families.page import ColumnEntry

# Pages for telephones that stand beside the page itself.
MOBILE = ((re.compile(r"_app(\.s?html?)$"), r"\1"), (re.compile(r"/mpost_(\d+\.html)$"), r"/post_\1"))
MOBILE_HOST = re.compile(r"^(?:www|wap|m|3g)\.")


def place_of(url: str) -> str:
    """What is the same for http and https and for www. and the bare host.

    >>> place_of("https://www.x.gov.cn/nb/1.html") == place_of("http://x.gov.cn:80/nb/1.html")
    True
    """
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{(parts.hostname or '').removeprefix('www.')}{port}{parts.path or '/'}{query}"


def page_for_desks(url: str) -> str:
    """The address of the page to which a page for telephones belongs; other addresses as they are.

    >>> page_for_desks("http://x.gov.cn/nb/t20240115_1_app.shtml")
    'http://x.gov.cn/nb/t20240115_1.shtml'
    >>> page_for_desks("http://x.gov.cn/nb/content/mpost_12.html")
    'http://x.gov.cn/nb/content/post_12.html'
    """
    for pattern, replacement in MOBILE:
        url = pattern.sub(replacement, url)
    return url


def twins(entries: Iterable[ColumnEntry], before: Iterable[str] = ()) -> dict[str, str]:
    """By address, the other address of the same page that the column lists too and that is to be asked instead.

    Hosts for telephones (wap., m.) are folded only where the title is the same; `before` are addresses listed earlier.
    """
    entries = list(entries)
    first: dict[str, str] = {}
    for url in (*before, *(entry.url for entry in entries)):
        if page_for_desks(url) == url:
            first.setdefault(place_of(url), url)
    titled: dict[tuple[str, str], str] = {}
    for entry in entries:
        if not MOBILE_HOST.match(urlsplit(entry.url).netloc) or urlsplit(entry.url).netloc.startswith("www."):
            titled.setdefault((entry.title, MOBILE_HOST.sub("", place_of(entry.url))), entry.url)
    found: dict[str, str] = {}
    for entry in entries:
        other = first.get(place_of(page_for_desks(entry.url))) or entry.url
        if other == entry.url:
            other = titled.get((entry.title, MOBILE_HOST.sub("", place_of(entry.url))), entry.url)
        if other != entry.url:
            found[entry.url] = other
    return found
