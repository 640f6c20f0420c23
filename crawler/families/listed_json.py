"""Lists in JSON: whatever object has a title and an address is a line of the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.families.page import ColumnEntry, Page

# By what the families were seen to call them, the surest first.
TITLES = ("realtitle", "title", "Title", "TITLE", "showtitle", "infotitle", "name", "text")
ADDRESSES = ("infourl", "url", "Url", "URL", "link", "linkUrl", "linkurl", "href", "docpuburl", "visiturl", "post_url")
DATES = (
    "display_publish_time", "publishedTimeStr", "infodate", "publishTime", "pubDate", "date", "create_time", "createTime",
)  # fmt: skip


def listed(page: Page, value: Any) -> Iterator[ColumnEntry]:
    """The lines that a JSON value holds, at any depth, each address once."""
    met: set[str] = set()
    for entry in _walk(page, value):
        if entry.url not in met:
            met.add(entry.url)
            yield entry


def with_query(url: str, values: Mapping[str, str], *, keep: bool = False) -> str:
    """The address with these values in its query; `keep` lets those stand that are there.

    >>> with_query("http://x.gov.cn/a?page=1&sid=2", {"page": "2"})
    'http://x.gov.cn/a?page=2&sid=2'
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query = {**values, **query} if keep else {**query, **values}
    return urlunsplit(parts._replace(query=urlencode(query)))


def _walk(page: Page, value: Any) -> Iterator[ColumnEntry]:
    if isinstance(value, list):
        for part in value:
            yield from _walk(page, part)
    elif isinstance(value, dict):
        title, address = _first(value, TITLES), _first(value, ADDRESSES)
        url = page.urljoin(address) if address else ""
        if title and url:
            yield ColumnEntry(
                " ".join(page.fragment(title).selector.xpath("string()").get("").split()), url, _date(value)
            )
        else:
            for part in value.values():
                if isinstance(part, (dict, list)):
                    yield from _walk(page, part)


def _first(value: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((value[name].strip() for name in names if isinstance(value.get(name), str) and value[name].strip()), "")


def _date(value: dict[str, Any]) -> str | None:
    """The date as printed; a number of seconds is none that was printed."""
    date = _first(value, DATES)
    return date if date and not date.isdecimal() else None
