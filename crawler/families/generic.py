"""Any list of links: the largest repeated block of links whose titles speak of annual reports, and 下一页.

No vendor: a fifth to a quarter of the portals are a kind of their own. Recognized by nothing but such links, so every
other family goes before it. No options.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from crawler.families.page import (
    ColumnEntry,
    Link,
    Page,
    Recognition,
    is_file,
    next_link,
    speaks_of_a_report,
)

NAME = "generic"


def recognize(page: Page) -> Recognition | None:
    """Whether there is a list of links that speak of reports, or any at all; never surer than a family with marks."""
    speaking = sum(speaks_of_a_report(link.title) for link in _list_of(page))
    if speaking:
        return Recognition(NAME, 0.2 if speaking >= 3 else 0.1, (f"{speaking} links that speak of a report",))
    return None


def entries(page: Page) -> Iterable[ColumnEntry]:
    """The links of the largest block that speaks of reports, and whatever else on the page speaks of one."""
    chosen = {link.url for link in _list_of(page)}
    met = {page.url}
    for link in page.links:
        if link.title and link.url not in met and (link.url in chosen or speaks_of_a_report(link.title)):
            met.add(link.url)
            yield link.entry


def next_pages(page: Page) -> Iterable[str]:
    """Where 下一页 leads."""
    return [url for url in [next_link(page)] if url]


def _list_of(page: Page) -> list[Link]:
    """The block of links with the most titles that speak of a report; of equals the larger one."""
    blocks: dict[str, list[Link]] = defaultdict(list)
    for link in page.links:
        blocks[link.block].append(link)

    def weight(links: list[Link]) -> tuple[int, int]:
        return sum(speaks_of_a_report(link.title) or is_file(link.url) for link in links), len(links)

    best = max(blocks.values(), key=weight, default=[])
    return best if best and weight(best)[0] else []
