"""Writes pages as named content systems deliver them: an article with its furniture around a report or other text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape

from making.printed import Made, Printed, PrintedCell, PrintedParagraph, PrintedTable, Row

Links = Sequence[tuple[str, str]]  # address, text
CENTRE = ' style="text-align:center"'
WORD_FONT = "font-size:10.5pt;font-family:仿宋_GB2312;mso-bidi-font-family:宋体;mso-font-kerning:0pt"
MARKUPS = ("clean", "word", "uneven")
NAVIGATION = (("/", "首页"), ("/xwzx/", "新闻"), ("/hd/", "互动"))
CMS = ("ucap", "trs", "vsb", "plain")


def write_html(
    printed: Printed,
    *,
    cms: str = "plain",
    markup: str = "clean",
    charset: str = "utf-8",
    attachments: Links = (),
    site: str | None = None,
    column: str = "政府信息公开年报",
    repeat_title: bool = False,
    one_line: bool = False,
) -> bytes:
    """A report as an article page of that content system.

    `markup`: `clean` tables, a `word` export with its layout table, or `uneven` colspans in heads and rows.
    `charset` is what the page declares; what is declared gb2312 or gbk is written as gb18030, as servers do.
    `one_line` writes the whole prose without a single paragraph break.
    """
    if one_line:
        body = _on_one_line(printed)
    else:
        body = "\n".join(_parts(printed, markup, repeat_title))
        if markup == "word":
            cells = f'<td width="20">&nbsp;</td><td>{body}</td>'
            body = f'<table border="0" width="100%"><tbody><tr>{cells}</tr></tbody></table>'
    day = printed.report.published_on
    return write_page(
        cms,
        title=printed.title,
        body=body,
        published=f"{day:%Y-%m-%d}" if day else None,
        source=printed.report.issuing_body,
        site=site or f"{printed.report.issuing_body}网站",
        column=column,
        attachments=attachments,
        charset=charset,
    )


def make_html(printed: Printed, **options: object) -> Made:
    """The page of `write_html` with its truth."""
    return Made.of(printed, write_html(printed, **options))  # type: ignore[arg-type]


def write_page(
    cms: str,
    *,
    title: str,
    body: str,
    published: str | None,
    source: str,
    site: str,
    column: str = "政府信息公开年报",
    attachments: Links = (),
    charset: str = "utf-8",
) -> bytes:
    """An article page with the furniture of that content system around a body (HTML)."""
    article = {"ucap": _ucap, "trs": _trs, "vsb": _vsb, "plain": _plain}[cms]
    page = article(title, body, published or "", source, column, attachments)
    metas = () if cms == "plain" else (
        ("SiteName", site), ("ColumnName", column), ("ArticleTitle", title),
        ("PubDate", f"{published} 09:30" if published else ""), ("ContentSource", source),
    )  # fmt: skip
    whole = frame(title=f"{title}_{site}", site=site, column=column, body=page, metas=metas, charset=charset)
    return encode(whole, charset)


def frame(
    *, title: str, site: str, column: str, body: str, metas: Sequence[tuple[str, str]] = (), charset: str = "utf-8"
) -> str:
    """A whole page of a portal: head, navigation, place in the tree, body, footer."""
    named = "\n".join(f'<meta name="{name}" content="{escape(content)}">' for name, content in metas)
    links = " ".join(f'<li><a href="{path}">{text}</a></li>' for path, text in NAVIGATION)
    office = escape(site.removesuffix("网站"))
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="{charset}">
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<title>{escape(title)}</title>
{named}
</head>
<body>
<div class="header"><h2>{escape(site)}</h2><ul class="nav">{links}</ul></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政府信息公开</a> &gt; {escape(column)}</div>
{body}
<div class="footer"><p>主办：{office}　<a href="/lxwm.html">联系我们</a></p></div>
</body>
</html>
"""


def encode(page: str, charset: str) -> bytes:
    """The page's bytes; what declares itself gb2312 or gbk is gb18030 in truth."""
    return page.encode("gb18030" if charset.lower() in ("gb2312", "gbk", "gb18030") else charset)


def paragraphs(*texts: str) -> str:
    """Plain paragraphs as a body."""
    return "\n".join(f"<p>　　{escape(text)}</p>" for text in texts)


def write_table(table: PrintedTable, markup: str = "clean") -> str:
    """A table with the rowspans and colspans that its layout has."""
    if markup == "uneven":
        table = replace(table, rows=tuple(_uneven(table)))
    write_cell = _word_cell if markup == "word" else _clean_cell
    rows = "\n".join(f"<tr>{''.join(write_cell(cell) for cell in row)}</tr>" for row in table.rows)
    style = "border-collapse:collapse;mso-table-layout-alt:fixed" if markup == "word" else "border-collapse:collapse"
    return f'<table border="1" cellspacing="0" style="{style}"><tbody>\n{rows}\n</tbody></table>'


def _parts(printed: Printed, markup: str, repeat_title: bool) -> Iterator[str]:
    for part in printed.parts:
        if isinstance(part, PrintedTable):
            yield write_table(part, markup)
        elif part.role != "title" or repeat_title:
            yield _word_paragraph(part) if markup == "word" else _paragraph(part)


def _on_one_line(printed: Printed) -> str:
    runs: list[str] = []
    for part in printed.parts:
        runs.append(write_table(part) if isinstance(part, PrintedTable) else escape(part.text.strip()))
    return f"<div>{''.join(runs)}</div>"


