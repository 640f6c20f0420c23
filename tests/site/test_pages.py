"""The other pages, and what holds for all of them."""

import asyncio
import io
import json
import re
import tomllib
from pathlib import Path

import pytest
from making.database import PORTAL
from making.html import make_html
from making.printed import print_report
from making.report import make_report

SITE = Path(__file__).parents[2] / "site"


def addresses(site):
    (report,) = site.rows("select id, body_id, payload_sha256 from reports where report_year = 2024")
    paths = [
        "/",
        "/codebook",
        "/division/360000",
        "/division/360900",
        "/division/360981",
        "/division/unknown",
        "/search",
        "/search?q=%E5%85%AC%E5%BC%80&province=36",
        "/search?q=%E5%85%AC%E5%BC%80&in=sections&page=2",
        f"/compare?body={report[1]}&find=%E4%B8%B0%E5%9F%8E&line=requests/received/total&line=requests/disclosed/total",
        "/compare",
        "/coverage",
        "/quality",
        "/changes",
        "/changes?only=changed",
        "/downloads",
        "/about",
        "/runs",
        f"/report/{report[0]}",
        f"/body/{report[1]}",
        f"/source/{report[2]}",
    ]
    return [*paths, *("/en" + path for path in paths)]


def test_no_page_runs_or_loads_anything_foreign_or_sets_a_cookie(site):
    for path in addresses(site):
        answer, page = site.get(path), site.page(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert not page.css("script:not([type='application/ld+json']), iframe, object, [style], [onclick], style"), path
        loaded = page.css("link[rel=stylesheet]::attr(href), link[rel=icon]::attr(href), img::attr(src)").getall()
        assert all(address.startswith("/static/") and site.get(address).status_code == 200 for address in loaded)
        for link in page.css("a"):
            href = link.attrib["href"]
            assert href.startswith(("/", "#")) or "noreferrer" in link.attrib["rel"], href


def test_every_link_of_every_page_leads_somewhere(site):
    links = {
        href.partition("#")[0] for path in addresses(site) for href in site.page(path).css("a::attr(href)").getall()
    }
    ours = {link for link in links if link.startswith("/") and "/source/" not in link and "/nianbao/facts/" not in link}
    assert len(ours) > 20
    assert {link: site.get(link).status_code for link in ours} == dict.fromkeys(ours, 200)


def test_every_anchor_that_a_page_points_to_is_on_it(site):
    for path in addresses(site):
        page = site.page(path)
        ids = page.xpath("//@id").getall()
        assert len(ids) == len(set(ids)), path
        anchors = {href[1:] for href in page.css("a::attr(href)").getall() if href.startswith("#")}
        assert anchors <= set(ids), path


def test_a_page_offers_itself_in_the_other_language(site):
    assert site.page("/codebook").css("link[hreflang=en]::attr(href)").get() == "/en/codebook"
    assert site.page("/en").css("link[hreflang=zh-Hans]::attr(href)").get() == "/"


def test_home_counts_by_province_and_year(site):
    page = site.page("/")
    assert page.css(".totals strong").xpath("string()").getall()[:2] == ["7", "3"]
    tiles = {
        row.css("th a::text").get(): row.css("td.tile").xpath("string()").getall()
        for row in page.css("table.tiles tbody tr")
    }
    assert tiles == {"江西省": ["", "", "", "", "1", ""], "区划未定": ["1", "1", "1", "1", "1", "1"]}
    assert len(page.css(".newest li")) == 7


def test_a_body_shows_gaps_and_the_named_break(site):
    ((body,),) = site.rows("select distinct body_id from reports where report_year = 2019")
    page = site.page(f"/body/{body}")
    charts = {chart.css("figcaption::text").get(): chart for chart in page.css("figure.chart")}
    requests, penalties = charts["新收政府信息公开申请（件）"], charts["行政处罚处理决定（件）"]
    assert len(requests.css("polyline")) == 2  # 2019-2021 and 2023-2024
    assert len(requests.css("circle")) == 5 and len(requests.css("text.gap")) == 1
    assert not requests.css("text.rift")
    assert penalties.css("text.rift::text").get() == "2021 新格式"
    assert len(penalties.css("polyline")) == 2  # 2019-2020 and 2023-2024: no line crosses the break
    row = page.xpath("//tr[th[text()='新收政府信息公开申请（件）']]/td")
    assert ["missing" in cell.attrib["class"] for cell in row] == [False, False, False, True, False, False]
    assert row[0].css("a::attr(href)").get().endswith("#requests/received/total")


def test_the_codebook_names_every_line_of_both_forms(site):
    page = site.page("/codebook")
    for form, table, row in site.rows("select distinct form, table_key, row_key from lines"):
        assert page.xpath(f"//tr[@id='{form}/{table}/{row}']"), row
    text = page.xpath("string(//main)").get()
    for rule in ("T3-A", "T3-B", "T3-C", "T4-A", "T4-B", "T4-C"):
        assert rule in text
    assert "印在格式上" in text and "2020/21 断点" in text


@pytest.mark.parametrize(
    "path", ["/report/1", "/body/99999999999999999999", "/division/999999", "/nothing", "/source/" + "0" * 64, "/a/b/c"]
)
def test_an_unknown_address_is_told_in_the_look_of_the_site(site, path):
    for prefix, title in (("", "没有这一页"), ("/en", "There is no such page")):
        answer = site.get(prefix + path)
        assert answer.status_code == 404
        assert title in answer.text and "reading_room.css" in answer.text


def test_datasette_answers_with_json_csv_and_facets(site):
    facts = site.get("/nianbao/facts.json?table_key=requests&row_key=received&column_key=total&_shape=array").json()
    assert len(facts) == 7
    assert site.get("/nianbao/facts.csv?_size=1").text.startswith("report_id,table_key,row_key,column_key,value")
    years = site.get("/nianbao/reports.json?_facet=report_year").json()["facet_results"]["report_year"]["results"]
    assert {each["value"]: each["count"] for each in years}[2023] == 2


EVERYWHERE = ("/", "/search", "/search?q=公开", "/compare", "/compare?find=公开", "/coverage", "/quality", "/changes", "/changes.atom", "/codebook",
              "/downloads", "/about", "/runs", "/division/unknown", "/division/360000", "/nianbao", "/nianbao/reports", "/nianbao/panel",
              "/nianbao/most_requests", "/nianbao/most_withheld?year=", "/nianbao/broken_balances?year=", "/nianbao/changed_after_publication")  # fmt: skip


def test_an_empty_database_gives_pages(site_of):
    site = site_of({})
    for path in EVERYWHERE:
        assert site.get(path).status_code == 200, path
        if not path.startswith("/nianbao"):
            assert site.get(f"/en{path}".rstrip("/")).status_code == 200, path
    assert "还没有报告" in site.get("/").text


def test_a_database_of_a_single_report_gives_pages(site_of):
    made = make_html(print_report(make_report(3, "丰城市人民政府", 2023)))
    site = site_of({f"{PORTAL.column_url}1.html": (make_report(3, "丰城市人民政府", 2023).title, made.content)})
    ((report, body),) = site.rows("select id, body_id from reports")
    for path in (*EVERYWHERE, f"/report/{report}", f"/body/{body}", f"/compare?body={body}", "/division/360981"):
        assert site.get(path).status_code == 200, path


def test_canned_queries_answer_real_questions(site):
    most = site.get("/nianbao/most_requests.json?year=2023&_shape=array").json()
    assert "丰城市人民政府" in [row["issuing_body"] for row in most]
    assert [row["received"] for row in most] == sorted((row["received"] for row in most), reverse=True)
    withheld = site.get("/nianbao/most_withheld.json?year=2023&_shape=array").json()
    assert {row["issuing_body"]: row["percent"] for row in withheld}["丰城市人民政府"] == 1.9  # 1 of 54
    broken = site.get("/nianbao/broken_balances.json?year=2024&_shape=array").json()
    assert {row["rule"] for row in broken} >= {"T3-C"}
    assert site.get("/nianbao/changed_after_publication.json?_shape=array").json() == []


def test_a_page_that_a_cache_holds_is_not_drawn_again(site):
    first = site.get("/about")
    tag = first.headers["etag"]
    again = asyncio.run(site.datasette.client.get("/about", headers={"If-None-Match": tag}))
    assert (again.status_code, again.text) == (304, "")
    assert "public" in first.headers["cache-control"] and "max-age" in first.headers["cache-control"]
    sheet = site.page("/").css("link[rel=stylesheet]::attr(href)").get()
    assert "immutable" in site.get(sheet).headers["cache-control"]


def test_the_start_counts_and_digests_nothing(site):
    database = site.datasette.get_database("nianbao")
    assert database.cached_table_counts["reports"] == 7
    assert database.cached_table_counts["facts"] == site.rows("select count(*) from facts")[0][0]


def test_every_text_is_there_in_both_languages_and_used():
    texts = tomllib.loads((SITE / "texts.toml").read_text(encoding="utf-8"))
    known = {key if group == "general" else f"{group}.{key}" for group, entries in texts.items() for key in entries}
    for entries in texts.values():
        assert all(set(said) == {"zh", "en"} for said in entries.values())
    sources = [*(SITE / "templates" / "reading_room").glob("*.html"), *(SITE / "plugins" / "reading_room").glob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    asked = set(re.findall(r"""(?:\bt|texts)\[["']([a-z_.0-9]+)["']\]""", code))
    assert asked <= known
    by_name = {"scope", "level", "body_kind", "state", "state_meaning", "issue", "issue_meaning", "severity", "each",
               "balance_source", "unit", "printed", "headline", "table", "coverage_status", "run_count", "verdict", "about_title",
               "about_text", "change", "change_cells", "need"}  # fmt: skip
    spelled = {
        "home.reports",
        "home.bodies",
        "home.figures",
        "home.issues",
        "home.documents",
        "report.page",
        "report.attachment",
    }
    spelled |= {
        "search.province",
        "search.level",
        "search.year",
        "search.kind",
        "search",
        "compare",
        "coverage",
        "quality",
        "changes",
        "codebook",
        "downloads",
        "about",
    }
    spelled |= {f"codebook.comparability_{number}" for number in "1234"} | {"unknown"}
    assert {key for key in known - asked - spelled if key.partition(".")[0] not in by_name} == set()


def test_the_metadata_describes_tables_and_columns_that_exist(site):
    told = site.get("/-/metadata.json").json()["databases"]["nianbao"]["tables"]
    tables = {
        name
        for (name,) in site.rows(
            "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' and name not like '%!_fts%' escape '!'"
        )
    }
    assert set(told) == tables
    for table, described in told.items():
        columns = {name for (name,) in site.rows(f"select name from pragma_table_info('{table}')")}
        assert set(described.get("columns", {})) <= columns, table


def described(page):
    (block,) = page.css("script[type='application/ld+json']::text").getall()
    return json.loads(block)


def test_programs_are_told_what_the_archive_and_a_report_are(site):
    catalogue = described(site.page("/"))
    assert (catalogue["@context"], catalogue["@type"]) == ("https://schema.org", "DataCatalog")
    files = [each["contentUrl"] for each in catalogue["dataset"][0]["distribution"]]
    dataset = described(site.page(f"/en/report/{site.report('丰城市人民政府', 2023)}"))
    assert (dataset["@type"], dataset["temporalCoverage"], dataset["creator"]["name"]) == ("Dataset", "2023", "丰城市人民政府")
    files += [each["contentUrl"] for each in dataset["distribution"]]
    assert {path: site.get(path).status_code for path in files} == dict.fromkeys(files, 200)


def test_the_data_package_tells_every_column_of_every_table(site):
    package = site.get("/datapackage.json").json()
    resources = {each["name"]: each for each in package["resources"]}
    assert {"panel", "reports", "facts", "lines"} <= set(resources) and "holdings" not in resources
    for name in ("reports", "panel"):
        head = site.get("/" + resources[name]["path"]).text.splitlines()[0].split(",")
        assert [field["name"] for field in resources[name]["schema"]["fields"]] == head
    fields = {field["name"]: field for field in resources["reports"]["schema"]["fields"]}
    assert fields["id"]["type"] == "integer" and "重建后不变" in fields["id"]["description"]
    assert resources["facts"]["schema"]["primaryKey"] == ["report_id", "table_key", "row_key", "column_key"]


def examples(site):
    """The examples of /downloads by their headings."""
    page = site.page("/downloads")
    titles = page.css("section[aria-labelledby=examples] h3::text").getall()
    return dict(zip(titles, page.css("section[aria-labelledby=examples] pre code").xpath("string()").getall(), strict=True))


def test_every_address_of_the_examples_answers_with_figures(site):
    told = examples(site)
    assert set(told) == {"curl", "Python", "Python (pandas)", "R", "Stata"}
    for name, text in told.items():
        addresses = re.findall(r'"http://127\.0\.0\.1:8001([^"]+)"', text)
        assert addresses, name
        for address in addresses:
            answer = site.get(address)
            assert answer.status_code == 200, (name, address)
            assert len(answer.text.splitlines()) > 1 or answer.json(), (name, address)


def test_the_python_example_runs_as_printed(site, monkeypatch):
    text = examples(site)["Python"]
    fetched = []

    def urlopen(address):
        fetched.append(address)
        return io.BytesIO(site.get(address.removeprefix("http://127.0.0.1:8001")).content)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    names = {}
    exec(text, names)
    assert fetched and names["received"][2023] == sum(
        value for (value,) in site.rows("select received from panel where report_year = 2023 and received is not null")
    )


def test_a_mistyped_table_is_told_at_once_in_the_look_of_the_site(site, capsys):
    answer = site.get("/nianbao/nothing")
    assert answer.status_code == 404 and "没有这一页" in answer.text and "reading_room.css" in answer.text
    refused = site.get("/nianbao?sql=select+nonsense")
    assert refused.status_code == 400 and "no such column: nonsense" in refused.text
    told = site.get("/nianbao/nothing.json")
    assert (told.status_code, told.json()["ok"]) == (404, False)
    assert "Traceback" not in capsys.readouterr().out
