"""Any list of links: the largest repeated block of links whose titles speak of annual reports, and 下一页.

No vendor: a fifth to a quarter of the portals are a kind of their own. Recognized by nothing but such links, so every
other family goes before it. A list may also stand as JSON, in the page's script or as the page itself. No options.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from crawler.families.links import Link, next_link
from crawler.families.listed_json import listed
from crawler.families.page import (
    Ask,
    ColumnEntry,
    Page,
    Recognition,
    entry_of,
    is_file,
    speaks_of_a_report,
)
from crawler.families.postback import next_by_postback

NAME = "generic"
# The beginning of a list of objects in a script.
OBJECTS = re.compile(r"[=(:,]\s*(\[\s*\{)")
NUMBER = re.compile(r"\[?\s*(\d{1,3})\s*\]?")
# Addresses of one maker's lists and reports: ndbg.thtml?id=12.
THTML = re.compile(r"\.thtml\?(?:[^#]*&)?id=\w+")
PRESENT = re.compile(r"\b(?:active|current|cur|on|now|thispage|selected|this)\b", re.I)


def recognize(page: Page) -> Recognition | None:
    """Whether there is a list of links that speak of reports, or any at all; never surer than a family with marks."""
    speaking = sum(speaks_of_a_report(entry.title) for entry in entries(page))
    if speaking:
        marks = [f"{speaking} links that speak of a report"]
        confidence = 0.2 if speaking >= 3 else 0.1
        if THTML.search(page.url) or any(THTML.search(link.url) for link in page.links):
            marks.append("thtml addresses")
            confidence += 0.3
        return Recognition(NAME, confidence, tuple(marks))
    return None


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The links of the largest block that speaks of reports, and whatever else on the page speaks of one."""
    chosen = {link.url for link in _list_of(page)}
    met = {page.url}
    for link in page.links:
        if link.title and link.url not in met and (link.url in chosen or speaks_of_a_report(link.title)):
            met.add(link.url)
            yield entry_of(link)
    for entry in _in_json(page):
        if entry.url not in met and speaks_of_a_report(entry.title):
            met.add(entry.url)
            yield entry


def next_pages(page: Page) -> Iterable[Ask]:
    """Where 下一页 leads, or what it sends; else where the number after the present page's leads."""
    if url := next_link(page):
        return [Ask(url)]
    url = _next_number(page)
    return [*next_by_postback(page)] or ([Ask(url)] if url else [])


def _list_of(page: Page) -> list[Link]:
    """The block of links with the most titles that speak of a report; of equals the larger one."""
    blocks: dict[str, list[Link]] = defaultdict(list)
    for link in page.links:
        blocks[link.block].append(link)

    def weight(links: list[Link]) -> tuple[int, int]:
        return sum(speaks_of_a_report(link.title) or is_file(link.url) for link in links), len(links)

    best = max(blocks.values(), key=weight, default=[])
    return best if best and weight(best)[0] else []


def _in_json(page: Page) -> Iterator[ColumnEntry]:
    """The lines of lists that stand as JSON, in scripts or as the page itself."""
    if page.json is not None:
        yield from listed(page, page.json)
        return
    for start in OBJECTS.finditer(page.text):
        try:
            found: Any = json.JSONDecoder().raw_decode(page.text, start.start(1))[0]
        except ValueError:
            continue
        yield from listed(page, found)


def _next_number(page: Page) -> str | None:
    """Of a pager that consists of numbers, the link of the number after the present one."""
    numbers = {
        int(match[1]): link.url
        for link in page.links
        if (match := NUMBER.fullmatch(link.title)) and urlsplit(link.url).netloc == urlsplit(page.url).netloc
    }
    if not numbers:
        return None
    own = next((number for number, url in numbers.items() if url == page.url), None) or _marked(page)
    url = numbers.get((own or 1) + 1)
    return url if url != page.url else None


def _marked(page: Page) -> int | None:
    """The number that the pager marks as the present page."""
    for element in page.elements("a", "span", "li", "b", "strong", "em", "font"):
        text = "".join(element.itertext()).strip()
        if (match := NUMBER.fullmatch(text)) and (PRESENT.search(element.get("class") or "") or element.tag != "a"):
            return int(match[1])
    return None