def _paragraph(part: PrintedParagraph) -> str:
    text = escape(part.text).replace("\n", "<br>") or "&nbsp;"
    if part.role == "title":
        return f"<p{CENTRE}><strong>{text}</strong></p>"
    return f"<p><strong>　　{text}</strong></p>" if part.role == "heading" else f"<p>　　{text}</p>"


def _spans(cell: PrintedCell) -> str:
    spans = (("colspan", cell.colspan), ("rowspan", cell.rowspan))
    return "".join(f' {name}="{span}"' for name, span in spans if span > 1)


def _clean_cell(cell: PrintedCell) -> str:
    text = escape(cell.text).replace("\n", "<br>")
    return f"<td{_spans(cell)}><p{CENTRE}>{text}</p></td>"


def _word_cell(cell: PrintedCell) -> str:
    """A cell as a word processor exports it: each digit may stand in a span of its own, padded with nbsp."""
    padding = "&nbsp;" if cell.address else ""
    border = "border:solid windowtext 1.0pt;mso-border-alt:solid windowtext .5pt"
    style = f"width:{40 * cell.colspan}.3pt;{border};padding:0cm 5.4pt"
    return (
        f'<td width="{54 * cell.colspan}"{_spans(cell)} style="{style}"><p class="MsoNormal" align="center"{CENTRE}>'
        f"{padding}{_word_spans(cell.text)}{padding}<o:p></o:p></p></td>"
    )


def _word_paragraph(part: PrintedParagraph) -> str:
    inner = _word_spans(part.text) if part.text else "<span>&nbsp;</span>"
    if part.role == "heading":
        inner = f"<b>{inner}</b>"
    style = "text-indent:32.0pt;line-height:28.0pt;mso-char-indent-count:2.0"
    return f'<p class="MsoNormal" style="{style}">{inner}<o:p></o:p></p>'


def _word_spans(text: str) -> str:
    """The text in spans: runs of Chinese in one, every ASCII character in its own."""
    spans, run = [], ""
    for character in text:
        if character.isascii():
            spans += [_span(run), _span(character, latin=True)]
            run = ""
        else:
            run += character
    return "".join([*spans, _span(run)])


def _span(text: str, latin: bool = False) -> str:
    if not text:
        return ""
    inner = escape(text).replace("\n", "<br>")
    language = ' lang="EN-US"' if latin else ""
    return f'<span{language} style="{WORD_FONT}">{inner}</span>'


def _uneven(table: PrintedTable) -> Iterator[Row]:
    """The rows over one more column, which heads give to one cell and figures to the next."""
    for row in table.rows:
        figures = [at for at, cell in enumerate(row) if cell.address]
        wide = [at for at, cell in enumerate(row) if cell.colspan > 1]
        if table.key != "proactive_disclosure":
            at = _surplus_of_requests(row) if table.key == "requests" else len(row) - 1
        elif figures:
            at = figures[0]
        else:
            at = wide[-1] if wide else len(row) - 2
        yield tuple(replace(cell, colspan=cell.colspan + 1) if place == at else cell for place, cell in enumerate(row))


def _surplus_of_requests(row: Row) -> int:
    if row[-1].address:
        return len(row) - 2  # figures: the column before the total
    heads = {1: 0, 2: 1, 3: 1}.get(len(row))
    return len(row) - 2 if heads is None else heads  # heads: the last but one of the five under their group


def _attached(links: Links, form: Callable[[str, str], str]) -> str:
    return "".join(form(escape(href), escape(text)) for href, text in links)


def _ucap(title: str, body: str, day: str, source: str, column: str, links: Links) -> str:
    files = _attached(links, lambda href, text: f'<p><a href="{href}" target="_blank" title="{text}">{text}</a></p>')
    return f"""<div class="article">
<h1><ucaptitle>{escape(title)}</ucaptitle></h1>
<div class="info"><span>发布日期：<publishtime>{day}</publishtime></span><span>来源：{escape(source)}</span></div>
<div id="UCAP-CONTENT" class="content">
{body}
</div>
<div class="fujian"><b>附件：</b>{files}</div>
</div>"""


def _trs(title: str, body: str, day: str, source: str, column: str, links: Links) -> str:
    files = _attached(links, lambda href, text: f'<li><a appendix="true" href="{href}">{text}</a></li>')
    return f"""<div class="xl_main">
<h1 class="xl_tit">{escape(title)}</h1>
<div class="xl_info">发布时间：{day} &nbsp; 来源：{escape(source)} &nbsp; 字号：【大 中 小】</div>
<div class="view TRS_UEDITOR trs_paper_default trs_editor_view TRS_Editor">
{body}
</div>
<ul class="xl_fj">{files}</ul>
</div>"""


def _vsb(title: str, body: str, day: str, source: str, column: str, links: Links) -> str:
    files = _attached(links, lambda href, text: f'<li>附件【<a href="{href}">{text}</a>】已下载<span>0</span>次</li>')
    return f"""<form name="_newscontent_fromname">
<div class="content-title"><h1>{escape(title)}</h1>
<p>发布时间：{day}　　作者：{escape(source)}　　点击量：<span id="dynclicks_wbnews"></span></p></div>
<div id="vsb_content"><div class="v_news_content">
{body}
</div></div>
<ul style="list-style-type:none">{files}</ul>
</form>"""


def _plain(title: str, body: str, day: str, source: str, column: str, links: Links) -> str:
    files = _attached(links, lambda href, text: f'<p>附件：<a href="{href}">{text}</a></p>')
    return f"""<div class="main">
<h3>{escape(title)}</h3>
<p class="date">日期：{day} 来源：{escape(source)}</p>
<div class="text" id="zoom">
{body}
</div>
{files}
</div>"""
