import doctest

import pytest
from making.crawls import ROOT, asked, find, html, links, report, write_portals
from making.portals import all_portals
from making.portals.homes import WAYS, with_home
from making.portals.serving import Serving

from crawler import discovery
from crawler.discovery import Lead, Search, leads, names, printed_addresses, site_names
from crawler.families import Ask, Page, wrappers
from crawler.sample_portals import Answer, SamplePortals

HOME = "http://www.x.gov.cn/"


def page(body: str, url: str = HOME, **more) -> Page:
    return Page(url, 200, {}, html(body), **more)


def likeliest(body: str) -> str:
    return max(leads(page(body), Lead(HOME, 1.0)), key=lambda lead: lead.weight).url.removeprefix(HOME)


@pytest.mark.parametrize(
    "name",
    [
        "政府信息公开年报", "政府信息公开年度报告", "政府信息公开工作年度报告", "信息公开年报", "公开年报", "年度报告", "年报",
        "《政府信息公开年报》", "政務信息公開年報", "部门年报", "历年年报",
    ],
)  # fmt: skip
def test_a_column_is_known_by_its_legal_name_and_what_portals_make_of_it(name):
    weight, is_column = names().weigh(name, HOME + "a/")
    assert is_column
    assert weight >= 0.7


@pytest.mark.parametrize(
    "name",
    ["年报解读", "网站工作年度报表", "企业年报", "统计年报", "法治政府建设年度报告", "政府信息公开制度", "依申请公开申请", "领导之窗", "", "政府信息公开指南"],
)  # fmt: skip
def test_what_only_looks_like_a_way_there_is_none(name):
    assert names().weigh(name, HOME + "a/") is None


def test_the_columns_own_name_is_followed_before_the_sections_above_it():
    body = '<a href="/zwgk/">政务公开</a><a href="/xxgk/">政府信息公开</a><a href="/nb/">政府信息公开年报</a><a href="/gk/">公开</a>'
    assert likeliest(body) == "nb/"
    found = {lead.url.removeprefix(HOME): lead.weight for lead in leads(page(body), Lead(HOME, 1.0))}
    assert found["nb/"] > found["xxgk/"] > found["zwgk/"] > found["gk/"]


@pytest.mark.parametrize(
    "script",
    [
        'var menu = [{"name":"首页","url":"/"},{"name":"政府信息公开年报","url":"/nb/"}];',
        'var menu = [{url:"/",title:"首页"},{url:"/nb/",title:"政府信息公开年报"}];',
        "addMenu('政府信息公开年报', '/nb/');\naddMenu('互动交流', '/hd/');",
        r'm.push(["政府信息公开年报","\/nb\/"]);',
        'var a={"t":"\\u653f\\u5e9c\\u4fe1\\u606f\\u516c\\u5f00\\u5e74\\u62a5","u":"/nb/"}',
        "document.write('<li><a href=\"/nb/\">政府信息公开年报</a></li>');",
    ],
)
def test_a_menu_that_a_script_draws_is_read_as_text(script):
    included = Page(HOME + "js/menu.js", 200, {"content-type": "application/javascript"}, script, Ask("x", base=HOME))
    found = [lead for lead in leads(included, Lead(included.url, 0.5)) if lead.is_column]
    assert [lead.url for lead in found] == [HOME + "nb/"]
    assert "menu script" in found[0].evidence[-1]
    inline = [lead.url for lead in leads(page(f"<script>{script}</script>"), Lead(HOME, 1.0)) if lead.is_column]
    assert set(inline) == {HOME + "nb/"}


def test_scripts_of_the_site_are_leads_and_libraries_and_foreign_ones_are_not():
    body = "".join(
        f"<script src='{s}'></script>" for s in ("/js/jquery.min.js", "/js/menu.js", "//cdn.cn/menu.js", "/a.js")
    )
    found = {lead.url: lead.weight for lead in leads(page(body), Lead(HOME, 1.0))}
    assert set(found) == {HOME + "js/menu.js", HOME + "a.js"}
    assert found[HOME + "js/menu.js"] > found[HOME + "a.js"]


def test_a_picture_that_is_a_link_is_read_by_what_it_stands_for():
    assert likeliest('<a href="/nb/"><img src="a.png" alt="政府信息公开年报"></a>') == "nb/"


