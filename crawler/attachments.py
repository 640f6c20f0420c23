"""Attachments: the files that a report page carries, and the pictures of a report that is nothing but pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lxml.etree import Comment

from crawler.families.page import FILE_SUFFIXES, Page, is_file

# Addresses without a file's suffix that deliver one: VSB's download.jsp, Hanweb's downfile.jsp.
DOWNLOAD = re.compile(r"/(?:download|downfile|download_attach)\.jsp\?", re.I)
NAMED_FILE = re.compile(rf"({'|'.join(re.escape(suffix) for suffix in FILE_SUFFIXES)})\W*$", re.I)
UNSEEN = ("script", "style", Comment)
FURNITURE = ("header", "footer", "nav")
# Where the families put the article's body, by id and by class.
BODY_IDS = frozenset({"UCAP-CONTENT", "zoom", "Zoom", "vsb_content", "ivs_content"})
BODY_CLASSES = frozenset({
    "TRS_Editor", "trs_editor_view", "TRS_UEDITOR", "v_news_content", "Article_content", "wzzw-article",
    "article-content", "xxgk_content", "news_cont_d_wrap", "tyxxy_main", "main-txt", "mian-cont",
})  # fmt: skip
BODY_TAGS = ("div", "form", "article", "section")
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
    for anchor in page.elements("a"):
        url = page.urljoin(anchor.get("href") or "javascript:")
        if not url or next(anchor.iterancestors(*FURNITURE), None) is not None:
            continue
        title = " ".join("".join(anchor.itertext()).split()) or anchor.get("title") or ""
        if viewed := _viewed(page, url):
            yield Attachment(title, viewed)
        elif is_file(url) or DOWNLOAD.search(url) or NAMED_FILE.search(title):
            yield Attachment(title, url)


def _embedded(page: Page) -> Iterator[Attachment]:
    for element in page.elements("iframe", "embed", "object"):
        url = page.urljoin(element.get("src") or element.get("data") or "javascript:")
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
    if next(page.elements("img"), None) is None:
        return
    body = next((element for element in page.elements(*BODY_TAGS) if _is_body(element)), None)
    pictures = [] if body is None else [picture.get("src") for picture in body.iter("img") if picture.get("src")]
    if body is None or not pictures:
        return
    words = (f"{element.text or ''} {element.tail or ''}" for element in body.iter() if element.tag not in UNSEEN)
    if len("".join(" ".join(words).split())) < HARDLY_ANY_TEXT:
        for source in pictures:
            yield Attachment("", page.urljoin(source))


def _is_body(element: Any) -> bool:
    return element.get("id") in BODY_IDS or not BODY_CLASSES.isdisjoint((element.get("class") or "").split())
