"""Page furniture: what a page shows differently at every visit though nobody has edited it.

Visit counters, the date of today, scripts and tokens. Two answers that differ in nothing else are one state of a page.
"""

from __future__ import annotations

import re

from crawler.characters import nfkc

UNREAD = re.compile(r"<(script|style|noscript|template|svg)\b.*?</\1\s*>|<!--.*?-->", re.S | re.I)
TAGS = re.compile(r"<[^>]*>")
# Blocks end lines: a counter must not be joined with the paragraph beside it.
BLOCKS = re.compile(r"</?(?:p|div|li|ul|tr|td|th|h\d|br|table|section|body)\b[^>]*>", re.I)
ENTITIES = re.compile(r"&(?:nbsp|ensp|emsp|#160|#12288);")
DAY = r"(?:19|20)?\d\d\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*日?"
WEEKDAY = r"(?:星期|周)[一二三四五六日天]"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
# Each is a label with its number. A number of 万 or 余 is prose: 网站访问量 120 万次.
FURNITURE = re.compile(
    r"(?:浏览|访问|点击|阅读|查看|点阅|访客|人气)(?:总)?(?:(?:次数|数量|人数|人次|量|数|率)\s*:?|\s*:)\s*[\[【(]?\s*[\d,]+(?!\s*[\d.]*\s*[万亿余多])"
    r"\s*[\]】)]?\s*(?:人次|次|人)?"
    r"|[\d,]+\s*(?:人次|次|人)\s*(?:浏览|访问|点击|阅读|查看)(?!量)"
    r"|您是[^。\n]{0,6}?第?\s*[\d,]+\s*(?:位|个|名)(?:访客|访问者|浏览者|来访者|读者)"
    r"|(?:当前)?在线(?:人数|访客)\s*:?\s*[\d,]+\s*人?"
    rf"|(?:今天|今日|现在|当前时间|北京时间|服务器时间|系统时间|打印时间|访问时间)(?:日期)?(?:是|为)?\s*:?\s*{DAY}"
    rf"(?:\s*,?\s*{WEEKDAY})?(?:\s*{CLOCK})?"
    rf"|{DAY}\s*{WEEKDAY}(?:\s*{CLOCK})?"
    r"|\b(?:views?|hits?|visits?|visitors?)\s*:\s*[\d,]+",
    re.I,
)
NEIGHBOURS = re.compile(r"\s*(?:上一[篇条]|下一[篇条]|上篇|下篇)\s*:.*")  # change when another page is published
# A line of furniture is short; a paragraph of prose ends with a full stop, and every figure in it counts.
LONGEST_LINE = 120  # characters


def visible_text(page: str) -> str:
    """What a reader sees of a page's HTML: its words with single spaces, tags, scripts and comments left out.

    >>> visible_text("<p>浏览次数：<script>hits()</script> <b>12</b></p>")
    '浏览次数： 12'
    """
    return " ".join(ENTITIES.sub(" ", TAGS.sub(" ", UNREAD.sub(" ", page))).split())


def without_furniture(text: str) -> str:
    """Running text, a line a paragraph, without what changes at every visit, without blanks, in plain characters.

    >>> without_furniture("发布日期：2024-01-29　浏览次数：【 123 】次\\n全年网站访问量 120 万次")
    '发布日期:2024-01-29\\n全年网站访问量120万次'
    """
    lines = ("".join(_stripped(line).split()) for line in nfkc(text).splitlines())
    return "\n".join(line for line in lines if line)


def same_to_a_reader(before: bytes, after: bytes) -> bool:
    """Whether two HTML pages show the same words, page furniture left aside."""
    was, now = _shown(before), _shown(after)
    if len(was) == len(now):  # as where a counter moved; then only those lines need be looked at that differ
        differing = [pair for pair in zip(was, now, strict=True) if pair[0] != pair[1]]
        if all(without_furniture(one) == without_furniture(other) for one, other in differing):
            return True
    return without_furniture("\n".join(was)) == without_furniture("\n".join(now))


def _shown(body: bytes) -> list[str]:
    """The lines of a page as a reader sees them."""
    try:
        page = body.decode("utf-8")
    except UnicodeDecodeError:
        page = body.decode("gb18030", "replace")
    seen = BLOCKS.sub("\n", UNREAD.sub(" ", page).replace("\n", " "))
    return ENTITIES.sub(" ", TAGS.sub(" ", seen)).split("\n")


def _stripped(line: str) -> str:
    if len(line) > LONGEST_LINE or "。" in line:
        return line
    return "" if NEIGHBOURS.match(line) else FURNITURE.sub("", line)