def test_a_column_of_another_government_is_less_believed_than_the_sites_own():
    body = '<a href="http://www.gov.cn/nb/">政府信息公开年报</a><a href="http://xxgk.x.gov.cn/nb/">政府信息公开年报</a>'
    found = {lead.url: lead.weight for lead in leads(page(body), Lead(HOME, 1.0))}
    assert found["http://xxgk.x.gov.cn/nb/"] > 2 * found["http://www.gov.cn/nb/"]


def test_a_column_that_a_person_gives_is_taken_for_one():
    search = Search(HOME + "zwgk/zfxxgknb/")
    search.read(page(COLUMN, HOME + "zwgk/zfxxgknb/"), search.next())
    (found,) = search.candidates
    assert found.confidence > 0.85
    assert found.reason == f"address {HOME}zwgk/zfxxgknb/"
    assert search.next() is None


def test_a_search_ends_after_thirty_pages():
    search, asked_for = Search(HOME), 0
    while lead := search.next():
        asked_for += 1
        body = "".join(f'<a href="/{asked_for}/{n}/">政务公开</a>' for n in range(5))
        search.read(page(body, lead.url), lead)
    assert asked_for == 30
    assert search.candidates == ()


FENGCHENG = "http://www.jxfc.gov.cn/fcsrmzf/bjzfxxgknb/xxgk_list.shtml"


def test_a_report_tells_the_address_of_its_own_column():
    text = (ROOT / "tests" / "making" / "fengcheng2023.txt").read_text(encoding="utf-8")
    (found,) = printed_addresses(text)
    assert (found.url, found.is_column) == (FENGCHENG, True)
    assert found.context.endswith("“政府信息公开年报”栏目（网址")


@pytest.mark.parametrize(
    ("text", "url", "is_column"),
    [
        (
            "在“政府信息公开年报”栏目（网址：http://www.x.gov.cn/zwgk/\nzfxxgknb/）公布",
            "http://www.x.gov.cn/zwgk/zfxxgknb/",
            True,
        ),
        ("年报电子版可从www.x.gov.cn/gknb下载", "http://www.x.gov.cn/gknb", True),
        ("请登录http://www.x.gov.cn，查阅", "http://www.x.gov.cn", False),
        (
            "网址https://www.x.gov.cn/col/col123/index.html。政府信息",
            "https://www.x.gov.cn/col/col123/index.html",
            False,
        ),
        ("“政府信息公开年度报告”专栏（https://www.x.gov.cn/col/col123/）", "https://www.x.gov.cn/col/col123/", True),
    ],
)
def test_printed_addresses_are_whole_and_told_apart(text, url, is_column):
    (found,) = printed_addresses(text)
    assert (found.url, found.is_column) == (url, is_column)


def test_addresses_of_others_and_of_files_are_not_taken():
    assert printed_addresses("http://www.example.com/nb/ http://www.x.gov.cn/nb/a.pdf 邮箱a@www.x.gov.cn") == ()


def test_a_site_says_its_name():
    head = "<head><meta name='SiteName' content='丰城市人民政府'><title>政府信息公开年报_丰城市人民政府门户网站</title></head>"
    assert site_names(Page(HOME, 200, {}, f"<html>{head}</html>")) == ("丰城市人民政府", "政府信息公开年报")


def test_the_examples_in_docstrings_hold():
    assert [doctest.testmod(module).failed for module in (discovery, wrappers)] == [0, 0]


# --- whole discoveries

REPORTS = [report(f"/nb/202401/t20240115_32711{n}.html", f"示例县{n}局") for n in range(10, 16)]
COLUMN = f"<h1>政府信息公开年报</h1>{links(*REPORTS)}"
NEWS = links(*((f"/news/{n}.html", f"我县召开{n}次会议") for n in range(20)))


