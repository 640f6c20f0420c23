"""Web archives (MHTML), as Word and browsers save a page with what belongs to it: the page is read, the rest is not."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

from extract.document import Document, UnreadableDocument
from extract.readers import html
from extract.readers.parts import in_part

# Beyond this the pictures of a web archive are no report's.
MOST_BYTES = 200_000_000


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """The page in a web archive that has the most rows in its tables, the first of several.

    A cell's place is its path in that page, and the page's name within the archive as part.
    """
    if len(payload) > MOST_BYTES:
        raise UnreadableDocument("limit", f"文件有 {len(payload)} 字节（上限 {MOST_BYTES}）")
    message = email.message_from_bytes(payload.lstrip(), policy=email.policy.compat32)
    pages = [(_name(part, number), page) for number, part in enumerate(message.walk(), 1) if (page := _page(part, sha256, media_type))]
    if not pages:
        raise UnreadableDocument("damaged", "网页归档中没有网页")
    name, page = max(pages, key=lambda pair: sum(len(grid.rows) for grid in pair[1].grids))
    return Document(sha256, media_type, tuple(in_part(page.blocks, name)), page.furniture)


def _page(part: Message, sha256: str, media_type: str) -> Document | None:
    if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
        return None
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or not content.strip():
        return None
    return html.read(content, sha256=sha256, media_type=media_type, charset=part.get_content_charset())


def _name(part: Message, number: int) -> str:
    location = str(part.get("Content-Location") or "").strip()
    return location.rpartition("/")[2] or f"part{number}"
