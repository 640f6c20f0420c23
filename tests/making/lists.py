"""Writes column pages as named systems list their articles: links with dates, and the way to the next page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from making.html import encode, frame

COLUMN = "政府信息公开年报"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a column: title, address as the page writes it, date as printed (None where the list prints none)."""

    title: str
    href: str
    published: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnPage:
    """One page of a column, by its path at the portal."""

    path: str
    content: bytes


def ucap_list(
    items: Sequence[Item], folder: str, *, site: str, note: str = "", name: str = "xxgk_list", size: int = 15
) -> Iterator[ColumnPage]:
    """`folder/name.shtml`, `name_2.shtml` and so on, counted by a script call."""
    pages = _pages(items, size)
    for number, page in enumerate(pages, 1):
        rows = _rows(page, '<li><a href="{href}" title="{title}">{title}</a><span>{day}</span></li>')
        script = f"createPageHTML('page_div',{len(pages)},{number},'{name}','shtml',{len(items)});"
        body = f'<ul class="list">\n{rows}\n</ul>\n<div id="page_div"></div><script>{script}</script>'
        path = f"{folder}/{name}.shtml" if number == 1 else f"{folder}/{name}_{number}.shtml"
        yield ColumnPage(path, _page(body, site, note))


def trs_list(
    items: Sequence[Item], folder: str, *, site: str, note: str = "", size: int = 15, shown: int = 24
) -> Iterator[ColumnPage]:
    """`folder/index.html`, `index_1.html` and so on; long titles are cut to `shown` characters and whole in `title`."""
    pages = _pages(items, size)
    for number, page in enumerate(pages):
        rows = "\n".join(
            f'<li><a href="{escape(item.href)}" title="{escape(item.title)}">{escape(_cut(item.title, shown))}</a>'
            f"<span>{item.published or ''}</span></li>"
            for item in page
        )
        script = f'createPageHTML({len(pages)}, {number}, "index", "html");'
        body = f'<ul class="gl_list">\n{rows}\n</ul>\n<div class="page"><script>{script}</script></div>'
        path = f"{folder}/index.html" if number == 0 else f"{folder}/index_{number}.html"
        yield ColumnPage(path, _page(body, site, note))


def vsb_list(
    items: Sequence[Item], path: str, *, site: str, note: str = "", size: int = 15
) -> Iterator[ColumnPage]:
    """`path.htm`, then `path/N.htm` with N falling to 1; 下页 leads on. `href`s are relative to the first page."""
    pages = _pages(items, size)
    name = path.rsplit("/", 1)[-1]
    for number, page in enumerate(pages):
        first, left = number == 0, len(pages) - 1 - number
        lines = [Item(item.title, item.href if first else f"../{item.href}", item.published) for item in page]
        rows = _rows(lines, '<li id="line_u8_0"><span>{day}</span><a href="{href}" title="{title}">{title}</a></li>')
        onward = f'<a href="{name}/{left}.htm" class="Next">下页</a>' if first else f'<a href="{left}.htm">下页</a>'
        following = onward if left else '<span class="PrevDisabled">下页</span>'
        body = f'<div class="list"><ul>\n{rows}\n</ul>\n<div class="pb_sys_common">{following}</div></div>'
        yield ColumnPage(f"{path}.htm" if first else f"{path}/{left + 1}.htm", _page(body, site, note))


def plain_list(
    items: Sequence[Item], folder: str, *, site: str, note: str = "", size: int = 15, charset: str = "utf-8"
) -> Iterator[ColumnPage]:
    """`folder/index.html`, `list_2.html` and so on, as a bare table of links with a link 下一页."""
    pages = _pages(items, size)
    for number, page in enumerate(pages, 1):
        rows = _rows(page, '<tr><td>·</td><td><a href="{href}">{title}</a></td><td>[{day}]</td></tr>')
        following = f'<a href="list_{number + 1}.html">下一页</a>' if number < len(pages) else "尾页"
        body = f'<table width="100%">\n{rows}\n</table>\n<p>第{number}页/共{len(pages)}页 {following}</p>'
        path = f"{folder}/index.html" if number == 1 else f"{folder}/list_{number}.html"
        yield ColumnPage(path, _page(body, site, note, charset))


def showlist_list(
    items: Sequence[Item], folder: str, *, site: str, note: str = "", size: int = 15
) -> Iterator[ColumnPage]:
    """`folder/page_1.html` and so on, for lists whose articles stand at …/show/N.html."""
    pages = _pages(items, size)
    for number, page in enumerate(pages, 1):
        rows = _rows(page, '<li class="clearfix"><a href="{href}" target="_blank">{title}</a><span>{day}</span></li>')
        following = f'<a href="page_{number + 1}.html">下一页</a>' if number < len(pages) else ""
        body = f'<ul class="doc_list">\n{rows}\n</ul>\n<div class="pagination">{following}</div>'
        yield ColumnPage(f"{folder}/page_{number}.html", _page(body, site, note))


def _pages(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    return [items[start : start + size] for start in range(0, len(items), size)] or [()]


def _rows(items: Sequence[Item], row: str) -> str:
    return "\n".join(
        row.format(href=escape(item.href), title=escape(item.title), day=item.published or "") for item in items
    )


def _cut(title: str, shown: int) -> str:
    return title if len(title) <= shown else f"{title[: shown - 1]}…"


def _page(body: str, site: str, note: str, charset: str = "utf-8") -> bytes:
    metas = (("SiteName", site), ("ColumnName", COLUMN))
    whole = f'<div class="main">\n{body}\n<p class="note">{escape(note)}</p>\n</div>'
    page = frame(title=f"{COLUMN}_{site}", site=site, column=COLUMN, body=whole, metas=metas, charset=charset)
    return encode(page, charset)
