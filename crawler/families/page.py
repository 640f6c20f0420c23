"""Page, Ask, ColumnEntry, Recognition: what a family sees, what it wants asked next, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from parsel import Selector

from crawler.families.links import Link, links_of

YEAR = r"(?:19|20)\d\d"
# A title that speaks of an annual report, or is a year that may hold a list of them.
REPORT_LIKE = re.compile(r"年报|年度报告|年度工作报告|工作报告|公开报告")
YEAR_TITLE = re.compile(rf"\s*{YEAR}\s*年?度?\s*")
FILE_SUFFIXES = (
    ".pdf", ".doc", ".docx", ".wps", ".xls", ".xlsx", ".et", ".ofd", ".zip", ".rar", ".7z", ".rtf",
)  # fmt: skip
# /a/b.html, ./b.html and b/c.html, without anything that needs care: joined by hand in a tenth of urljoin's time.
PLAIN_HREF = re.compile(r"(/)(?:(?!\.)[\w.~-]+/)*(?:(?!\.)[\w.~-]+)?|(?:\./)?((?:(?!\.)[\w.~-]+/)*(?!\.)[\w.~-]+)", re.A)
# A session's number makes every page of a portal a new address each time it is linked.
SESSION = re.compile(
    r";jsessionid=[^?#/]*|(?<=[?&])(?:jsessionid|phpsessid|sessionid|aspsessionid\w*)=[^&#]*&?"
    r"|/\((?:[A-Z]\([^()/]*\))+\)(?=/)",  # ASP.NET: /(S(u2x0ev55))/Info.aspx
    re.I,
)


@dataclass(frozen=True)
class Ask:
    """A request that a family wants made: an address, and what is sent there where a list is got by POST.

    `base` is the address against which the answer's links are resolved where that is not the answer's own: a fragment
    is meant to be put into the column's page. `knows` carries what only the column's page told.
    """

    url: str
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    base: str | None = None
    knows: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str, bytes]:
        """What tells requests apart."""
        return self.method, self.url, self.body


def ask_by_form(url: str, fields: Mapping[str, str], *, base: str | None = None) -> Ask:
    """A POST of a form.

    >>> ask_by_form("http://x.gov.cn/list.do", {"page": "2"}).body
    b'page=2'
    """
    content_type = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
    return Ask(url, "POST", urlencode(fields).encode(), (content_type,), base)


def ask_by_json(url: str, value: Mapping[str, object], *, base: str | None = None) -> Ask:
    """A POST of a JSON object.

    >>> ask_by_json("http://x.gov.cn/list", {"pageIndex": 2}).body
    b'{"pageIndex": 2}'
    """
    return Ask(url, "POST", json.dumps(value).encode(), (("Content-Type", "application/json"),), base)


@dataclass(frozen=True)
class Page:
    """A page as text, without a network behind it; `asked` is the request that a family made for it."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    text: str = ""
    asked: Ask | None = None

    @cached_property
    def selector(self) -> Selector:
        """The page parsed; on first use, and once."""
        return Selector(text=self.text or "<html></html>", type="html")

    @cached_property
    def base_url(self) -> str:
        """The address against which links are resolved: the page's own, or what <base href> says."""
        own = self.asked.base if self.asked and self.asked.base else self.url
        base = next((element.get("href") for element in self.elements("base")), None)
        return urljoin(own, base.strip()) if base else own

    def elements(self, *tags: str) -> Iterator[Any]:
        """The lxml elements of these tags, in the page's order; a tenth of the time of an XPath on long tables."""
        return cast(Iterator[Any], self.selector.root.iter(*tags))

    def urljoin(self, href: str) -> str:
        """The full address of a link of this page, without fragment and session; empty where it is no web address."""
        href = href.strip()
        if match := PLAIN_HREF.fullmatch(href):
            origin, folder = self._origin_and_folder
            return f"{origin}{href}" if match[1] else f"{folder}{match[2]}"
        try:
            url = urldefrag(urljoin(self.base_url, href)).url
            parts = urlsplit(url)
        except ValueError:
            return ""
        url = without_session(url)
        return url if parts.scheme in ("http", "https") and parts.netloc else ""

    @cached_property
    def _origin_and_folder(self) -> tuple[str, str]:
        """What a path of the host, and one beside the page, are put behind."""
        parts = urlsplit(self.base_url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return origin, f"{origin}{parts.path.rpartition('/')[0]}/"

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All links of the page that lead to a web address, in its order."""
        return tuple(links_of(self))

    @cached_property
    def json(self) -> Any:
        """What a page that is JSON says; None where it is none."""
        if not self.text.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
            return None
        try:
            return json.loads(self.text.lstrip("\ufeff"))
        except ValueError:
            return None

    def fragment(self, text: str) -> Page:
        """Other HTML in this page's place: a list that the page holds packed in something else."""
        return Page(self.url, self.status, self.headers, text, Ask(self.url, base=self.base_url))


@dataclass(frozen=True)
class ColumnEntry:
    """A line of a column: the report's title, its address, and the date as printed beside it.

    `is_column` where the family knows that the address is a column and no report.
    """

    title: str
    url: str
    published: str | None = None
    is_column: bool = False


@dataclass(frozen=True)
class Recognition:
    """How sure a family is that a page is one of its own (0 to 1), and the marks that decided it."""

    family: str
    confidence: float
    marks: tuple[str, ...] = ()


def without_session(url: str) -> str:
    """The address without the number of a session: one page, one address.

    >>> without_session("http://x.gov.cn/(S(u2x0ev55))/a.aspx?id=1&PHPSESSID=7"), without_session("http://x.gov.cn/a(1)/")
    ('http://x.gov.cn/a.aspx?id=1', 'http://x.gov.cn/a(1)/')
    """
    return SESSION.sub("", url).rstrip("?&") if "/(" in url or "sess" in url.lower() else url


def is_file(url: str) -> bool:
    """Whether the address itself is that of a document file.

    >>> is_file("http://x.gov.cn/a/W02024.DOCX?v=1"), is_file("http://x.gov.cn/nb/t20240115_1.html")
    (True, False)
    """
    return url.partition("#")[0].partition("?")[0].lower().endswith(FILE_SUFFIXES)


def speaks_of_a_report(title: str) -> bool:
    """Whether a title names a year and an annual report, or is a year alone.

    >>> [speaks_of_a_report(t) for t in ("某局2023年政府信息公开工作年度报告", "2023年", "2023年工作要点", "年报")]
    [True, True, False, False]
    """
    return bool(YEAR_TITLE.fullmatch(title) or (re.search(YEAR, title) and REPORT_LIKE.search(title)))


def entry_of(link: Link) -> ColumnEntry:
    """A link as a line of a column."""
    return ColumnEntry(link.title, link.url, link.published)


def entries_like(page: Page, dialect: re.Pattern[str]) -> Iterator[ColumnEntry]:
    """The column's lines: links whose address speaks the dialect, files, and titles that speak of a report."""
    met = set()
    for link in page.links:
        known = dialect.search(link.url) or is_file(link.url) or speaks_of_a_report(link.title)
        if known and link.title and link.url not in met and link.url != page.url:
            met.add(link.url)
            yield entry_of(link)


def recognition(
    family: str, page: Page, dialect: re.Pattern[str], marks: Iterable[tuple[str, bool, float]]
) -> Recognition | None:
    """Weigh a family's marks: links that speak its dialect, and (name, found, weight) of the page's own marks."""
    found = [(name, weight) for name, here, weight in marks if here]
    speaking = sum(1 for url in {link.url for link in page.links} if dialect.search(url))
    if speaking:
        found.insert(0, (f"{speaking} links like {dialect.pattern}", 0.6 if speaking >= 3 else 0.3))
    if not found:
        return None
    return Recognition(family, min(1.0, sum(weight for _, weight in found)), tuple(name for name, _ in found))