SITES = {
    "named": {"/index.html": f"{NEWS}<a href='/nb/'>政府信息公开年报</a>"},
    "two_clicks": {
        "/index.html": f"{NEWS}<a href='/zwgk/'>政务公开</a>",
        "/zwgk/index.html": "<a href='/zwgk/fdzd/'>法定主动公开内容</a><a href='/zwgk/zc/'>政策</a>",
        "/zwgk/fdzd/index.html": "<a href='/nb/'>政府信息公开年报</a>",
    },
    "scripted": {
        "/index.html": f"{NEWS}<script src='/js/jquery.js'></script><script src='/js/menu.js'></script>",
        "/js/jquery.js": b"<a",
        "/js/menu.js": 'var m=[{"n":"政务公开","u":"/zwgk/"}];'.encode(),
        "/zwgk/index.html": "<script src='js/left.js'></script>",
        "/zwgk/js/left.js": "document.write('<a href=\"../nb/\">政府信息公开工作年度报告</a>')".encode(),
    },
    "framed": {
        "/index.html": "<a href='/gk.html'>政府信息公开</a>",
        "/gk.html": "<iframe src='/left.html'></iframe><iframe src='/right.html'></iframe>",
        "/left.html": "<a href='/nb/' target='right'>政府信息公开年报</a>",
        "/right.html": "<p>欢迎</p>",
    },
    "shell": {
        "/index.html": "<script>window.location.href='/new/';</script>",
        "/new/index.html": "<a href='/gk/'>信息公开</a>",
        "/gk/index.html": "<script>location.href='list.html'</script>",
        "/gk/list.html": "<a href='/nb/'>年报</a>",
    },
    "noisy": {
        "/index.html": "<a href='/tj/'>统计年报</a><a href='/wz/'>网站工作年度报表</a><a href='/jd/'>年报解读</a>"
        "<a href='/zwgk/'>政务公开</a>",
        "/zwgk/index.html": "<a href='/fz/'>法治政府建设年度报告</a><a href='/nb/'>政府信息公开年报</a>",
        "/tj/index.html": links(*((f"/tj/{n}.html", f"示例县20{n}年统计年报") for n in range(10, 20))),
    },
    "years": {
        "/index.html": "<a href='/xxgk/'>信息公开</a>",
        "/xxgk/index.html": "<a href='/nb/'>年度报告</a>",
    },
    "none": {"/index.html": NEWS + "".join(f"<a href='/zwgk/{n}/'>政务公开{n}</a>" for n in range(3))},
    "walled": {},
}


@pytest.fixture(scope="module")
def discovered(tmp_path_factory):
    """What was found from each home page, and what each portal was asked for."""

    def behave(address, path, headers):
        wall = address == f"127.20.8.{list(SITES).index('walled') + 1}" and path == "/"
        return Answer(412, b"<script>1</script>", {"Content-Type": "text/html"}) if wall else None

    sites = {
        key: {"column": "/", "pages": pages | ({} if key in ("none", "walled") else {"/nb/index.html": COLUMN})}
        for key, pages in SITES.items()
    }
    years = "".join(f"<li><a href='/nb/{year}/'>{year}年</a></li>" for year in range(2018, 2025))
    sites["years"]["pages"]["/nb/index.html"] = f"<ul>{years}</ul>"
    folder = write_portals(tmp_path_factory.mktemp("portals"), **sites)
    with SamplePortals(folder, behaviour=behave) as served:
        homes = [portal.column_url for portal in served.portals()]
        found = find("discover", homes, tmp_path_factory.mktemp("data"))
        paths = {key: asked(served.visits, f"127.20.8.{n}") for n, key in enumerate(SITES, start=1)}
    return dict(zip(SITES, found, strict=True)), paths


@pytest.mark.parametrize("key", [key for key in SITES if key not in ("none", "walled")])
def test_the_column_is_found_from_the_home_page(discovered, key):
    found, paths = discovered
    best = found[key]["candidates"][0]
    assert best["column_url"].endswith("/nb/")
    said = "lists 7 years" if key == "years" else "lists 6 reports of 2023 to 2023"
    assert any(said in line for line in best["evidence"])
    assert best["confidence"] > (0.6 if key == "years" else 0.7)
    assert best["family"] == ("generic" if key == "years" else "trs")
    assert len(paths[key]) <= 30
    assert not [path for path in paths[key] if path.startswith(("/tj/", "/wz/", "/jd/", "/fz/", "/news/", "/js/jq"))]


def test_where_there_is_no_column_nothing_is_made_up(discovered):
    found, paths = discovered
    assert (found["none"]["state"], found["none"]["candidates"]) == ("not found", [])
    assert len(paths["none"]) <= 30
    assert found["walled"]["state"] == "blocked"
    assert paths["walled"] == ["/robots.txt", "/"]


