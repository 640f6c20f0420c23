"""Home pages for local portals: the ways from a home page to the column that portals have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape

from making.portals.pages import html, rows
from making.portals.serving import Answer, Content, LocalPortal

NEWS = rows([(f"/news/2024{n:02}.html", f"我市召开第{n}次政府常务会议") for n in range(1, 16)], kind="news")
# What stands beside the way and only looks like it.
BESIDE = (
    '<a href="/tj/">统计年报</a><a href="/wz/">网站工作年度报表</a><a href="/qy/nb/">企业年报</a>'
    '<a href="/gkzn.html">政府信息公开指南</a><a href="/ysq/">依申请公开</a>'
)
SCRIPT = "application/javascript"


def with_home(portal: LocalPortal, way: str) -> LocalPortal:
    """The portal with a home page and this way from it to the column; see WAYS."""
    added = WAYS[way](portal.column)
    clash = set(added) & set(portal.answers)
    assert not clash, f"{portal.key} answers {clash} itself"
    return replace(portal, answers={**portal.answers, **added})


def _link(url: str, title: str) -> str:
    return f'<a href="{escape(url)}">{title}</a>'


def _named(column: str) -> Mapping[str, Content]:
    return {"/": html(NEWS + BESIDE + _link(column, "政府信息公开年报"))}


def _two_clicks(column: str) -> Mapping[str, Content]:
    """Two pages deep, and the way there has another name than the column."""
    return {
        "/": html(NEWS),
        "/zwgk/": html(BESIDE + _link("/zwgk/fdzdgknr.html", "法定主动公开内容") + _link("/zwgk/zcwj/", "政策文件")),
        "/zwgk/fdzdgknr.html": html(_link("/zwgk/jgzn/", "机构职能") + _link(column, "政府信息公开工作年度报告")),
    }


def _scripted(column: str) -> Mapping[str, Content]:
    """The menu is drawn by an included script file, from its data."""
    menu = f'var menu = [{{"name":"首页","url":"/"}},{{"name":"政府信息公开年报","url":"{column}"}}];draw(menu);'
    head = '<script src="/static/jquery.min.js"></script><script src="/static/menu.js"></script>'
    return {"/": html(NEWS + BESIDE, head=head), "/static/menu.js": Answer(menu, SCRIPT)}


def _scripted_two_clicks(column: str) -> Mapping[str, Content]:
    """Two clicks deep; the second menu is written into the page by an included script file."""
    written = f"document.write('{_link(column, '政府信息公开年度报告')}');"
    return {
        "/": html(NEWS),
        "/zwgk/": html(BESIDE + '<div id="left"></div><script src="js/left.js"></script>'),
        "/zwgk/js/left.js": Answer(written, SCRIPT),
    }


def _framed(column: str) -> Mapping[str, Content]:
    """A home page that only leads on, to a page of frames, one of which is the menu."""
    return {
        "/": "<script>window.location.href='/index_fc/';</script>",
        "/index_fc/": html(NEWS + _link("/gk/main.html", "政府信息公开")),
        "/gk/main.html": '<html><body><iframe src="/gk/left.html"></iframe><iframe src="/gk/right.html"></iframe></body></html>',
        "/gk/left.html": f"<html><body>{_link(column, '政府信息公开年报')}</body></html>",
        "/gk/right.html": "<html><body><p>欢迎</p></body></html>",
    }


WAYS: Mapping[str, Callable[[str], Mapping[str, Content]]] = {
    "named": _named,
    "two clicks": _two_clicks,
    "scripted": _scripted,
    "scripted, two clicks": _scripted_two_clicks,
    "framed": _framed,
}
