"""What each family asks next: by GET, by a form, by JSON; and that it ends."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from crawler.families import FAMILIES, Ask, Page
from crawler.families.page import ask_by_form, ask_by_json

HOST = "http://www.x.gov.cn"


def test_a_ucap_channel_is_asked_for_by_its_number_where_the_address_is_put_together_by_a_script():
    script = "<script>var channelId = 'c1a2b3'; $.get('/common/search/' + channelId + '?_isJson=true')</script>"
    (ask,) = following("ucap", page("/nb/list.html", script))
    assert ask.url.startswith(f"{HOST}/common/search/c1a2b3?")


def following(family: str, page: Page) -> list[Ask]:
    return list(FAMILIES[family].next_pages(page))


def query(ask: Ask) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(ask.url).query, keep_blank_values=True))


def page(path: str, text: str, asked: Ask | None = None) -> Page:
    return Page(HOST + path, 200, {}, text, asked)


PROXY = "/module/web/jpage/dataproxy.jsp"
RECORD = "<record><![CDATA[<li><a href='/art/2024/1/29/art_1_2.html'>某局2023年年报</a></li>]]></record>"
JPAGE = """<script>jpage({{proxyUrl:'{proxy}',perPage:15,totalRecord:{total},
ajaxParam:{{col:1,webid:39,path:'/',columnid:{column},unitid:'247686',webname:'某县',permissiontype:0}}}})</script>"""


def test_jpage_is_asked_by_the_form_that_its_script_would_send():
    shown = f"<datastore><recordset>{RECORD * 45}</recordset></datastore>" + JPAGE.format(
        proxy=PROXY, total=57, column=61
    )
    (ask,) = following("hanweb", page("/col/col61/index.html", shown))
    assert (ask.method, ask.url) == ("POST", f"{HOST}{PROXY}?startrecord=46&endrecord=90&perpage=15")
    assert dict(parse_qsl(ask.body.decode())) == {
        "col": "1", "webid": "39", "path": "/", "columnid": "61", "unitid": "247686", "webname": "某县",
        "permissiontype": "0",
    }  # fmt: skip
    assert ask.headers == (("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),)


@pytest.mark.parametrize(("total", "further"), [(90, []), (91, ["91"])])
def test_jpage_ends_where_its_total_says(total, further):
    asked = ask_by_form(f"{HOST}{PROXY}?startrecord=46&endrecord=90&perpage=15", {"columnid": "61"})
    answer = page(
        f"{PROXY}?startrecord=46&endrecord=90&perpage=15", f"<totalrecord>{total}</totalrecord>{RECORD}", asked
    )
    asks = following("hanweb", answer)
    assert [query(ask)["startrecord"] for ask in asks] == further
    assert all(ask.body == b"columnid=61" for ask in asks)


def test_encrypted_numbers_are_used_as_given_and_never_built():
    given = f"{PROXY}?page=1&amp;columnid=%2Bq8J%3D&amp;unitid=Xy%2F9"
    text = f'<datastore><nextgroup><![CDATA[<a href="{given}"></a>]]></nextgroup></datastore>'
    text += JPAGE.format(proxy=PROXY, total=57, column="'+q8J='")
    (ask,) = following("hanweb", page("/col/col61/index.html", text))
    assert (ask.method, ask.url) == ("GET", f"{HOST}{PROXY}?page=1&columnid=%2Bq8J%3D&unitid=Xy%2F9")


CLEAR = f"{PROXY}?page={{}}&webid=1&columnid=104&unitid=6"


def test_numbers_in_clear_are_counted_on_where_the_group_given_is_the_one_in_the_page():
    text = f'<datastore><nextgroup><![CDATA[<a href="{CLEAR.format(1)}"></a>]]></nextgroup></datastore>'
    asks = following("hanweb", page("/col/col104/index.html", text))
    assert [ask.url for ask in asks] == [HOST + CLEAR.format(1), HOST + CLEAR.format(2)]


@pytest.mark.parametrize(("number", "further"), [(1, [2]), (2, [3]), (3, [])])
def test_groups_in_clear_end_where_their_total_says(number, further):
    answer = page(CLEAR.format(number), f"<datastore><totalpage>3</totalpage>{RECORD}</datastore>")
    assert [ask.url for ask in following("hanweb", answer)] == [HOST + CLEAR.format(n) for n in further]


UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"
QUERY_DATA = (
    """<div url="{unit}" queryData="{{'webId':'52','pageId':'1638','tplSetId':'Ms','tagId':'列表'}}" {more}></div>"""
)


def test_jpaas_is_asked_as_its_own_script_spells_it():
    (ask,) = following("hanweb", page("/nb/index.html", QUERY_DATA.format(unit=UNIT, more="rows='15' count='40'")))
    assert query(ask) == {
        "parseType": "bulidstatic", "webId": "52", "tplSetId": "Ms", "pageType": "column", "tagId": "列表",
        "editType": "null", "pageId": "1638", "paramJson": '{"pageNo":1,"pageSize":15}',
    }  # fmt: skip


@pytest.mark.parametrize(("number", "further"), [(1, [2]), (2, [3]), (3, [])])
def test_jpaas_ends_where_its_count_says(number, further):
    address = f'{UNIT}?pageId=1638&paramJson={{"pageNo":{number},"pageSize":15}}'
    html = '<div class="pagination" rows="15" count="40"></div>'
    answer = page(address, json.dumps({"success": True, "data": {"html": html}}))
    assert [json.loads(query(ask)["paramJson"])["pageNo"] for ask in following("hanweb", answer)] == further


def test_an_answer_of_jpaas_that_failed_lists_nothing_and_ends():
    answer = page(f"{UNIT}?pageId=1", '{"success":false,"data":null}')
    assert (list(FAMILIES["hanweb"].entries(answer)), following("hanweb", answer)) == ([], [])


def test_a_dynamic_ucap_list_is_asked_at_the_address_in_its_page_without_a_token_of_ours():
    address = f"/common/search/{'9d' * 16}?_isAgg=true&_pageSize=20"
    (ask,) = following("ucap", page("/nb/list.html", f"<script>$.get('{address}')</script>"))
    assert query(ask) == {"_isAgg": "true", "_pageSize": "20", "_isJson": "true", "page": "1"}


@pytest.mark.parametrize(("number", "further"), [(1, ["2"]), (2, ["3"]), (3, [])])
def test_a_dynamic_ucap_list_ends_where_its_total_says(number, further):
    data = {"data": {"page": number, "rows": 20, "total": 41, "results": []}}
    answer = page(f"/common/search/{'9d' * 16}?_pageSize=20&page={number}", json.dumps(data))
    assert [query(ask)["page"] for ask in following("ucap", answer)] == further


GUID = "7eb5f7f1-9041-43ad-8e13-8fcb82ea831a"


def test_epoint_goes_by_the_settings_of_the_site_to_the_list():
    column = page("/dynamic/zw/openlist.html?categorynum=003011&deptcode=033", "<script src='/js/webBuilderCommon.js'>")
    (settings,) = following("epoint", column)
    assert settings.url == f"{HOST}/js/webBuilderCommon.js"
    told = f'var siteInfo = {{"projectName":"/EWB_YK_Mid","siteGuid":"{GUID}"}};'
    first, second = following("epoint", page("/js/webBuilderCommon.js", told, settings))
    assert (first.method, first.url) == ("POST", f"{HOST}/EWB_YK_Mid/rest/lightfrontaction/getgovinfolist")
    expected = {"deptcode": "033", "categorynum": "003011", "siteGuid": GUID, "pageSize": 50}
    assert json.loads(first.body) == expected | {"pageIndex": 0}
    assert json.loads(second.body) == expected | {"pageIndex": 1}
    assert first.base == second.base == column.url


@pytest.mark.parametrize(("number", "lines", "further"), [(0, 50, [1, 2]), (1, 50, [2]), (1, 49, []), (0, 0, [])])
def test_epoint_ends_with_a_page_that_is_not_full(number, lines, further):
    url = f"{HOST}/EWB-FRONT/rest/lightfrontaction/getgovinfolist"
    asked = ask_by_json(url, {"pageIndex": number, "categorynum": "003011"})
    answer = Page(url, 200, {}, json.dumps({"custom": {"data": [{}] * lines, "total": 999}}), asked)
    asks = following("epoint", answer)
    assert [json.loads(ask.body) for ask in asks] == [{"pageIndex": n, "categorynum": "003011"} for n in further]


def test_epoint_without_the_sites_number_ends():
    asked = Ask(f"{HOST}/js/webBuilderCommon.js", knows=(("categorynum", "003011"),))
    assert following("epoint", page("/js/webBuilderCommon.js", "var a = 1;", asked)) == []


@pytest.mark.parametrize(("number", "total", "further"), [(1, 101, ["2"]), (2, 101, []), (1, 100, [])])
def test_gkmlpt_has_a_hundred_lines_a_page(number, total, further):
    answer = page(
        f"/gkmlpt/api/all/6?page={number}&sid=7",
        json.dumps({"articles": [{"title": "x", "url": "/y"}], "total": total}),
    )
    assert [query(ask)["page"] for ask in following("gkmlpt", answer)] == further


def test_longxun_asks_for_fragments_below_the_columns_own_prefix():
    head = '<meta name="SiteId" content="6789">'
    (ask,) = following("longxun", page("/huangshanzwgk/zwgk/public/column/21?type=4&catId=88&action=list", head))
    assert urlsplit(ask.url).path == "/huangshanzwgk/zwgk/site/label/8888"
    expected = {
        "siteId": "6789",
        "organId": "21",
        "catId": "88",
        "type": "4",
        "pageIndex": "1",
        "result": "暂无相关信息",
    }
    assert query(ask).items() >= expected.items()


@pytest.mark.parametrize(
    ("text", "further"),
    [("<a href='/public/content/1'>x</a>pageCount:12", ["5"]), ("暂无相关信息 pageCount:12", []), ("pageCount:4", [])],
)
def test_longxun_ends_with_its_pages_or_where_nothing_is(text, further):
    assert [
        query(ask)["pageIndex"] for ask in following("longxun", page("/site/label/8888?pageIndex=4", text))
    ] == further


@pytest.mark.parametrize(
    ("family", "path", "text", "further"),
    [
        ("nfcms", "/nb/", '<a href="index_2.html">2</a>', ["/nb/index_2.html"]),
        ("nfcms", "/nb/index_2.html", "共3页", ["/nb/index_3.html"]),
        ("nfcms", "/nb/index_3.html", "共3页", []),
        ("showlist", "/XxgkAnnualReport/showList/6/page_1.html", '<a href="page_2.html">2</a>', ["/XxgkAnnualReport/showList/6/page_2.html"]),
        ("showlist", "/XxgkAnnualReport/showList/6/page_2.html", '<a href="page_1.html">1</a>', []),
        ("hebei", "/columns/a/index.html", '<a href="index_1.html">2</a>', ["/columns/a/index_1.html"]),
        ("hebei", "/columns/a/index.html", "", []),
        ("trs", "/nb/", "<script>var countPage = 2;</script>", ["/nb/index_1.html", "/nb/index_2.html"]),
        ("trs", "/nb/index_1.html", "<script>var countPage = 2;</script>", []),
        ("generic", "/nb/", '<b class="cur">1</b><a href="?p=1">1</a><a href="?p=2">2</a>', ["/nb/?p=2"]),
        ("generic", "/nb/?p=2", '<a href="?p=1">1</a><a href="?p=2">2</a><a href="?p=3">3</a>', ["/nb/?p=3"]),
        ("generic", "/nb/?p=3", '<a href="?p=1">1</a><a href="?p=2">2</a><a href="?p=3">3</a>', []),
        ("generic", "/nb/", """<a href="javascript:goUrl('/nb/2.html')">下一页</a>""", ["/nb/2.html"]),
        ("generic", "/nb/", """<span onclick="location.href='2.html'">下一页 &gt;</span>""", ["/nb/2.html"]),
    ],
)  # fmt: skip
def test_the_next_page_is_found_and_the_last_has_none(family, path, text, further):
    assert [ask.url for ask in following(family, page(path, text))] == [HOST + target for target in further]


def test_requests_to_one_address_differ_by_what_is_sent():
    url = "http://x.gov.cn/list"
    assert len({Ask(url).key, ask_by_form(url, {"p": "1"}).key, ask_by_form(url, {"p": "2"}).key}) == 3
