"""The HTML reader's walk on BeautifulSoup with lxml: what the reader in use is measured against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from bs4 import BeautifulSoup, NavigableString, Tag

from extract.document import Block, Cell, Document, Paragraph
from extract.grid import Spanned, expand
from extract.readers.charsets import decode
from extract.readers.furniture import read_furniture
from extract.readers.html import (
    ARTICLE_CLASSES,
    ARTICLE_ELEMENT,
    ARTICLE_FORM,
    ARTICLE_IDS,
    BLOCKS,
    LEAST_ARTICLE,
    LONGEST_CELL,
    UNSEEN,
)

ARTICLES = ", ".join([ARTICLE_ELEMENT, f"form[name={ARTICLE_FORM}]", *(f"#{name}" for name in ARTICLE_IDS), *(f".{name}" for name in ARTICLE_CLASSES)])


def read_with_soup(payload: bytes) -> Document:
    """A page as paragraphs and grids of its article, as `extract.readers.html` reads it."""
    soup = BeautifulSoup(decode(payload), "lxml")
    for unseen in soup(UNSEEN):
        unseen.decompose()
    candidates = [(len(node.get_text()), i, node) for i, node in enumerate(soup.select(ARTICLES))]
    article = max(candidates)[2] if candidates and max(candidates)[0] >= LEAST_ARTICLE else soup.body
    blocks: list[Block] = []
    links: list[tuple[str, str]] = []
    if article is not None:
        _walk(article, blocks, links, [])
        article.decompose()
    return Document(
        hashlib.sha256(payload).hexdigest(), "text/html", tuple(blocks), read_furniture(str(soup), soup.get_text(" "), blocks, links)
    )


def _walk(node: Tag, blocks: list[Block], links: list[tuple[str, str]], pending: list[str]) -> None:
    for child in node.children:
        if isinstance(child, NavigableString):
            pending.append(str(child))
        elif isinstance(child, Tag):
            if child.name == "table":
                _flush(blocks, pending)
                _table(child, blocks, links)
            elif child.name == "br":
                _flush(blocks, pending)
            else:
                if child.name in BLOCKS:
                    _flush(blocks, pending)
                if child.name == "a":
                    links.append((str(child.get("href")), child.get_text()))
                _walk(child, blocks, links, pending)
                if child.name in BLOCKS:
                    _flush(blocks, pending)


def _flush(blocks: list[Block], pending: list[str]) -> None:
    if text := " ".join("".join(pending).split()):
        blocks.append(Paragraph(text))
    pending.clear()


def _table(table: Tag, blocks: list[Block], links: list[tuple[str, str]]) -> None:
    rows = [list(row.find_all(["td", "th"], recursive=False)) for row in _rows(table)]
    widest = max(map(len, rows), default=0)
    layout = widest < 2 or (widest < 4 and table.find("table") is not None)
    layout = layout or (widest < 4 and any(len(cell.get_text()) > LONGEST_CELL for row in rows for cell in row))
    if layout:
        for row in rows:
            for cell in row:
                pending: list[str] = []
                _walk(cell, blocks, links, pending)
                _flush(blocks, pending)
        return
    blocks.append(expand([[_spanned(cell) for cell in row] for row in rows]))


def _rows(table: Tag) -> Iterator[Tag]:
    for child in table.find_all(True, recursive=False):
        if child.name == "tr":
            yield child
        elif child.name in ("tbody", "thead", "tfoot"):
            yield from child.find_all("tr", recursive=False)


def _spanned(cell: Tag) -> Spanned:
    text = (
        cell.get_text().strip()
        if len(cell.find_all(["p", "div", "br", "li"])) <= 1
        else "\n".join(cell.stripped_strings)
    )
    return Spanned(Cell(text), int(str(cell.get("rowspan", 1))), int(str(cell.get("colspan", 1))))
