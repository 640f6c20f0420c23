"""Attachments: the files that a report page carries, and the pictures of a report that is nothing but pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from parsel import Selector

from crawler.families.page import FILE_SUFFIXES, Page, is_file

# Addresses without a file's suffix that deliver one: VSB's download.jsp, Hanweb's downfile.jsp.
DOWNLOAD = re.compile(r"/(?:download|downfile|download_attach)\.jsp\?", re.I)
NAMED_FILE = re.compile(rf"({'|'.join(re.escape(suffix) for suffix in FILE_SUFFIXES)})\W*$", re.I)
ELSEWHERE = "ancestor::header or ancestor::footer or ancestor::nav"
BODIES = (
    "#UCAP-CONTENT", ".TRS_Editor", ".trs_editor_view", ".TRS_UEDITOR", "#zoom", "#Zoom", "#vsb_content",
    ".v_news_content", "#ivs_content", ".Article_content", ".wzzw-article", ".article-content", ".xxgk_content",
    ".news_cont_d_wrap", ".tyxxy_main", ".main-txt", ".mian-cont", "article",
)  # fmt: skip
HARDLY_ANY_TEXT = 200  # characters; a report in words and tables has thousands


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a page: its address and the text of its link."""

    title: str
    url: str


def attachments(page: Page) -> tuple[Attachment, ...]:
    """The page's files in its order, each once."""
    found: dict[str, Attachment] = {}
    for attachment in (*_linked(page), *_embedded(page), *_pictured(page)):
        if attachment.url and attachment.url != page.url:
            found.setdefault(attachment.url, attachment)
    return tuple(found.values())


def _linked(page: Page) -> Iterator[Attachment]:
    for anchor in page.selector.xpath(f"//a[@href][not({ELSEWHERE})]"):
        url = page.urljoin(anchor.attrib["href"])
        title = " ".join("".join(anchor.xpath(".//text()").getall()).split()) or anchor.attrib.get("title", "")
        if viewed := _viewed(page, url):
            yield Attachment(title, viewed)
        elif is_file(url) or DOWNLOAD.search(url) or NAMED_FILE.search(title):
            yield Attachment(title, url)


def _embedded(page: Page) -> Iterator[Attachment]:
    for source in page.selector.xpath("//iframe/@src | //embed/@src | //object/@data").getall():
        url = page.urljoin(source)
        viewed = _viewed(page, url)
        if viewed or is_file(url):
            yield Attachment("", viewed or url)


def _viewed(page: Page, url: str) -> str:
    """The file that a PDF.js viewer shows; its address is resolved against the viewer's."""
    parts = urlsplit(url)
    if not parts.path.endswith("viewer.html"):
        return ""
    file = parse_qs(parts.query).get("file", [""])[0]
    return Page(url, 200).urljoin(file) if file else ""


def _pictured(page: Page) -> Iterator[Attachment]:
    """Pictures in the article's body, where it says hardly anything in words."""
    body = _body(page)
    if body is None:
        return
    text = "".join("".join(body.xpath(".//text()[not(ancestor::script or ancestor::style)]").getall()).split())
    if len(text) < HARDLY_ANY_TEXT:
        for source in body.xpath(".//img/@src").getall():
            yield Attachment("", page.urljoin(source))


def _body(page: Page) -> Selector | None:
    for css in BODIES:
        if found := page.selector.css(css):
            return found[0]
    return None
