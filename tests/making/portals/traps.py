"""Portals on which a crawler could go round for ever, or that say nothing it understands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from making.portals.pages import NOISE, column, html, report, reports, said
from making.portals.serving import Answer, Content, LocalPortal, Met

LINES = [
    (f"/nb/202401/t20240115_471{n}.html", said(f"{town}人民政府"))
    for n, town in enumerate(("曲江镇", "上塘镇", "拖船镇"))
]
URLS = [url for url, _ in LINES]


def portals() -> Iterator[LocalPortal]:
    """All of them."""
    yield calendar()
    yield almanac()
    yield endless_old()
    yield endless_new()
    yield sessions()
    yield sessions_in_the_path()
    yield loop()
    yield drawn_by_program()
    yield only_noise()
    yield led_home()
    yield empty_label()


def calendar() -> LocalPortal:
    """Years that lead to years before and after them, below ever other addresses."""

    def year(met: Met) -> str:
        own = int(met.query.get("y", 2023))
        around = [(f"/nb/?y={own + step}&from={own}", f"{own + step}年") for step in (-1, 1)]
        return column([*LINES, *around])

    return LocalPortal("trap-calendar", "/nb/", {"/nb/": year, **reports(LINES)}, URLS, at_most=20)


def almanac() -> LocalPortal:
    """Every year leads to forty years, each below an address of its own, and none of them has a list."""

    def year(met: Met) -> str:
        return column([*LINES, *((f"{met.target}{year}/", f"{year}年") for year in range(2000, 2040))])

    years = {f"/nb/{one}/": year for one in range(2000, 2040)}
    return LocalPortal(
        "trap-almanac", "/nb/", {"/nb/": year, **years, **reports(LINES)}, URLS,
        verdict="partial", says="25 columns and pages in a row without a new report", at_most=40,
        options={"fruitless": 25},
    )  # fmt: skip


def endless_old() -> LocalPortal:
    """Each page links to a next one, and all show the same lines."""

    def page(met: Met) -> str:
        number = int(met.query.get("page", 1))
        return column(LINES, after=f'<a href="/nb/?page={number + 1}">下一页</a>')

    return LocalPortal("trap-endless-old", "/nb/", {"/nb/": page, **reports(LINES)}, URLS, at_most=8)


def endless_new() -> LocalPortal:
    """Each page has a next one with a line that was never seen before."""

    def page(met: Met) -> str:
        number = int(met.query.get("page", 1))
        return column(
            [*LINES, (f"/nb/202301/t20230115_9{number:03}.html", f"资讯{number}")],
            after=f'<a href="/nb/?page={number + 1}">下一页</a>',
        )

    return LocalPortal(
        "trap-endless-new", "/nb/", {"/nb/": page, **reports(LINES)}, URLS,
        verdict="partial", says="more than 30 columns and pages of columns", at_most=40, options={"columns": 30},
    )  # fmt: skip


def sessions() -> LocalPortal:
    """Each answer hangs another session's number on its links."""
    count = iter(range(10**6))

    def with_session(text: str) -> str:
        number = next(count)
        for url, _ in LINES:
            text = text.replace(f'"{url}"', f'"{url};jsessionid=AB{number}.node1"')
        return text.replace('"/nb/p2.jsp"', f'"/nb/p2.jsp?PHPSESSID=ff{number}"')

    next_page = '<a href="/nb/p2.jsp">下一页</a>'
    return LocalPortal(
        "trap-sessions",
        "/nb/",
        {
            "/nb/": lambda met: with_session(column(LINES[:2], after=next_page)),
            "/nb/p2.jsp": lambda met: with_session(column(LINES, after=next_page)),
            **reports(LINES),
        },
        URLS,
        at_most=5,
    )


def sessions_in_the_path() -> LocalPortal:
    """ASP.NET without cookies: whoever comes without a session is sent to the address with one in its path."""
    count = iter(range(10**6))

    def led(path: str) -> Answer:
        return Answer(status=302, headers={"Location": f"/(S(u2x0ev{next(count)}mlz55))/{path.lstrip('/')}"})

    class Answers(dict[str, Content]):
        """A page below any session."""

        def __contains__(self, key: object) -> bool:
            return super().__contains__(self._bare(str(key)))

        def __getitem__(self, key: str) -> Content:
            page = super().__getitem__(self._bare(key))
            return page if self._bare(key) != key or key.startswith("GET ") else led(key)

        @staticmethod
        def _bare(key: str) -> str:
            return re.sub(r"/\(S\(\w+\)\)", "", key)

    lines = [(url.removeprefix("/nb/"), title) for url, title in LINES]
    pages: dict[str, Content] = {
        "/nb/": column(lines[:2], after='<a href="p2.aspx">下一页</a>'),
        "/nb/p2.aspx": column(lines),
        **reports(LINES),
    }
    return LocalPortal("trap-sessions-in-path", "/nb/", Answers(pages), URLS, at_most=10)


def loop() -> LocalPortal:
    """A report whose address leads to itself by way of another; the others are unharmed."""
    away = {"/nb/loop.html": Answer(status=302, headers={"Location": "/nb/pool.html"}), "/nb/pool.html": Answer(status=302, headers={"Location": "/nb/loop.html"})}  # fmt: skip
    lines = [*LINES, ("/nb/loop.html", said("泉港镇人民政府"))]
    return LocalPortal(
        "trap-loop", "/nb/", {"/nb/": column(lines), **away, **reports(LINES)}, URLS, verdict="partial", at_most=20
    )


def drawn_by_program() -> LocalPortal:
    """A page that a program in the browser draws."""
    page = '<!DOCTYPE html><html><head><title>政府信息公开</title></head><body><div id="app"></div><script src="/static/app.8f3a.js"></script></body></html>'
    script = Answer("!function(){var e=webpack();}()", "application/javascript")
    return LocalPortal(
        "unknown", "/#/nb", {"/": page, "/static/app.8f3a.js": script}, [],
        verdict="failed", says="family: unknown (seen: title '政府信息公开'", at_most=3,
    )  # fmt: skip


def led_home() -> LocalPortal:
    """A column that is not there any more and leads to the home page, where everything else is linked."""
    links = [("/jyj/", "市教育局"), ("/2023/", "2023年"), ("/a.html", said("丰城市"))]
    return LocalPortal(
        "led-home", "/nb/", {"/nb/": Answer(status=302, headers={"Location": "/"}), "/": column(links)}, [],
        verdict="failed", says="leads to the home page", at_most=2,
    )  # fmt: skip


def only_noise() -> LocalPortal:
    """A column of everything but reports."""
    lines = [(f"/nb/202401/t20240115_48{n}.html", title) for n, title in enumerate(NOISE)]
    return LocalPortal(
        "noise", "/nb/", {"/nb/": column(lines), **{url: report(title) for url, title in lines}}, [],
        noise=NOISE, verdict="failed", says=f"lists {len(NOISE)} entries, none of which is a report", at_most=1,
    )  # fmt: skip


def empty_label() -> LocalPortal:
    """A Longxun column without a line: 暂无相关信息, with status 200."""
    return LocalPortal(
        "empty",
        "/public/column/21?type=4&catId=88",
        {
            "/public/column/21": html("<div></div>", head='<meta name="SiteId" content="6789">'),
            "/site/label/8888": "<div>暂无相关信息</div>",
        },
        [],
        verdict="failed",
        says="family: unknown",
        at_most=3,
    )
