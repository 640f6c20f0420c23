"""/compare, and the pages that count: bodies side by side, issues, coverage, divisions."""

import csv
import io

import pytest


def bodies(site):
    return [body for (body,) in site.rows("select id from bodies order by name")]


def test_six_bodies_at_most_and_any_lines_stand_side_by_side(site):
    chosen = "&".join(f"body={body}" for body in bodies(site) * 4)
    page = site.page(
        f"/compare?{chosen}&line=requests/received/total&line=requests/withheld.state_secrets/natural_persons"
    )
    tables = page.css("table.series")
    assert len(tables) == 2
    assert all(len(table.css("tbody tr")) == 3 for table in tables)
    assert len(page.css("figure.chart")) == 6


def test_charts_of_a_line_share_their_scale(site):
    chosen = "&".join(f"body={body}" for body in bodies(site))
    page = site.page(f"/compare?{chosen}&line=proactive_disclosure/administrative_penalties/decisions")
    tops = [
        min((float(y) for y in chart.css("circle::attr(cy)").getall()), default=999)
        for chart in page.css("figure.chart")
    ]
    assert sorted(tops)[0] == 30 and sorted(tops)[1] > 60  # 丰城's 106,734 is at the top, the others far below


def test_years_are_chosen(site):
    ((body,),) = site.rows("select distinct body_id from reports where report_year = 2019")
    page = site.page(f"/compare?body={body}&from=2020&to=2023")
    assert page.css("table.series thead th::text").getall()[1:] == ["2020", "2021", "2022", "2023"]


def test_the_comparison_is_a_file_too(site):
    ((body,),) = site.rows("select distinct body_id from reports where report_year = 2019")
    rows = list(csv.DictReader(io.StringIO(site.get(f"/compare.csv?body={body}&line=requests/received/total").text)))
    assert [row["report_year"] for row in rows] == ["2019", "2020", "2021", "2023", "2024"]
    assert site.get(f"/compare.csv?body={body}&bom=1").content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("query", ["", "body=x", "body=1", "body=" + "9" * 400, "line=a/b/c", "line=" + "x" * 9000, "from=x&to=²",
                                   "find=%22", "&".join(f"body={n}" for n in range(900))])  # fmt: skip
def test_senseless_choices_give_the_empty_form(site, query):
    page = site.page(f"/compare?{query}")
    assert not page.css("table.series") and page.css("input[type=search]")


def test_a_body_names_its_peers(site_of):
    pages = {
        f"http://127.0.0.9/nb/{n}.html": (f"{name}2023年政府信息公开工作年度报告", text(name))
        for n, name in enumerate(("丰城市", "樟树市", "高安市"))
    }
    site = site_of(pages)
    ((body,),) = site.rows("select id from bodies where name like '丰城%'")
    peers = site.page(f"/body/{body}").css(".peers a:first-child::text").getall()
    assert peers == ["樟树市人民政府", "高安市人民政府"]
    within = site.page("/division/360900").css("table.tiles tbody th a::text").getall()
    assert within == ["丰城市", "樟树市", "高安市"]


def text(name):
    title = f"{name}2023年政府信息公开工作年度报告"
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>一、总体情况</p><p>好</p></body></html>".encode()


def test_quality_counts_every_issue_with_its_denominator(site):
    page = site.page("/quality")
    counted = {
        row.css("code::text").get(): row.css("td.count::text").getall() for row in page.css("#rules ~ div tbody tr")
    }
    for rule, count in site.rows("select rule, count(*) from issues where rule is not null group by rule"):
        assert counted[rule][-2] == str(count)
    assert page.css("tfoot td.count").xpath("string()").getall()[-1] == "7"


def test_coverage_counts_what_is_found_and_says_what_is_not_known(site):
    page = site.page("/coverage")
    row = page.xpath("//tr[th[text()='县级']]/td/text()").getall()
    assert "1" in row
    assert "没有列出不等于没有公布" in page.css("main").xpath("string()").get()
    assert "not_known" not in page.get()