# A column that is nothing but a way to another page is found there.
BEHIND = {
    "wrapped-refresh": "/zfxxgkzl/list.html", "wrapped-location": "/zfxxgkzl/list.html",
    "wrapped-replace": "/zfxxgkzl/list.html", "wrapped-twice": "/b/",
}  # fmt: skip
# Every portal that has a column with reports and no home page of its own, in turn with each way to it.
WITH_HOMES = {
    portal.key: with_home(portal, tuple(WAYS)[number % len(WAYS)])
    for number, portal in enumerate(p for p in all_portals() if p.reports and "/" not in p.answers)
}


@pytest.fixture(scope="module")
def from_homes(tmp_path_factory):
    """By key, what was found from each home page, as paths, and what the portal was asked for."""
    with Serving(list(WITH_HOMES.values())) as serving:
        homes = [f"{serving.origin(portal)}/" for portal in WITH_HOMES.values()]
        found = find("discover", homes, tmp_path_factory.mktemp("data"))
        columns = {
            portal.key: [line["column_url"].removeprefix(serving.origin(portal)) for line in finding["candidates"]]
            for portal, finding in zip(WITH_HOMES.values(), found, strict=True)
        }
        asked = {portal.key: [met.target for met in serving.asked(portal)] for portal in WITH_HOMES.values()}
    return columns, asked, serving.overlaps


def test_there_is_a_home_page_for_every_family_and_every_way_to_a_column():
    assert len(WITH_HOMES) > 5 * len(WAYS)
    assert len(WITH_HOMES) >= len([portal for portal in all_portals() if portal.reports]) - 1


@pytest.mark.parametrize("key", WITH_HOMES)
def test_the_column_of_every_local_portal_is_found_with_few_requests(from_homes, key):
    columns, asked, _ = from_homes
    assert columns[key][:1] == [BEHIND.get(key, WITH_HOMES[key].column)]
    assert len(asked[key]) < 30, "and one for robots.txt"
    assert len(asked[key]) == len(set(asked[key]))
    beside = ("/news/", "/tj/", "/wz/", "/qy/", "/ysq/", "/hd/", "/static/jquery")
    assert not [target for target in asked[key] if target.startswith(beside)]


def test_no_host_met_two_requests_of_a_discovery_at_once(from_homes):
    assert from_homes[2] == []


def test_a_check_says_which_columns_answer_moved_are_blocked_gone_or_silent(tmp_path):
    states = ("answers", "moved", "redirected", "blocked", "gone", "emptied")
    pages = {
        "answers": {"/nb/index.html": COLUMN},
        "moved": {"/index.html": "<a href='/new/nb/'>政府信息公开年报</a>", "/new/nb/index.html": COLUMN},
        "redirected": {"/new/nb/index.html": COLUMN},
        "blocked": {"/index.html": "<a href='/nb/'>政府信息公开年报</a>"},
        "gone": {"/index.html": NEWS},
        "emptied": {"/nb/index.html": "<p>暂无相关信息</p>", "/index.html": NEWS},
    }

    def behave(address, path, headers):
        if path == "/nb/" and address == "127.20.8.3":
            return Answer(301, b"", {"Location": "/new/nb/"})
        if path == "/nb/" and address == "127.20.8.4":
            return Answer(521, b"<script>document.cookie</script>")
        return None

    sites = {key: {"column": "/nb/", "pages": pages[key]} for key in states}
    with SamplePortals(write_portals(tmp_path / "portals", **sites), behaviour=behave) as served:
        lines = [{"key": p.key, "name": p.name, "division": None, "family": "auto", "column_url": p.column_url}
                 for p in served.portals()]  # fmt: skip
        lines.append(lines[0] | {"key": "silent", "column_url": "http://127.20.8.99:1/nb/"})
        found = {line["key"]: line for line in find("check", lines, tmp_path / "archive")}
        assert asked(served.visits, "127.20.8.1") == ["/robots.txt", "/nb/"]
    assert {key: line["state"] for key, line in found.items()} == {
        "answers": "answers", "moved": "moved", "redirected": "moved", "blocked": "blocked", "gone": "gone",
        "emptied": "gone", "silent": "silent",
    }  # fmt: skip
    assert found["moved"]["column_url"].endswith("/new/nb/")
    assert found["redirected"]["column_url"].endswith("/new/nb/")
    assert found["gone"]["detail"] == "answered 404"
