"""Blocks: when a portal's answer means that it does not want to be asked by a program.

We do not solve challenges and do not disguise ourselves: a block is recorded as `blocked:<kind>`, the host and the
others of its platform are left alone for the rest of the run, and a person may import files saved by hand or ask the
office.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Seen on portals: 412 and 521 hand out a script to be run, the others are the page of a firewall.
KINDS: Mapping[int, str] = {
    401: "forbidden",
    403: "forbidden",
    405: "firewall",
    412: "challenge",
    418: "firewall",
    422: "firewall",
    451: "legal",
    468: "firewall",
    521: "challenge",
}
# With these a page of some size is the portal's own word about one address: no firewall writes so much.
DEPENDS_ON_SIZE = frozenset({403, 405, 418, 422})
SMALL = 16 << 10  # bytes of a page that says no more than "no"; challenges hold a script of some kilobytes
# What challenges leave in the page, whatever their status: 加速乐, 瑞数, and the arg1 that is to be turned into a cookie.
CHALLENGE = re.compile(
    r"__jsl_clearance|\$_ts\s*=\s*window|_\$\w{2}\s*=\s*window\[|acw_sc__v2|/_guard/|var arg1\s*=|/cdn-cgi/challenge"
)
SETS_A_COOKIE_BY_SCRIPT = re.compile(r"<script[^>]*>.{0,4000}document\.cookie", re.S | re.I)
# What firewalls say with status 200. Compared with the words of a small page alone: a report may speak of 安全验证.
FIREWALL = re.compile(
    r"(?:访问|请求)(?:已?被|已经被)(?:系统)?(?:拦截|阻断|拒绝)|\bWAF\b|Web应用防火墙|网站防火墙|安全验证|人机验证|滑动验证|拖动滑块"
    r"|创宇盾|云锁|安全狗|D盾|疑似(?:黑客)?攻击|(?:您|你)的(?:IP|访问)(?:地址)?(?:过于频繁|已?被(?:封|限制|禁止))|请输入验证码|Just a moment"
)
WORDS_OF_A_REFUSAL = 1500  # characters; a column or a report that small would not speak of firewalls
TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.S | re.I)


def block_kind(status: int, role: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> str | None:
    """The kind of block that an answer is; None where it is none. Headers by their names in lower case.

    A robots.txt that may not be read is none: by RFC 9309 it is taken as absent (401, 403), since it names no rule.

    >>> block_kind(412, "report"), block_kind(403, "column"), block_kind(403, "robots"), block_kind(404, "column")
    ('challenge', 'forbidden', None, None)
    >>> block_kind(200, "column", {"content-type": "text/html"}, "<h1>您的访问请求被拦截</h1> 访问已被拦截".encode())
    'firewall'
    """
    headers = headers or {}
    if kind := KINDS.get(status):
        if role == "robots" and kind == "forbidden":
            return None
        if status in DEPENDS_ON_SIZE and len(body) > SMALL:
            return None
        if status == 405 and "allow" in headers:  # by RFC 9110: the address is right, the method is not
            return None
        return kind
    if status not in (200, 202, 203, 429, 503) or not 0 < len(body) <= SMALL or not _is_text(headers):
        return None
    text = _text(body)
    if CHALLENGE.search(text):
        return "challenge"
    if status == 202 and "set-cookie" in headers and "<script" in text.lower():
        return "challenge"
    words = " ".join(TAGS.sub(" ", text).split())
    if not words and SETS_A_COOKIE_BY_SCRIPT.search(text):
        return "challenge"  # nothing to read, only a cookie to be computed
    return "firewall" if len(words) <= WORDS_OF_A_REFUSAL and FIREWALL.search(words) else None


def _is_text(headers: Mapping[str, str]) -> bool:
    media_type = headers.get("content-type", "").lower()
    return not media_type or "html" in media_type or media_type.startswith("text/plain")


def _text(body: bytes) -> str:
    """The body as text, in whichever of the two encodings of portals it is."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")
