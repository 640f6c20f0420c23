from __future__ import annotations

import json

import pytest

from extract import readers
from extract.document import Document, Grid

TABLE = "<table><tr><td rowspan=2>甲</td><td colspan=2>乙</td></tr><tr><td>1</td><td>2</td></tr></table>"


def read(body: str, head: str = "", charset: str = "utf-8") -> Document:
    page = f"<!DOCTYPE html><html><head><meta charset='{charset}'>{head}</head><body>{body}</body></html>"
    return readers.read(page.encode("gb18030" if charset.startswith("gb") else charset))


def texts(grid: Grid) -> list[list[str | None]]:
    return [[cell.text if cell else None for cell in row] for row in grid.rows]


def test_text_and_tables_come_in_the_order_printed() -> None:
    document = read(f"<p>一、<b>总体</b>情况</p>{TABLE}<div>后<br>文</div>")
    kinds = [getattr(block, "text", "grid") for block in document.blocks]
    assert kinds == ["一、总体情况", "grid", "后", "文"]
    assert texts(next(document.grids)) == [["甲", "乙", "乙"], ["甲", "1", "2"]]


def test_cells_know_their_path() -> None:
    (grid,) = read(f"<table><tr><td>导航</td></tr></table>{TABLE}").grids
    assert grid.rows[1][1] is not None
    assert grid.rows[1][1].place == {"path": "table[2]/tr[2]/td[1]"}


def test_digits_in_separate_spans_are_one_number_and_paragraphs_are_not() -> None:
    (grid,) = read("<table><tr><td><span>2</span><span>0</span></td><td><p>3</p><p>4</p></td></tr></table>").grids
    assert texts(grid) == [["20", "3\n4"]]


def test_unclosed_rows_and_cells_are_closed_as_browsers_do() -> None:
    (grid,) = read("<table><tr><td>甲<td>1<tr><td>乙<td>2</table>").grids
    assert texts(grid) == [["甲", "1"], ["乙", "2"]]


def test_a_table_around_tables_is_layout() -> None:
    document = read(f"<table><tr><td>侧栏</td><td><p>正文</p>{TABLE}</td></tr></table>")
    assert [p.text for p in document.paragraphs] == ["侧栏", "正文"]
    assert len(list(document.grids)) == 1


@pytest.mark.parametrize(
    "container",
    [
        "<div id='UCAP-CONTENT'>{}</div>", "<div id=Zoom>{}</div>", "<td id=ZOOM>{}</td>", "<div class='a trs_editor b'>{}</div>",
        "<div class=TRS_Editor>{}</div>", "<ucapcontent>{}</ucapcontent>", "<form name=_newscontent_fromname>{}</form>",
    ],
)  # fmt: skip
def test_of_the_known_containers_the_article_is_read_and_the_rest_is_furniture(container: str) -> None:
    article = "<p>丰城市2023年政府信息公开工作年度报告</p><p>" + "本报告依据条例编制。" * 10 + "</p>"
    inside = container.format(article)
    inside = f"<table><tr>{inside}</tr></table>" if inside.startswith("<td") else inside
    document = read(f"<div>首页 导航</div>{inside}<div>版权所有</div>")
    assert [p.text[:6] for p in document.paragraphs] == ["丰城市202", "本报告依据条"]


def test_furniture_says_title_date_and_office() -> None:
    head = "<meta name='ArticleTitle' content='标题'><meta name='PubDate' content='2024-01-29 10:20'><title>站</title>"
    furniture = read("<p>来源：丰城市人民政府办公室 浏览次数：5</p>", head).furniture
    assert furniture.titles == ("标题", "站")
    assert (furniture.published, furniture.publisher) == ("2024-01-29 10:20", "丰城市人民政府办公室")


def test_attachments_and_viewers_are_links() -> None:
    body = (
        "<div id=zoom>" + "文" * 80 + "<a href='./W0202401.docx'>附件</a></div>"
        "<a href='/x.htm'>首页</a><iframe src='/pdfjs/web/viewer.html?file=%2Fattach%2Fx.pdf'></iframe>"
    )
    assert [link.url for link in read(body).furniture.links] == ["./W0202401.docx", "/attach/x.pdf"]


@pytest.mark.parametrize("declared", ["gb2312", "gbk", "gb18030"])
def test_pages_declared_gb2312_are_read_as_gb18030(declared: str) -> None:
    assert next(read("<p>螅镇 阚疃镇 䶮</p>", charset=declared).paragraphs).text == "螅镇 阚疃镇 䶮"


def test_the_servers_charset_is_believed_before_the_pages_own() -> None:
    page = "<html><head><meta charset='utf-8'></head><body><p>政府</p></body></html>".encode("gb18030")
    assert next(readers.read(page, charset="gb2312").paragraphs).text == "政府"


def test_a_wrong_charset_is_not_believed() -> None:
    page = "<html><head><meta charset='no-such'></head><body><p>政府</p></body></html>".encode()
    assert next(readers.read(page, charset="ascii").paragraphs).text == "政府"


def test_an_article_that_stands_in_the_pages_script_is_read() -> None:
    config = json.dumps(
        {"SID": "755001", "DETAIL": {"title": "报告", "content": f"<p>一、总体情况</p>{TABLE}"}}, ensure_ascii=False
    )
    document = read(f"<div id='app'>加载中</div><script>window._CONFIG = {config};</script>", "<title>报告</title>")
    assert [p.text for p in document.paragraphs] == ["一、总体情况"]
    (grid,) = document.grids
    assert texts(grid) == [["甲", "乙", "乙"], ["甲", "1", "2"]]
    assert grid.place == {"path": "table[1]"} and document.furniture.titles == ("报告",)
