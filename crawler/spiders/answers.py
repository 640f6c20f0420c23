"""Answers as the spiders hand them on: pages as families see them, and which answers are none."""

from __future__ import annotations

from typing import TypeGuard

from scrapy.http import Response, TextResponse

from crawler.families import Ask, Page
from crawler.families.page import without_session

# PDF, ZIP and Office, OLE, RAR, 7z, RTF, JPEG, PNG.
FILES_BEGIN = (
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
    b"\xff\xd8\xff",
    b"\x89PNG",
)


def is_page(response: Response) -> TypeGuard[TextResponse]:
    """Whether an answer is text; what it begins with tells more than what it says of itself."""
    return isinstance(response, TextResponse) and not response.body.startswith(FILES_BEGIN)


def page_of(response: TextResponse, ask: Ask | None = None) -> Page:
    """An answer as a page; `ask` is the request that a family made for it."""
    named = response.headers.items()
    headers = {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in named}
    return Page(without_session(response.url), response.status, headers, response.text, ask)


def media_type_of(response: Response) -> str:
    """What an answer says it is, in words for people."""
    return (response.headers.get("Content-Type") or b"unnamed data").decode("latin-1")
