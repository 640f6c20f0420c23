"""Wrappers, trees and twins: where a list really stands, what lies below a column, which addresses are one page."""

import pytest
from making.portals.pages import column, html, report, said

from crawler.families import ColumnEntry, Page
from crawler.families.gkmlpt import body, config
from crawler.families.twins import place_of, twins
from crawler.families.wrappers import frames, leads_to, list_scripts, lists_reports, own_title, seen, subcolumns

URL = "http://www.x.gov.cn/xxgk/nb/"


def page(text: str, url: str = URL) -> Page:
    return Page(url, 200, {}, text)


@pytest.mark.parametrize(
    "script",
    [
        "location.href='/new/'", 'window.location = "/new/";', "location.replace('/new/')", "top.location.href='/new/'",
        "document . location . href = '/new/'", "self.location.assign('/new/')",
    ],
)  # fmt: skip
def test_a_shell_leads_where_its_script_says(script):
    assert leads_to(page(f"<html><script>{script}</script></html>")) == "http://www.x.gov.cn/new/"


@pytest.mark.parametrize(
    "text",
    [
        "<script>location.href='/new/'</script>" + "正文" * 2000,  # a page with words is no shell
        """<a href="#" onclick="location.href='/new/'">某</a>""",  # nobody has clicked
        "<script>location.href='/xxgk/nb/'</script>",  # to itself
        "<script>location.href='about:blank'</script>",
    ],
)
def test_what_only_might_lead_elsewhere_does_not(text):
    assert leads_to(page(text)) is None


def test_frames_are_those_with_pages_and_what_specialurl_names():
    text = '<iframe src="/a.html"></iframe><iframe src="x.pdf"></iframe><iframe></iframe><frame src="b.html">'
    assert frames(page(text)) == ("http://www.x.gov.cn/a.html", "http://www.x.gov.cn/xxgk/nb/b.html")
    opened = "http://www.x.gov.cn/govxxgk/1/openSubPage.html?specialurl=/govxxgk/1/govlist.html&righttitle=x"
    assert frames(page("", opened)) == ("http://www.x.gov.cn/govxxgk/1/govlist.html",)


def test_scripts_that_may_write_a_list_are_the_pages_own_and_no_library():
    text = '<script src="/js/jquery.js"></script><script src="list.js"></script><script src="//cdn.com/nb.js"></script>'
    assert list_scripts(page(text)) == ("http://www.x.gov.cn/xxgk/nb/list.js",)


@pytest.mark.parametrize(
    ("url", "title", "address", "below"),
    [
        (URL, "2023年", "2023n/", True),
        (URL, "2023年度", "?year=2023", True),
        (URL, "市直部门", "/xxgk/nb/bm/", True),
        (URL, "各县（市、区）", "qx/index.html", True),
        (URL, "曲江镇", "qjz/", True),
        (URL, "市教育局", "/bm/jyj/zfxxgknb/", True),
        (URL, "更多>>", "all.html", True),
        ("http://www.x.gov.cn/xxgk/zfxxgknb.htm", "2022年", "zfxxgknb/a2022.htm", True),
        ("http://www.x.gov.cn/nb/xxgk_list.shtml", "2022年", "/nb/2022/xxgk_list.shtml", True),
        (URL, "市教育局", "/bm/jyj/", False),  # beside the tree
        (URL, "政策文件", "zcwj/", False),  # no body
        (URL, "首页", "index.html", False),
        (URL, "2023年", "/xxgk/nb/", False),  # itself
        (URL, "2023年", "http://www.y.gov.cn/xxgk/nb/2023/", False),
        (URL, "政府信息公开", "/xxgk/", False),  # above it
        (URL, "2023年", "2023.docx", False),
        ("http://www.x.gov.cn/xxgk/zfxxgknb.htm", "市政府", "zcjd.htm", False),  # another column of the folder
    ],
)
def test_columns_below_are_years_groups_and_bodies_of_the_columns_own_tree(url, title, address, below):
    found = list(subcolumns(page(f'<a href="{address}">{title}</a>', url)))
    assert [(entry.title, entry.is_column) for entry in found] == ([(title, True)] if below else [])


def test_a_page_titled_like_a_report_is_a_list_if_it_links_to_many_or_says_nothing_else():
    towns = [(f"{n}.html", said(town)) for n, town in enumerate(("曲江镇", "上塘镇", "拖船镇"))]
    assert lists_reports(page(column(towns)))
    assert lists_reports(page(column(towns[:1])))
    assert not lists_reports(page(report(said("曲江镇"))))
    other_year = '<a href="2022.html">曲江镇2022年政府信息公开年报</a>'
    assert not lists_reports(page(report(said("曲江镇"), more=other_year)))


def test_the_title_of_a_page_that_is_a_report_stands_in_its_meta_its_heading_or_its_window():
    title = said("曲江镇人民政府")
    assert own_title(page(f'<meta name="ArticleTitle" content="{title}">')) == title
    assert own_title(page(f"<h2> {title} </h2>")) == title
    assert own_title(page(html("", title=title))) == title
    assert own_title(page(html("<h1>政府信息公开年报</h1>"))) is None
    assert own_title(page(html(f"<h1>{title}解读</h1>"))) is None


