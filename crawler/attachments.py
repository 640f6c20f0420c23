"""Attachments: the files that a report page carries, and the pictures of a report that is nothing but pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lxml.etree import Comment

from crawler.families import gkmlpt
from crawler.families.links import address_of
from crawler.families.page import FILE_SUFFIXES, Page, is_file
from crawler.families.wrappers import FEW_WORDS, words_outside_links

# Addresses without a file's suffix that deliver one: VSB's download.jsp, Hanweb's downfile.jsp and /attach/0/.
DOWNLOAD = re.compile(
    r"/(?:download|downfile|download_attach|downloadfile|filedownload)\w*\.(?:jsp|do|aspx|ashx|action|php)\?|/attach/0/",
    re.I,
)
NAMED_FILE = re.compile(rf"({'|'.join(re.escape(suffix) for suffix in FILE_SUFFIXES)})\W*$", re.I)
# What the address or the text of every link has that may be a file's: looked for before anything is resolved.
MAY_BE_A_FILE = re.compile(rf"viewer\.html|down|attach|{'|'.join(re.escape(suffix) for suffix in FILE_SUFFIXES)}", re.I)
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
    if body := gkmlpt.body(page):
        page = page.fragment(f'<div id="zoom">{body}</div>')
    found: dict[str, Attachment] = {}
    for attachment in (*_linked(page), *_embedded(page), *_framed(page), *_pictured(page)):
        if attachment.url and attachment.url != page.url:
            found.setdefault(attachment.url, attachment)
    return tuple(found.values())


def _linked(page: Page) -> Iterator[Attachment]:
    unsure = MAY_BE_A_FILE.search(page.base_url)  # below /attach/0/ a relative address need not say anything
    for anchor in page.elements("a"):
        if not unsure and not MAY_BE_A_FILE.search("\n".join((*anchor.attrib.values(), *anchor.itertext()))):
            continue
        url = address_of(page, anchor)
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


def _framed(page: Page) -> Iterator[Attachment]:
    """The report as a page of its own in a frame, where the page around it says hardly anything."""
    host = urlsplit(page.url).netloc
    sources = (page.urljoin(frame.get("src") or "javascript:") for frame in page.elements("iframe"))
    own = [url for url in sources if urlsplit(url).netloc == host and not is_file(url) and not _viewed(page, url)]
    if own and words_outside_links(page) < FEW_WORDS:
        yield from (Attachment("", url) for url in own)


def _viewed(page: Page, url: str) -> str:
    """The file that a PDF.js viewer shows; its address is resolved against the viewer's."""
    if "viewer.html" not in url:
        return ""
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
    # Pages that load their pictures late keep the address apart.
    kept = ("data-original", "data-src", "src")
    sources = [] if body is None else [[img.get(name) for name in kept if img.get(name)] for img in body.iter("img")]
    pictures = [found[0] for found in sources if found]
    if body is None or not pictures:
        return
    words = (f"{element.text or ''} {element.tail or ''}" for element in body.iter() if element.tag not in UNSEEN)
    if len("".join(" ".join(words).split())) < HARDLY_ANY_TEXT:
        for source in pictures:
            yield Attachment("", page.urljoin(source))


def _is_body(element: Any) -> bool:
    return element.get("id") in BODY_IDS or not BODY_CLASSES.isdisjoint((element.get("class") or "").split())
