"""What stands around an article: its title, date and office, and the files attached to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.filter import SoupStrainer

from extract.document import Block, Furniture, Link, Paragraph

# Meta names of the government sites' page standard (国办发〔2017〕47号), met in varying case; the first that is
# filled counts.
TITLE_METAS = ("articletitle", "title", "og:title")
DATE_METAS = ("pubdate", "publishdate", "createdate", "og:release_date")
OFFICE_METAS = ("contentsource", "source", "author")
DATE = r"(?P<value>\d{4}\s*[-年./]\s*\d{1,2}\s*[-月./]\s*\d{1,2}\s*日?)"
PUBLISHED = re.compile(rf"(?:发布日期|发布时间|发文日期|公开日期|成文日期|生成日期|日期|时间)\s*[:：]?\s*{DATE}")
PUBLISHER = re.compile(
    r"(?:发布机构|发布单位|公开主体|信息来源|来源|发文机关)\s*[:：]\s*(?P<value>[^\s:：,，。;；|【\[（(]{2,40})"
)
FRAMES = ("iframe", "embed", "object")
TAGS = ("meta", "title", "h1", "a", *FRAMES)
LOOKED_AT = SoupStrainer(list(TAGS))  # an element that nobody looks at costs as much as one that matters
ATTACHED = re.compile(r"\.(?:docx?|wps|pdf|xlsx?|et|ofd|rtf|zip|rar|7z|jpe?g|png|tiff?)$", re.IGNORECASE)
DOWNLOADS = ("download.jsp", "downfile.jsp", "downloadattachurl", "attachment")
# 标题_站名, 标题-栏目-站名, 标题 | 站名: what a <title> adds to the article's own.
SITE_NAME = re.compile(r"\s*(?:[_|｜]|\s[-–—]\s|--+|[-–—](?=[^-–—]*(?:网|网站|门户|政府|频道|平台)$)).*$")
EMPTY = {"", "0000", "0", "null", "undefined"}
# A publication line printed inside the article stands before or right under its title.
FIRST_PARAGRAPHS = 6


def read_furniture(markup: str, text: str, blocks: Sequence[Block], links: Iterable[tuple[str, str]]) -> Furniture:
    """The furniture of a page whose article was cut out of `markup`, and whose words outside it are `text`; links of the
    article are (target, text) pairs."""
    soup = BeautifulSoup(markup, "lxml", parse_only=LOOKED_AT, multi_valued_attributes=None)
    tags: dict[str, list[Tag]] = {name: [] for name in TAGS}
    for tag in soup.find_all(TAGS):
        tags[tag.name].append(tag)
    metas = {
        str(meta.get("name") or meta.get("property") or "").lower(): str(meta.get("content") or "").strip()
        for meta in tags["meta"]
    }
    first = [
        block.text for block in blocks[:FIRST_PARAGRAPHS] if isinstance(block, Paragraph) and len(block.text) < 120
    ]
    around = "\n".join([" ".join(text.split()), *first])
    titles = [
        _meta(metas, TITLE_METAS),
        *(h.get_text(" ", strip=True) for h in tags["h1"]),
        _own_title(tags["title"][0].get_text() if tags["title"] else ""),
    ]
    anchors = [(str(a.get("href") or ""), a.get_text(" ", strip=True)) for a in tags["a"]]
    frames = [(str(f.get("src") or f.get("data") or ""), "") for name in FRAMES for f in tags[name]]
    return Furniture(
        titles=tuple(dict.fromkeys(" ".join(title.split()) for title in titles if title and title.strip())),
        published=_meta(metas, DATE_METAS) or _first(PUBLISHED, around),
        publisher=_first(PUBLISHER, around) or _meta(metas, OFFICE_METAS),
        links=tuple(_attachments([*links, *anchors, *frames])),
    )


def _own_title(title: str) -> str:
    """The article's part of a <title>."""
    return SITE_NAME.sub("", " ".join(title.split()))


def _meta(metas: dict[str, str], names: Sequence[str]) -> str | None:
    return next((metas[name] for name in names if metas.get(name, "") not in EMPTY), None)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match["value"].strip() if match else None


def _attachments(links: Iterable[tuple[str, str]]) -> Iterable[Link]:
    seen = set()
    for target, text in links:
        parts = urlsplit(target)
        file = parse_qs(parts.query).get("file", [""])[0] if "viewer" in parts.path else ""
        address = unquote(file) or target
        is_file = ATTACHED.search(urlsplit(address).path) or any(mark in target.lower() for mark in DOWNLOADS)
        if is_file and address not in seen:
            seen.add(address)
            yield Link(address, text)
