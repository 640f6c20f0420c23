"""From bytes to text: which encoding a Chinese page is really in."""

from __future__ import annotations

import codecs
import re

BOMS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]
META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
# Pages declared gb2312 hold characters of GBK and GB18030; the largest of the three reads all of them.
WIDENED = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "utf8": "utf-8"}


def decode(payload: bytes, declared: str | None = None) -> str:
    """The text of a payload: by its byte order mark, then the charset declared by HTTP, then by its own meta element,
    then strict UTF-8, then GB18030 with U+FFFD for what is no character."""
    for bom, encoding in BOMS:
        if payload.startswith(bom):
            return payload.decode(encoding, errors="replace")
    named = [declared] if declared else []
    if match := META.search(payload[:8192]):
        named.append(match[1].decode("ascii"))
    for name in (*named, "utf-8"):
        encoding = WIDENED.get(name.lower(), name.lower())
        try:
            return payload.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue  # a wrong declaration; the next claim is tried
    return payload.decode("gb18030", errors="replace")
