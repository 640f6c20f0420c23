"""Link: how links are read off a page, with what stands around them; also those that stand in scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.families.page import Page

DATE = re.compile(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|(?<!\d)\d{2}-\d{2}(?!\d)")
# What a link says where the title stands beside it.
SAYS_NOTHING = re.compile(
    r"(点击|在线|全文|详细)?(查看|浏览|阅读|下载|打开|进入)(全文|详情|详细|附件|报告|内容|年报)?|详情|详细|附件|全文"
)
NEXT_TEXTS = frozenset({"下页", "下一页", "下一頁", "后一页", "后页", "next"})
# Addresses behind a click: onclick="window.open('/a.html')", href="javascript:goUrl('a.html')", data-url="/a.html".
CLICKED = re.compile(
    r"""(?:(?:open|replace|assign|\w*(?:url|link|open|goto|jump|href|view|show|detail)\w*)\s*\(|location(?:\.href)?\s*=)"""
    r"""\s*['"]([^'"]*[./][^'"]*)['"]""",
    re.I,
)
KEPT_IN = ("data-url", "data-href", "data-link", "data-src")
CLICKABLE = ("li", "tr", "td", "div", "span", "p", "dd", "button")
# Lists that a script writes into the page.
WRITTEN = re.compile(
    r"""(?:document\.write(?:ln)?\(|\.innerHTML\s*\+?=|\.(?:html|append)\()\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1""", re.S
)


@dataclass(frozen=True)
class Link:
    """A link with what stands around it: `block` is the same for links that stand in one list."""

    title: str
    url: str
    published: str | None
    block: str


def links_of(page: Page) -> Iterator[Link]:
    """The page's links in its order, then those that its scripts write; a script's own are only the latter."""
    if not is_script(page):
        for anchor in page.elements("a"):
            yield from _link(page, anchor)
        if "onclick" in page.text or any(name in page.text for name in KEPT_IN):
            for element in page.elements(*CLICKABLE):
                if element.get("onclick") or any(element.get(name) for name in KEPT_IN):
                    yield from _link(page, element)
    for written in written_by_script(page.text):
        yield from page.fragment(written).links


def is_script(page: Page) -> bool:
    """Whether the page is a script and no HTML."""
    named = "javascript" in page.headers.get("content-type", "") or page.url.partition("?")[0].endswith(".js")
    return named and not page.text.lstrip().startswith("<")


def written_by_script(text: str) -> Iterator[str]:
    """The HTML with links that scripts write: document.write('<li><a href="…">…').

    >>> list(written_by_script('<script>document.write("<a href=\\\\"a.html\\\\">2023年</a>")</script>'))
    ['<a href="a.html">2023年</a>']
    """
    pieces = [re.sub(r"\\(.)", r"\1", match[2]) for match in WRITTEN.finditer(text) if "<" in match[2]]
    if any("<a" in piece for piece in pieces):
        yield "".join(pieces)


def next_link(page: Page) -> str | None:
    """Where the link 下一页 leads, if it leads to another page."""
    for anchor in page.elements("a", "span", "button"):
        if len(anchor) > 3:
            continue
        text = "".join("".join(anchor.itertext()).split()).lower().strip("<>»›[]")
        if text in NEXT_TEXTS or (anchor.get("title") or "").strip() in NEXT_TEXTS:
            url = address_of(page, anchor)
            if url and url != page.url:
                return url
    return None


def address_of(page: Page, element: Any) -> str:
    """Where a click on the element leads: its href, else what stands in data-url or onclick; empty if nowhere."""
    href = (element.get("href") or "").strip()
    if href and not href.startswith("#") and not href.lower().startswith("javascript:"):
        return page.urljoin(href)
    for kept in KEPT_IN:
        if value := element.get(kept):
            return page.urljoin(value)
    clicked = CLICKED.search(element.get("onclick") or "") or CLICKED.search(href)
    return page.urljoin(clicked[1]) if clicked else ""


def _link(page: Page, element: Any) -> Iterator[Link]:
    url = address_of(page, element)
    if not url:
        return
    pieces = [" ".join(piece.split()) for piece in element.itertext()]
    dates = [piece for piece in pieces if DATE.fullmatch(piece.strip("[]（）()"))]
    text = "".join(piece for piece in pieces if piece not in dates)
    title = " ".join((element.get("title") or "").split())
    # Lists shorten long titles and keep the whole in the attribute; elsewhere it may say 点击查看.
    shortened = text.rstrip("….").rstrip()
    longer = len(title) > len(text) or shortened != text
    whole = title if title and longer and title.startswith(shortened[:8]) else text or title
    if SAYS_NOTHING.fullmatch(whole):
        whole = _row_of(element) or whole
    yield Link(whole, url, dates[0] if dates else _date_beside(element), _block(element))


def _row_of(element: Any) -> str:
    """The longest piece of text in the row of a link that says only 查看, if the row has no second link with a title."""
    row = next(element.iterancestors("tr", "li", "dd"), None)
    if row is None:
        return ""
    pieces = (" ".join(piece.split()) for piece in row.itertext())
    return max((piece for piece in pieces if not SAYS_NOTHING.fullmatch(piece)), key=len, default="")


def _date_beside(element: Any) -> str | None:
    """The date in the smallest surrounding element that holds no other link, as printed."""
    for around in islice(element.iterancestors(), 4):
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


def _block(element: Any) -> str:
    """Tags and classes above the link: equal for the links of one list."""
    # Rows of one list differ in class (odd, last); what holds them does not.
    rows = ("li", "tr", "td", "dd", "dt")
    return "/".join(
        node.tag if node.tag in rows else f"{node.tag}.{node.get('class')}" for node in element.iterancestors()
    )
