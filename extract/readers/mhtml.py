"""Web archives (MHTML), as Word and browsers save a page with what belongs to it: the page is read, the rest is not."""

from __future__ import annotations

import email
import email.policy
from email.errors import CloseBoundaryNotFoundDefect
from email.header import decode_header, make_header
from email.message import Message
from urllib.parse import unquote

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
    parts = list(message.walk())
    if any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects) and _is_page(parts[-1]):
        raise UnreadableDocument("damaged", "网页归档残缺：没有结尾标记")
    pages = [
        (
            _name(part, number),
            html.read(content, sha256=sha256, media_type=media_type, charset=part.get_content_charset()),
        )
        for number, part in enumerate(parts, start=1)
        if _is_page(part) and isinstance(content := part.get_payload(decode=True), bytes) and content.strip()
    ]
    if not pages:
        raise UnreadableDocument("damaged", "网页归档中没有网页")
    name, page = max(pages, key=lambda pair: sum(len(grid.rows) for grid in pair[1].grids))
    return Document(sha256, media_type, tuple(in_part(page.blocks, name)), page.furniture)


def _is_page(part: Message) -> bool:
    return part.get_content_type() in ("text/html", "application/xhtml+xml")


def _name(part: Message, number: int) -> str:
    """A page's own name: the last step of its address, which is written plain, in percent signs or as mail encodes it."""
    written = next((value for key, value in part.raw_items() if key.lower() == "content-location"), "")
    plain = str(written).encode("ascii", "surrogateescape").decode("utf-8", errors="replace")
    if plain.isascii():
        plain = unquote(str(make_header(decode_header(plain))))
    return plain.strip().rpartition("/")[2] or f"part{number}"
