"""Absence: answers that say that a page is not there any more, whatever their status says.

404 and 410 need no interpretation. Many portals answer 200 with a page of regret (a soft 404), or send the reader to
their home page. Such an answer is archived like any other, but with the error `gone:<kind>`: it is no state of a report.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from crawler.families.wrappers import is_home
from crawler.furniture import visible_text
from crawler.portals import host_of

GONE = "gone:"
NOT_FOUND = (404, 410)
REDIRECTS = (301, 302, 303, 307, 308)
# A page about one thing only: a report that speaks of 不存在 is longer, or has tables.
WORDS_OF_REGRET = 1500  # characters beside the navigation that a page of regret may have
FEW_WORDS = 200
TITLE = re.compile(rb"<title[^>]*>(.{0,400}?)</title", re.S | re.I)
HEAD_ENDS = 20_000  # bytes within which a title stands
TITLE_OF_REGRET = re.compile(
    r"(?<!\d)404(?!\d)|not\s+found|(?:页面|网页|内容|文章)(?:不存在|未找到|找不到|已(?:经)?(?:被)?删除)|找不到(?:页面|网页|文件|内容)",
    re.I,
)
LONGEST_TITLE = 60  # characters
REGRET = re.compile(
    r"(?:页面|网页)(?:可能)?(?:不存在|未找到|已(?:经)?(?:被)?(?:删除|移除|下线))"
    r"|[您你]所?(?:要)?(?:访问|查找|请求|浏览|查看)的?(?:页面|网页|信息|内容|文章|文件|栏目|地址|资源)[^。]{0,12}"
    r"(?:不存在|未找到|找不到|已(?:经)?(?:被)?(?:删除|移除|下线|撤销|过期))"
    r"|(?:抱歉|对不起)[^。]{0,20}(?:不存在|找不到|未找到|已(?:被)?删除)|404\s+(?:Not Found|error)|Page Not Found",
    re.I,
)
# Said by a page of hardly any words; a report may say them of an application.
SHORT_REGRET = re.compile(
    r"[该此本](?:信息|页面|文章|内容|文件|稿件|文档)(?:已(?:经)?(?:被)?(?:删除|撤销|下线|移除)|不存在)|(?:文件|内容|文章|(?<!政府)信息)不存在|not found",
    re.I,
)
# Looked for in the bytes first: nearly all pages are reports, and reading their words takes milliseconds.
BEYOND_ASCII = bytes(range(128, 256))
MOST_BYTES_OF_REGRET = 12_000  # beyond ASCII; words stand in attributes too, and a sign has up to three bytes
CHINESE = ("不存在", "找不到", "未找到", "删除", "移除", "下线", "撤销", "过期")
HINTS = (b"not found", b"404", b"refresh", b"location", *(word.encode(code) for word in CHINESE for code in ("utf-8", "gb18030")))
NOT_FOUND_PAGE = re.compile(r"/(?:404|notfound|not_found|error404|err404)(?:\.\w+)?/?$", re.I)
GOES = re.compile(
    r"""<meta[^>]+http-equiv\s*=\s*["']?refresh["']?[^>]+url\s*=\s*["']?(?P<meta>[^"'>\s]+)"""
    r"""|(?:window|self|top|document|parent)\.location(?:\.href)?\s*=\s*["'](?P<script>[^"']+)["']"""
    r"""|location\.(?:href\s*=|replace\s*\()\s*["'](?P<replaced>[^"']+)["']""",
    re.I,
)


def absence(status: int, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """Why an answer is no page but says that there is none: `soft_404`, or `home` (moved to the home page); else None.

    404 and 410 are not judged here: their status says it. Headers by their names in lower case; the body unpacked.

    >>> absence(302, "http://www.x.gov.cn/a.html", {"location": "/index.html"}, b"")
    'home'
    >>> absence(200, "http://www.x.gov.cn/a.html", {"content-type": "text/html"}, "<p>您访问的页面不存在".encode())
    'soft_404'
    >>> absence(200, "http://www.x.gov.cn/a.html", {"content-type": "text/html"}, "<p>政府信息不存在 3 件".encode())
    """
    if status in REDIRECTS:
        return _leads_away(url, headers.get("location", ""))
    if status != 200 or "html" not in headers.get("content-type", "text/html").lower():
        return None
    title = TITLE.search(body, 0, HEAD_ENDS)
    named = " ".join(html.unescape(_decoded(title[1])).split()) if title else ""
    if len(named) <= LONGEST_TITLE and TITLE_OF_REGRET.search(named):
        return "soft_404"
    if len(body) - len(body.translate(None, BEYOND_ASCII)) > MOST_BYTES_OF_REGRET:
        return None
    lowered = body.lower()
    if not any(hint in lowered for hint in HINTS):
        return None
    page = _decoded(body)
    words = visible_text(page)
    if len(words) <= FEW_WORDS:
        if goes := GOES.search(page):
            return _leads_away(url, html.unescape(next(filter(None, goes.groups()))))
        if SHORT_REGRET.search(words):
            return "soft_404"
    return "soft_404" if len(words) <= WORDS_OF_REGRET and REGRET.search(words) else None


def _leads_away(url: str, location: str) -> str | None:
    """Whether a page's new place is none: the home page of the same portal, or its page of regret."""
    if not location or is_home(url):
        return None
    try:
        target = urljoin(url, location.strip())
    except ValueError:
        return None
    if NOT_FOUND_PAGE.search(urlsplit(target).path):
        return "soft_404"
    same = host_of(target).removeprefix("www.") == host_of(url).removeprefix("www.")
    return "home" if same and is_home(target) else None


def _decoded(body: bytes) -> str:
    """The body as text, in whichever of the two encodings of portals it is."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")
