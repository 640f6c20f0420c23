"""/search: bodies, titles and texts in Chinese, with marks and filters; and Datasette's own search box."""

import time

import pytest

HITS = ".passages li"


def shown(page, kind):
    return page.css(f"section[aria-labelledby={kind}] li").xpath("string()").getall()


@pytest.mark.parametrize("word", ["公开", "申请", "不予", "丰城", "统筹推进工作落实"])
def test_search_finds_the_sections_that_hold_a_word_and_no_others(site, word):
    expected = site.rows(f"select count(*) from sections where text like '%{word}%'")[0][0]
    counted = site.page(f"/search?q={word}&in=sections").css("#sections .aside").xpath("string()").get() or "0"
    assert int(counted) == expected


def test_the_words_are_marked_where_they_stand(site):
    page = site.page("/search?q=丰城 信息")
    assert set(page.css("mark.hit::text").getall()) == {"丰城", "信息"}
    assert not page.css("mark.hit mark")


def test_a_person_finds_the_body_and_its_report_by_name(site):
    page = site.page("/search?q=丰城")
    assert "丰城市人民政府" in shown(page, "bodies")[0]
    assert "丰城市2023年政府信息公开工作年度报告" in shown(page, "reports")[0]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("year=2023", 2),
        ("year=2020", 1),
        ("province=36", 1),
        ("province=11", 0),
        ("level=county", 1),
        ("kind=government", 7),
        ("kind=zone", 0),
    ],
)
def test_filters_narrow_what_is_found(site, query, count):
    assert len(shown(site.page(f"/search?q=年度报告&in=reports&{query}"), "reports")) == count


def test_filters_go_with_the_pages(site):
    page = site.page("/search?q=公开&in=sections&kind=government")
    following = page.css("a[rel=next]::attr(href)").get()
    assert "kind=government" in following
    first, second = (
        site.page(path).css(".passages .where::attr(href)").getall()
        for path in ("/search?q=公开&in=sections", following)
    )
    assert first and second and not set(first) & set(second)


def test_datasettes_own_search_finds_the_same(site):
    rows = site.get("/nianbao/sections.json?_search=丰城&_shape=array").json()
    assert len(rows) == site.rows("select count(*) from sections where text like '%丰城%'")[0][0] > 0
    assert [row["name"] for row in site.get("/nianbao/bodies.json?_search=丰城&_shape=array").json()] == [
        "丰城市人民政府"
    ]
    assert len(site.get("/nianbao/reports.json?_search=政府信息公开工作&_shape=array").json()) == 7
    assert site.get("/nianbao/sections.csv?_search=丰城").text.count("丰城") > 0
    assert site.get('/nianbao/reports.json?_search="&_shape=array').json() == []


@pytest.mark.parametrize("query", ["q=%22%20OR%20", "q=*", "q=" + "公开" * 3000, "q=公开&page=99999999999999999999", "q=公开&year=二〇二三",
                                   "q=公开&province='\"", "q=公开&in=nothing", "q=%00", "q=公开&level=" + "x" * 5000, "q=" + "a+" * 3000])  # fmt: skip
def test_no_question_breaks_the_search(site, query):
    started = time.monotonic()
    assert site.get(f"/search?{query}").status_code == 200
    assert time.monotonic() - started < 5
