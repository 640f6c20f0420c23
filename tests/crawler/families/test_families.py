"""Columns in the shape of real ones: what they list, how they go on, who recognizes them."""

import pytest

from crawler.families import FAMILIES, Page, family_of, recognize
from crawler.families.links import next_link
from crawler.families.page import ColumnEntry, speaks_of_a_report

NAV = '<div class="nav"><a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/hd/">互动交流</a></div>'


def page(url: str, body: str) -> Page:
    return Page(url, 200, {}, f"<html><head><title>政府信息公开年报</title></head><body>{NAV}{body}</body></html>")


UCAP = page(
    "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml",
    """<ul class="list">
    <li><a href="/fcsrmzf/bjzfxxgknb/202402/7d69cd47d780483f8b7e4071813dcf2c.shtml"
       title="丰城市2023年政府信息公开工作年度报告">丰城市2023年政府信息公开工作...</a><span>2024-02-01</span></li>
    <li><a href="/fcsrmzf/bjzfxxgknb/202302/90da02ee81d7436a916a1815a4004b51.shtml">丰城市2022年年报</a>
    <span>2023-02-01</span></li>
    <li><a href="/fcsrmzf/bjzfxxgknb/202202/11da02ee81d7436a916a1815a4004b52.shtml">丰城市2021年年报</a>
    <span>2022-02-01</span></li>
    <li><a href="/fcsrmzf/files/2020nb.docx">丰城市2020年年报</a></li></ul>
    <script>createPageHTML('page_div',4,1,'xxgk_list','shtml',61);</script>""",
)
TRS = page(
    "http://www.x.gov.cn/zwgk/nb/",
    """<ul><li class="odd"><a href="./202401/t20240115_3271106.html" title="某县2023年政府信息公开工作年度报告">
    某县2023年…</a><span>2024-01-15</span></li>
    <li><a href="../../bm/czj/202401/t20240116_3271200.html">县财政局2023年政府信息公开工作年度报告</a>
    <span>[2024-01-16]</span></li>
    <li><a href="./202301/t947244.shtml">某县2022年政府信息公开工作年度报告</a></li></ul>
    <script>createPageHTML(3, 0, "index", "html");</script>""",
)
VSB = page(
    "https://www.y.gov.cn/xxgk/zfxxgknb.htm",
    """<table class="winstyle"><tr><td>
    <a href="../info/1025/61695.htm"><span>某市2023年政府信息公开年报</span><em>2024年1月29日</em></a></td></tr>
    <tr><td><a href="../info/1025/51695.htm">某市2022年政府信息公开年报</a></td><td>2023/01/28</td></tr>
    <tr><td><a href="../info/1025/41695.htm">某市2021年政府信息公开年报</a></td><td>2022/01/28</td></tr></table>
    <div><span>首页</span><a href="zfxxgknb/7.htm" class="Next">下页</a><a href="zfxxgknb/1.htm">尾页</a></div>
    <script src="/system/resource/js/base.js"></script>""",
)
GENERIC = page(
    "http://www.z.gov.cn/nb/list.php?id=3&amp;p=1",
    """<div class="side"><a href="/a">领导信息</a><a href="/b">机构职能</a><a href="/c">政策文件</a>
    <a href="/d">规划计划</a></div>
    <div class="main"><p><a href="show.php?id=14887&amp;s=news">某区2023年政府信息公开工作年度报告</a> 2024-01-20</p>
    <p><a href="show.php?id=14888&amp;s=news">某区统计局2023年度政府信息公开年报</a> 2024-01-21</p>
    <p><a href="show.php?id=14889&amp;s=news">关于年报的说明</a></p></div>
    <a href="?id=3&amp;p=2">下一页 &gt;</a>""",
)
COLUMNS = {"ucap": UCAP, "trs": TRS, "vsb": VSB, "generic": GENERIC}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_recognized_by_its_own_family(name):
    assert recognize(COLUMNS[name]).family == name
    assert family_of(COLUMNS[name], "auto") is FAMILIES[name]


def test_the_marks_that_decided_are_named():
    found = recognize(UCAP)
    assert found.confidence >= 0.9
    assert "named list file" in found.marks
    assert any(mark.startswith("3 links like") for mark in found.marks)


def test_a_pinned_family_is_used_and_one_without_a_module_is_recognized():
    assert family_of(TRS, "generic") is FAMILIES["generic"]
    assert family_of(TRS, "hanweb") is FAMILIES["trs"]
    assert family_of(page("http://x.gov.cn/", ""), "auto") is FAMILIES["generic"]


def test_ucap_lists_whole_titles_dates_as_printed_and_files():
    listed = list(FAMILIES["ucap"].entries(UCAP))
    assert listed[0] == ColumnEntry(
        "丰城市2023年政府信息公开工作年度报告",
        "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/202402/7d69cd47d780483f8b7e4071813dcf2c.shtml",
        "2024-02-01",
    )
    assert [entry.title for entry in listed[1:]] == ["丰城市2022年年报", "丰城市2021年年报", "丰城市2020年年报"]
    assert listed[3] == ColumnEntry("丰城市2020年年报", "http://www.jxfc.gov.cn/fcsrmzf/files/2020nb.docx", None)


