"""Answers that say that a page is not there, and pages that differ in furniture only; worded as portals word them."""

from __future__ import annotations

import pytest
from making.html import make_html
from making.printed import print_report
from making.report import make_report

from crawler.absence import absence
from crawler.furniture import same_to_a_reader, without_furniture

URL = "http://www.x.gov.cn/nb/202401/t20240115_1.html"
HTML = {"content-type": "text/html"}
REPORT = make_html(print_report(make_report(3, "示例县人民政府", 2023))).content
NAVIGATION = "<ul>" + "<li><a href='/'>政府信息公开 政务服务 互动交流</a></li>" * 40 + "</ul>"


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center>nginx</body></html>",
        f"<title>页面不存在-示例县人民政府</title>{NAVIGATION * 9}<h2>出错了</h2>",
        f"{NAVIGATION}<p>很抱歉，您访问的页面不存在或已被删除！</p>",
        "<p>对不起，您要查看的信息已被删除</p>",
        "<p>该文章已删除</p>",
        "<p>文件不存在</p>",
    ],
)
def test_a_page_of_regret_with_status_200_is_an_absence_in_either_encoding(page):
    assert absence(200, URL, HTML, page.encode()) == "soft_404"
    assert absence(200, URL, HTML, page.encode("gb18030")) == "soft_404"


@pytest.mark.parametrize("goes", ["<meta http-equiv='refresh' content='0; url=/'>", "<script>window.location.href='/index.html';</script>"])
def test_a_page_that_sends_its_reader_to_the_home_page_is_an_absence(goes):
    assert absence(200, URL, HTML, f"<html><head>{goes}</head><body>正在跳转</body></html>".encode()) == "home"
    assert absence(302, URL, {"location": "https://x.gov.cn/"}, b"") == "home"
    assert absence(301, URL, {"location": "/404.html"}, b"") == "soft_404"


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, HTML, REPORT),
        (200, HTML, REPORT.replace(b"</body>", "<p>本机关政府信息不存在 3 件，错误信息已删除。</p></body>".encode())),
        (200, HTML, "<title>示例县2023年政府信息公开工作年度报告</title><p>见附件</p><a href='a.docx'>附件</a>".encode()),
        (200, HTML, "<p>不予公开：政府信息不存在 3 件</p>".encode()),
        (200, HTML, b"<script>location.href='/nb/202401/report.html'</script>"),
        (200, {"content-type": "application/pdf"}, b"%PDF-1.4 404 not found"),
        (302, {"location": "/nb/2023/report.html"}, b""),
        (302, {"location": "http://www.other.gov.cn/"}, b""),
        (500, HTML, "您访问的页面不存在".encode()),
    ],
)
def test_a_report_or_a_way_to_it_is_no_absence(status, headers, body):
    assert absence(status, URL, headers, body) is None


def test_what_moves_at_every_visit_is_no_change_and_a_figure_is():
    def page(visits: int, day: int, token: str, figure: str = "54") -> bytes:
        top = f"<p>今天是2024年3月{day}日 星期五</p><input type='hidden' value='{token}'><!-- {token} -->"
        return f"<body>{top}<p>发布日期：2024-01-15 浏览次数：<b>{visits}</b></p><td>{figure}</td><script>{token}</script></body>".encode()

    assert same_to_a_reader(page(9, 1, "a"), page(1234, 22, "b"))
    assert not same_to_a_reader(page(9, 1, "a"), page(9, 1, "a", "55"))
    assert not same_to_a_reader(page(9, 1, "a"), page(9, 1, "a") + b"<p>more</p>")
    assert same_to_a_reader(page(9, 1, "a"), page(9, 1, "a") + "<p>您是第 3,021 位访客</p>".encode())


@pytest.mark.parametrize("line", ["网站访问量120万次", "新收54件", "浏览次数逐年上升", "全年阅读量：120余万"])
def test_prose_with_numbers_is_no_furniture(line):
    assert without_furniture(line) == line.replace("：", ":")