def test_what_was_seen_of_an_unknown_page_is_said_in_a_line():
    text = "<title>某市</title><script src='/static/app.8f3a.js'></script><a href='/a'>a</a>"
    assert seen(page(text)) == f"title '某市', {len(text)} characters, 1 links, 0 frames, scripts /static/app.8f3a.js"


# --- twins


def listed(*lines: tuple[str, str]) -> list[ColumnEntry]:
    return [ColumnEntry(title, url) for url, title in lines]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://x.gov.cn/nb/t20240115_1.shtml", "http://x.gov.cn/nb/t20240115_1_app.shtml"),
        ("http://x.gov.cn/nb/content/post_1.html", "http://x.gov.cn/nb/content/mpost_1.html"),
        ("http://www.x.gov.cn/nb/1.html", "http://x.gov.cn/nb/1.html"),
        ("http://x.gov.cn/nb/1.html", "https://x.gov.cn/nb/1.html"),
        ("http://www.x.gov.cn/nb/1.html", "http://wap.x.gov.cn/nb/1.html"),
    ],
)
def test_twins_in_one_column_are_asked_for_once(one, other):
    assert twins(listed((one, "甲"), (other, "甲"))) == {other: one}


def test_the_page_for_telephones_gives_way_in_whatever_order():
    desk, mobile = "http://x.gov.cn/nb/t20240115_1.shtml", "http://x.gov.cn/nb/t20240115_1_app.shtml"
    assert twins(listed((mobile, "甲"), (desk, "甲"))) == {mobile: desk}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://x.gov.cn/nb/1.html", "http://x.gov.cn/nb/2.html"),
        ("http://x.gov.cn/nb/1.html?a=1", "http://x.gov.cn/nb/1.html?a=2"),
        ("http://x.gov.cn/nb/1.html", "http://x.gov.cn:8888/nb/1.html"),
        ("http://x.gov.cn/nb/1.html", "http://jyj.x.gov.cn/nb/1.html"),
    ],
)
def test_what_may_be_another_page_is_kept(one, other):
    assert twins(listed((one, "甲"), (other, "甲"))) == {}


def test_hosts_for_telephones_are_twins_only_under_the_same_title():
    assert twins(listed(("http://www.x.gov.cn/1.html", "甲"), ("http://m.x.gov.cn/1.html", "乙"))) == {}


def test_a_page_for_telephones_that_stands_alone_is_kept():
    assert twins(listed(("http://x.gov.cn/nb/t20240115_1_app.shtml", "甲"))) == {}


def test_the_place_of_an_address_keeps_port_and_query():
    assert place_of("https://www.x.gov.cn:8443/a?b=1") == "x.gov.cn:8443/a?b=1"


# --- sessions, titles beside, gkmlpt


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("/nb/1.jsp;jsessionid=AB12.node1?id=3", "/nb/1.jsp?id=3"),
        ("/nb/1.php?PHPSESSID=ff&id=3", "/nb/1.php?id=3"),
        ("/nb/1.php?id=3&PHPSESSID=ff", "/nb/1.php?id=3"),
        ("/nb/list?sid=755001", "/nb/list?sid=755001"),
    ],
)
def test_a_sessions_number_is_no_part_of_an_address(href, address):
    assert page("").urljoin(href) == f"http://www.x.gov.cn{address}"


def test_a_link_that_says_only_look_has_the_title_of_its_row():
    row = "<tr><td>1</td><td>某局2023年政府信息公开年报</td><td>2024-01-02</td><td><a href='1.html'>点击查看</a></td></tr>"
    (link,) = page(f"<table>{row}</table>").links
    assert (link.title, link.published) == ("某局2023年政府信息公开年报", "2024-01-02")


def test_a_shortened_title_is_made_whole_even_if_it_is_as_long():
    (link,) = page(
        '<a href="1.html" title="丰城市各乡镇2023年政府信息公开年报">丰城市各乡镇2023年政府信息公开年…</a>'
    ).links
    assert link.title == "丰城市各乡镇2023年政府信息公开年报"


@pytest.mark.parametrize(
    "script",
    [
        'window._CONFIG = {"SID": "755001", "DETAIL": {"content": "<p>\\u65b0\\u6536<\\/p>"}};',
        "window._CONFIG = {SID: '755001', DETAIL: {title: 'a: b, c', content: '<p>新收</p>',},};",
    ],
)
def test_the_body_of_a_gkmlpt_report_is_read_out_of_its_script(script):
    assert body(page(f"<script>{script}</script>")) == "<p>新收</p>"
    assert config(page(f"<script>{script}</script>"))["SID"] == "755001"


@pytest.mark.parametrize(
    "text", ["", "window._CONFIG = {broken", "window._CONFIG = {DETAIL: null}", "window._CONFIG=[1]"]
)
def test_a_page_without_a_readable_script_has_no_such_body(text):
    assert body(page(f"<script>{text}</script>")) is None
