"""Columns behind wrappers: frames, redirects by page and script, lists that scripts write, base, clicks."""

from __future__ import annotations

from collections.abc import Iterator

from making.portals.pages import Row, column, html, reports, rows, said
from making.portals.serving import Answer, LocalPortal

LINES: list[Row] = [
    (f"/zfxxgkzl/nb/content_{n}.html", said(f"{town}人民政府"))
    for n, town in enumerate(("曲江镇", "上塘镇", "拖船镇", "泉港镇"))
]
URLS = [url for url, _ in LINES]


def portals() -> Iterator[LocalPortal]:
    """All of them."""
    inner = {"/zfxxgkzl/list.html": column(LINES), **reports(LINES)}
    yield _wrapped("iframe", html('<iframe src="/zfxxgkzl/list.html"></iframe>'), inner)
    yield _wrapped("frames", "<frameset><frame src='/zfxxgkzl/list.html'></frameset>", inner)
    yield _wrapped("refresh", '<html><meta http-equiv="refresh" content="0;url=/zfxxgkzl/list.html"></html>', inner)
    yield _wrapped("location", "<html><script>window.location.href='/zfxxgkzl/list.html';</script></html>", inner)
    yield _wrapped("replace", "<script>location.replace('/zfxxgkzl/list.html')</script>", inner)
    twice = {"/a/": "<script>top.location = '/b/'</script>", "/b/": html('<iframe src="/zfxxgkzl/list.html"></iframe>')}
    yield _wrapped("twice", "<script>self.location='/a/';</script>", {**inner, **twice})
    written = rows(LINES).replace('"', '\\"')
    yield _wrapped("written", html(f'<script>document.write("{written}");</script>'), reports(LINES))
    file = Answer(f'document.write("{written}");', "application/javascript")
    included = html('<script src="/js/jquery.min.js"></script><script src="/nb/list.js"></script>')
    yield _wrapped("included", included, {"/nb/list.js": file, **reports(LINES)})
    based = column([(url.removeprefix("/zfxxgkzl/"), title) for url, title in LINES], head='<base href="/zfxxgkzl/">')
    yield _wrapped("base", based, reports(LINES))
    clicks = "".join(
        f'<li data-url="{url}"><span>{title}</span></li>' if n % 2 else f"<li onclick=\"goUrl('{url}')\">{title}</li>"
        for n, (url, title) in enumerate(LINES)
    )
    yield _wrapped("clicks", html(f"<ul>{clicks}</ul>"), reports(LINES))
    by_click = """<a href="javascript:;" onclick="location.href='/nb/p2.html'">下一页</a>"""
    yield _wrapped(
        "next-by-click", column(LINES[:2], after=by_click), {"/nb/p2.html": column(LINES[2:]), **reports(LINES)}
    )
    relative = column([("../.." + url if n % 2 else "./../.." + url, t) for n, (url, t) in enumerate(LINES)])
    yield _wrapped("relative", relative, reports(LINES))


def _wrapped(key: str, page: str, answers: object) -> LocalPortal:
    assert isinstance(answers, dict)
    return LocalPortal(f"wrapped-{key}", "/gk/nb/", {"/gk/nb/": page, **answers}, URLS, never=["/js/jquery"])
