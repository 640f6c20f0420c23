"""Wrappers: where the list or the report really stands when a page is only its frame, and what a page seems to be.

Frames, specialurl=, location.href, lists in included scripts, sub-columns, and the column that itself is the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from crawler.bodies import read_body
from crawler.families.links import SAYS_NOTHING
from crawler.families.page import YEAR, YEAR_TITLE, ColumnEntry, Page, is_file
from crawler.titles import plain, read_title

SHELL = 3000  # characters; pages that only lead elsewhere were seen with 342 to 974
LEADS_TO = re.compile(
    r"""(?:(?:window|document|self|top|parent)\s*\.\s*)*location(?:\s*\.\s*href)?\s*(?:=|\.(?:replace|assign)\()\s*['"]([^'"]+)['"]"""
)
ONCLICK = re.compile(r"""\bon\w+\s*=\s*("[^"]*"|'[^']*')""", re.I)
# Scripts that every site has: told by the file's name, or by the folder of a library. /static/ is no such folder.
LIBRARY = re.compile(
    r"(?:jquery|bootstrap|swiper|layui|vue|echarts|slick)[^/]*(?:/[^/]*)*$"
    r"|(?:min\.js|share|analy|tongji|(?<![a-z])stat(?!ic)|hm\.js|base\.js)[^/]*$"
    r"|/(?:app|main|index|vendors?|runtime|chunk[\w-]*)\.[0-9a-f]{4,}\.js$",  # packed programs
    re.I,
)
COMMON = re.compile(r"common[^/]*$", re.I)
# Words of which the names of groups consist: 各县（市、区）, 市直部门, 乡镇街道, 部门年报.
GROUP = re.compile(
    r"(?:历年|往年|各|省|州|市|县|区|旗|盟|人民|政府|本级|直属|直|所属|有关|工作|委办局|委|办|局|厅|部门|机构|单位|乡|镇|街道?|道|场|办事处"
    r"|开发区|功能区|园区|管委会|垂直|管理|驻|其他|及|和|与|以及|[、（）()/·\-\s]|企?事业|年度?报告?|信息公开|年)+"
)
LONGEST = 24  # characters; what is longer is no body's name but a report's title
MORE = re.compile(r"更多|more|查看更多|全部", re.I)
# Folders of annual reports: zfxxgknb, gknb2023, 2023nb, ndbg, nianbao, XxgkAnnualReport.
OF_REPORTS = re.compile(r"(?:gk|gzf|[/\d_-])nb(?![a-z])|ndbg|nianbao|gzbg|xxgkbg|annualreport", re.I)
# A link that names a year and a report, in the raw text: to look before a page is taken apart.
REPORT_LINK = re.compile(rf"<a\b[^<]*{YEAR}\s*年[^<]*(?:年\s*报|年度\s*报告|年度工作报告)")
FEW_WORDS = 600  # characters outside links; a report has thousands
MANY_WORDS = 1200  # characters outside links that no list of fifty lines with dates has
HEADINGS = ("h1", "h2", "h3")


def frames(page: Page) -> tuple[str, ...]:
    """The addresses that the page shows in frames, and what specialurl= of its own address or a link's names."""
    found = [page.urljoin(element.get("src") or "javascript:") for element in page.elements("iframe", "frame")]
    found += [page.urljoin(special) for address in (page.url, *found) for special in _special(address)]
    return tuple(dict.fromkeys(url for url in found if url and url != page.url and not is_file(url)))


def _special(address: str) -> list[str]:
    query = urlsplit(address).query
    return parse_qs(query).get("specialurl", []) if "specialurl" in query else []


def leads_to(page: Page) -> str | None:
    """Where the script of a page that shows nothing leads at once."""
    if len(page.text) > SHELL:
        return None
    match = LEADS_TO.search(ONCLICK.sub("", page.text))
    url = page.urljoin(match[1]) if match else ""
    return url if url and url != page.url else None


def list_scripts(page: Page) -> tuple[str, ...]:
    """Scripts of the page's own host that may write its list: such as are no known library."""
    sources = (element.get("src") for element in page.elements("script"))
    urls = (page.urljoin(source) for source in sources if source and not is_library(source))
    host = urlsplit(page.url).netloc
    own = (url for url in urls if urlsplit(url).netloc == host and not COMMON.search(urlsplit(url).path))
    return tuple(dict.fromkeys(own))[:3]