def test_trs_resolves_relative_addresses():
    assert [(entry.url, entry.published) for entry in FAMILIES["trs"].entries(TRS)] == [
        ("http://www.x.gov.cn/zwgk/nb/202401/t20240115_3271106.html", "2024-01-15"),
        ("http://www.x.gov.cn/bm/czj/202401/t20240116_3271200.html", "2024-01-16"),
        ("http://www.x.gov.cn/zwgk/nb/202301/t947244.shtml", None),
    ]


def test_vsb_reads_a_date_inside_the_link_apart_from_the_title():
    assert next(iter(FAMILIES["vsb"].entries(VSB))) == ColumnEntry(
        "某市2023年政府信息公开年报", "https://www.y.gov.cn/info/1025/61695.htm", "2024年1月29日"
    )
    assert [entry.published for entry in FAMILIES["vsb"].entries(VSB)][1:] == ["2023/01/28", "2022/01/28"]


def test_generic_takes_the_block_that_speaks_of_reports_with_everything_in_it():
    assert [(entry.title, entry.published) for entry in FAMILIES["generic"].entries(GENERIC)] == [
        ("某区2023年政府信息公开工作年度报告", "2024-01-20"),
        ("某区统计局2023年度政府信息公开年报", "2024-01-21"),
        ("关于年报的说明", None),
    ]


def test_generic_sees_nothing_where_nothing_speaks_of_reports():
    assert list(FAMILIES["generic"].entries(page("http://x.gov.cn/", ""))) == []
    assert recognize(page("http://x.gov.cn/", "")) is None


LIST = "http://x.gov.cn/nb/xxgk_list.shtml"


@pytest.mark.parametrize(
    ("url", "call", "following"),
    [
        (LIST, "createPageHTML('page_div',4,1,'xxgk_list','shtml',61);", ["xxgk_list_2.shtml"]),
        (LIST, "createPageHTML('page_div', 4, 3, 'xxgk_list', 'shtml', 61);", ["xxgk_list_4.shtml"]),
        (LIST, "createPageHTML('page_div',4,4,'xxgk_list','shtml',61);", []),
        (LIST, 'createPageHTML(4,0,"xxgk_list","shtml");', ["xxgk_list_2.shtml"]),
        (LIST, "createPageHTML('page_div',1,1,'xxgk_list','shtml',3);", []),
    ],
)
def test_ucap_names_the_next_page_in_both_forms(url, call, following):
    column = page(url, f"<script>{call}</script>")
    assert [ask.url for ask in FAMILIES["ucap"].next_pages(column)] == [
        f"http://x.gov.cn/nb/{name}" for name in following
    ]


@pytest.mark.parametrize(
    ("url", "call", "following"),
    [
        ("http://x.gov.cn/nb/", 'createPageHTML(3, 0, "index", "html");', ["index_1.html", "index_2.html"]),
        # a site that counts files as pages: _1, _2
        ("http://x.gov.cn/nb/index_1.html", 'createPageHTML(3, 1, "index", "html");', ["index_2.html"]),
        ("http://x.gov.cn/nb/index_2.html", 'createPageHTML(3, 2, "index", "html");', []),
        # a site whose second page is _2
        ("http://x.gov.cn/nb/index_2.html", 'createPageHTML(3, 1, "index", "html");', ["index_3.html"]),
        ("http://x.gov.cn/nb/index_3.html", 'createPageHTML(3, 2, "index", "html");', []),
        ("http://x.gov.cn/nb/", "createPageHTML('page_div',2,1,'list','shtml',20);", ["list_2.shtml"]),
    ],
)
def test_trs_names_the_next_page_whichever_way_the_site_counts(url, call, following):
    column = page(url, f"<script>{call}</script>")
    assert [ask.url for ask in FAMILIES["trs"].next_pages(column)] == [
        f"http://x.gov.cn/nb/{name}" for name in following
    ]


def test_vsb_follows_the_link_and_never_counts():
    assert [ask.url for ask in FAMILIES["vsb"].next_pages(VSB)] == ["https://www.y.gov.cn/xxgk/zfxxgknb/7.htm"]


def test_generic_follows_the_link_to_the_next_page():
    assert [ask.url for ask in FAMILIES["generic"].next_pages(GENERIC)] == ["http://www.z.gov.cn/nb/list.php?id=3&p=2"]


@pytest.mark.parametrize("link", ['<a href="#">下一页</a>', '<a href="javascript:void(0)">下一页</a>', "下一页"])
def test_a_next_link_that_leads_nowhere_is_none(link):
    assert next_link(page("http://x.gov.cn/nb/", link)) is None


def test_links_honour_the_base_of_the_page():
    based = Page("http://x.gov.cn/a/b.html", 200, {}, '<base href="/c/"><a href="d.html#top">2023年年报</a>')
    assert [link.url for link in based.links] == ["http://x.gov.cn/c/d.html"]


@pytest.mark.parametrize("href", ["mailto:a@b.c", "javascript:;", "tel:110", "http://[", "ftp://x.gov.cn/a"])
def test_what_is_no_web_address_is_no_link(href):
    assert Page("http://x.gov.cn/", 200, {}, f'<a href="{href}">2023年年报</a>').links == ()


@pytest.mark.parametrize(
    ("title", "speaks"),
    [("2023年", True), ("2023年度", True), ("某局2023年年报", True), ("2023年工作要点", False), ("公开年报", False)],
)
def test_a_title_speaks_of_a_report_when_it_names_a_year_and_one(title, speaks):
    assert speaks_of_a_report(title) is speaks
