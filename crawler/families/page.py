"""Page, ColumnEntry, Recognition: what a family sees and what it says; and how links are read off a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urldefrag, urljoin, urlsplit

from parsel import Selector

YEAR = r"(?:19|20)\d\d"
DATE = re.compile(rf"{YEAR}\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}\s*日?|(?<!\d)\d{{2}}-\d{{2}}(?!\d)")
# A title that speaks of an annual report, or is a year that may hold a list of them.
REPORT_LIKE = re.compile(r"年报|年度报告|年度工作报告|工作报告|公开报告")
YEAR_TITLE = re.compile(rf"\s*{YEAR}\s*年?度?\s*")
FILE_SUFFIXES = (
    ".pdf", ".doc", ".docx", ".wps", ".xls", ".xlsx", ".et", ".ofd", ".zip", ".rar", ".7z", ".rtf",
)  # fmt: skip
NEXT_TEXTS = frozenset({"下页", "下一页", "下一頁", "后一页", "后页", "next"})


@dataclass(frozen=True)
class Page:
    """A page as text, without a network behind it."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    text: str = ""

    @cached_property
    def selector(self) -> Selector:
        """The page parsed; on first use, and once."""
        return Selector(text=self.text or "<html></html>", type="html")

    @cached_property
    def base_url(self) -> str:
        """The address against which links are resolved: the page's own, or what <base href> says."""
        base = next((element.get("href") for element in self.elements("base")), None)
        return urljoin(self.url, base.strip()) if base else self.url

    def elements(self, *tags: str) -> Iterator[Any]:
        """The lxml elements of these tags, in the page's order; a tenth of the time of an XPath on long tables."""
        return cast(Iterator[Any], self.selector.root.iter(*tags))

    def urljoin(self, href: str) -> str:
        """The full address of a link of this page, without fragment; empty where it is no web address."""
        try:
            url = urldefrag(urljoin(self.base_url, href.strip())).url
            parts = urlsplit(url)
        except ValueError:
            return ""
        return url if parts.scheme in ("http", "https") and parts.netloc else ""

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All links of the page that lead to a web address, in its order."""
        return tuple(_links(self))


@dataclass(frozen=True)
class ColumnEntry:
    """A line of a column: the report's title, its address, and the date as printed beside it."""

    title: str
    url: str
    published: str | None = None


@dataclass(frozen=True)
class Link:
    """A link with what stands around it: `block` is the same for links that stand in one list."""

    title: str
    url: str
    published: str | None
    block: str

    @property
    def entry(self) -> ColumnEntry:
        """The link as a line of a column."""
        return ColumnEntry(self.title, self.url, self.published)


@dataclass(frozen=True)
class Recognition:
    """How sure a family is that a page is one of its own (0 to 1), and the marks that decided it."""

    family: str
    confidence: float
    marks: tuple[str, ...] = ()


def is_file(url: str) -> bool:
    """Whether the address itself is that of a document file.

    >>> is_file("http://x.gov.cn/a/W02024.DOCX?v=1"), is_file("http://x.gov.cn/nb/t20240115_1.html")
    (True, False)
    """
    return urlsplit(url).path.lower().endswith(FILE_SUFFIXES)


def speaks_of_a_report(title: str) -> bool:
    """Whether a title names a year and an annual report, or is a year alone.

    >>> [speaks_of_a_report(t) for t in ("某局2023年政府信息公开工作年度报告", "2023年", "2023年工作要点", "年报")]
    [True, True, False, False]
    """
    return bool(YEAR_TITLE.fullmatch(title) or (re.search(YEAR, title) and REPORT_LIKE.search(title)))


def entries_like(page: Page, dialect: re.Pattern[str]) -> Iterator[ColumnEntry]:
    """The column's lines: links whose address speaks the dialect, files, and titles that speak of a report."""
    met = set()
    for link in page.links:
        known = dialect.search(link.url) or is_file(link.url) or speaks_of_a_report(link.title)
        if known and link.title and link.url not in met and link.url != page.url:
            met.add(link.url)
            yield link.entry


def recognition(
    family: str, page: Page, dialect: re.Pattern[str], marks: Iterable[tuple[str, bool, float]]
) -> Recognition | None:
    """Weigh a family's marks: links that speak its dialect, and (name, found, weight) of the page's own marks."""
    found = [(name, weight) for name, here, weight in marks if here]
    links = {link.url for link in page.links}
    speaking = sum(1 for url in links if dialect.search(url))
    if speaking >= 3:
        found.insert(0, (f"{speaking} links like {dialect.pattern}", 0.6))
    elif speaking:
        found.insert(0, (f"{speaking} links like {dialect.pattern}", 0.3))
    if not found:
        return None
    return Recognition(family, min(1.0, sum(weight for _, weight in found)), tuple(name for name, _ in found))


def next_link(page: Page) -> str | None:
    """Where the link 下一页 leads, if it leads to another page."""
    for anchor in page.elements("a"):
        text = "".join("".join(anchor.itertext()).split()).lower().strip("<>»›[]")
        if text in NEXT_TEXTS or (anchor.get("title") or "").strip() in NEXT_TEXTS:
            url = page.urljoin(anchor.get("href") or "#")
            if url and url != page.url:
                return url
    return None


def _links(page: Page) -> Iterator[Link]:
    for anchor in page.elements("a"):
        url = page.urljoin(anchor.get("href") or "javascript:")
        if url:
            pieces = [" ".join(piece.split()) for piece in anchor.itertext()]
            dates = [piece for piece in pieces if DATE.fullmatch(piece.strip("[]（）()"))]
            text = "".join(piece for piece in pieces if piece not in dates)
            title = " ".join((anchor.get("title") or "").split())
            # Lists shorten long titles and keep the whole in the attribute; elsewhere it may say 点击查看.
            shortened = text.rstrip("….").rstrip()
            whole = title if len(title) > len(text) and title.startswith(shortened[:8]) else text or title
            yield Link(whole, url, dates[0] if dates else _date_beside(anchor), _block(anchor))


def _date_beside(anchor: Any) -> str | None:
    """The date in the smallest surrounding element that holds no other link, as printed."""
    for around in islice(anchor.iterancestors(), 4):
        if sum(1 for _ in islice(around.iter("a"), 2)) > 1:
            return None
        text = " ".join([around.text or "", *(_outside_links(around))])
        if match := DATE.search(text):
            return match.group().strip()
    return None


def _outside_links(element: Any) -> Iterator[str]:
    """The text below an element that is not a link's."""
    for child in element:
        if child.tag != "a" and isinstance(child.tag, str):
            yield child.text or ""
            yield from _outside_links(child)
        yield child.tail or ""


def _block(anchor: Any) -> str:
    """Tags and classes above the link: equal for the links of one list."""
    # Rows of one list differ in class (odd, last); what holds them does not.
    rows = ("li", "tr", "td", "dd", "dt")
    return "/".join(
        node.tag if node.tag in rows else f"{node.tag}.{node.get('class')}" for node in anchor.iterancestors()
    )