def is_library(source: str) -> bool:
    """Whether a script's address is that of a known library, or of one that counts visitors.

    >>> [is_library(source) for source in ("/js/jquery.min.js", "/vue/2.6/run.js", "/js/stat.js", "/static/menu.js")]
    [True, True, True, False]
    """
    return bool(LIBRARY.search(urlsplit(source).path))


def subcolumns(page: Page) -> Iterator[ColumnEntry]:
    """The columns below this one: a year, a group of bodies, a body, 更多; only in the column's own tree."""
    for link in page.links:
        if len(link.title) > LONGEST or is_file(link.url) or not _in_tree(page.url, link.url):
            continue
        title = plain(link.title).strip(">》»+ ")
        if YEAR_TITLE.fullmatch(title) or MORE.fullmatch(title) or _names_bodies(title):
            yield ColumnEntry(link.title, link.url, link.published, is_column=True)


def _names_bodies(title: str) -> bool:
    """Whether a title is nothing but the name of a body or a group of them.

    >>> [_names_bodies(t) for t in ("各县（市、区）", "市教育局", "曲江镇", "政务公开", "首页")]
    [True, True, True, False, False]
    """
    if SAYS_NOTHING.fullmatch(title):
        return False
    body = None if GROUP.fullmatch(title) else read_body(title)
    return bool(GROUP.fullmatch(title)) or (body is not None and body.kind != "enterprise")


def _in_tree(column: str, url: str) -> bool:
    """Whether an address stands below a column's: in its folder, or as another query to it, or in a 年报 folder."""
    own, other = urlsplit(column), urlsplit(url)
    if own.hostname != other.hostname or _page_name(own.path) == _page_name(other.path):
        same = own.hostname == other.hostname and own.path == other.path
        return same and other.query != "" and own.query != other.query
    folder = own.path.rpartition("/")[0] + "/"
    # /xxgk/zfxxgknb.htm has its tree in /xxgk/zfxxgknb/; beside it stand the other columns of /xxgk/.
    if not re.search(r"/(?:index|default|list|\w*_list|\w*list)?[\w]{0,3}(?:\.\w+)?$", own.path) and "." in own.path:
        folder = own.path.rpartition(".")[0] + "/"
    below = folder != "/" and other.path.startswith(folder) and other.path != folder  # below / stands everything
    return below or bool(OF_REPORTS.search(other.path.rpartition("/")[0]) and not own.path.startswith(other.path))


def _page_name(path: str) -> str:
    return re.sub(r"(?:index|default)\.\w+$", "", path)


def is_home(url: str) -> bool:
    """Whether an address is that of a portal's home page."""
    parts = urlsplit(url)
    return _page_name(parts.path) in ("", "/") and not parts.query


def lists_reports(page: Page) -> bool:
    """Whether a page that was taken for a report is the list of several, or has hardly any words but its links."""
    found = len(REPORT_LINK.findall(page.text))
    return found >= 3 or (found > 0 and words_outside_links(page) < FEW_WORDS)


def words_outside_links(page: Page) -> int:
    """How many characters the page shows that are no link's."""
    words = page.selector.xpath("//body//text()[not(ancestor::a or ancestor::script or ancestor::style)]").getall()
    return sum(len("".join(word.split())) for word in words)


def own_title(page: Page) -> str | None:
    """The title by which a page is itself a report: of its meta tag, a heading, or its window."""
    named = page.selector.xpath(
        "//meta[translate(@name, 'ARTICLE', 'article') = 'articletitle' or"
        " translate(@name, 'ARTICLET', 'articlet') = 'articletitle']/@content"
    ).getall()
    headings = ["".join(heading.itertext()) for heading in page.elements(*HEADINGS)]
    for title in (*named, *headings, *page.selector.xpath("//title/text()").getall()):
        text = " ".join(title.split())
        told = read_title(text, url=page.url)
        if told.kind == "report" and (told.report_year or told.issuing_body):
            return text
    return None


def seen(page: Page) -> str:
    """What a page that nobody understands has, in a few words."""
    title = " ".join((page.selector.xpath("//title/text()").get() or "").split())
    scripts = [urlsplit(source).path for source in page.selector.xpath("//script/@src").getall()]
    parts = [
        f"title {title!r}" if title else "no title",
        f"{len(page.text)} characters",
        f"{len(page.links)} links",
        f"{len(frames(page))} frames",
        f"scripts {' '.join(scripts[:4])}" if scripts else "no scripts",
    ]
    return ", ".join(parts)
