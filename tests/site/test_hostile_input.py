"""What others write may be hostile: it is shown, never run."""

import asyncio
import hashlib
import sqlite3
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from datasette.app import Datasette
from making.pdf import make_pdf
from making.printed import print_report
from making.report import make_report
from parsel import Selector

from operations.sites import settings_of

SITE = Path(__file__).parents[2] / "site"

SCRIPT = "<script>alert(1)</script>"
TITLE = "示例县2023年政府信息公开工作年度报告"
PAGE = f"""<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><p>一、总体情况</p><p>好</p>
<p>&lt;script&gt;alert(2)&lt;/script&gt;</p><script>alert(3)</script><img src=x onerror=alert(4)>
<table><tr><td onclick="alert(5)">&lt;b&gt;格&lt;/b&gt;</td></tr></table></body></html>""".encode()
URL = "http://127.0.0.9/nb/1.html"


def harmless(text):
    page = Selector(text)
    return not page.css("script:not([type='application/ld+json']), img, b, [onclick], [onerror], a[href^=javascript]")


def test_scripts_in_titles_names_cells_sections_and_addresses_are_text(site_of):
    site = site_of(
        {URL: (TITLE, PAGE)},
        f"update reports set title = '{SCRIPT}', url = 'javascript:alert(1)', published_on = '{SCRIPT}'",
        f"update bodies set name = '{SCRIPT}', kind = '{SCRIPT}'",
        f"update sections set text = '{SCRIPT}', heading = '{SCRIPT}'",
        f"update captures set url = 'javascript:alert(1)', portal = '{SCRIPT}'",
        f"insert into facts select id, 'requests', 'received', 'total', null, 'text', '{SCRIPT}', '{SCRIPT}', "
        "'{\"sha256\":\"' || payload_sha256 || '\"}' from reports",
        f"insert into issues (report_id, kind, rule, severity, table_key, row_key, column_key, detail) "
        f"select id, '{SCRIPT}', '{SCRIPT}', 'error', 'requests', 'received', 'total', '{SCRIPT}' from reports",
        "update reports set form = '2021'",
    )
    ((report, body, sha256),) = site.rows("select id, body_id, payload_sha256 from reports")
    cell = f"?report={report}&cell=requests/received/total"
    for path in (
        "/",
        f"/report/{report}",
        f"/body/{body}",
        "/division/360000",
        "/division/360981",
        f"/source/{sha256}{cell}",
        f"/search?q={quote('好')}",
        f"/search?q={quote(SCRIPT)}",
        f"/compare?body={body}&find={quote(SCRIPT)}",
        "/quality",
        "/coverage",
        "/changes",
        "/changes.atom",
        f"/report/{report}.csv",
        f"/nothing/{quote(SCRIPT)}",
    ):
        for prefix in ("", "/en"):
            answer = site.get(prefix + path)
            assert answer.status_code == (404 if path.startswith("/nothing") else 200), path
            assert "html" not in answer.headers["content-type"] or harmless(answer.text), path
    assert SCRIPT not in site.get("/changes.atom").text
    assert "&lt;script&gt;alert(1)" in site.get(f"/report/{report}").text


def test_an_original_is_drawn_from_its_text_alone(site_of):
    site = site_of({URL: (TITLE, PAGE)})
    text = site.get(f"/source/{hashlib.sha256(PAGE).hexdigest()}").text
    assert harmless(text)
    assert "&lt;b&gt;格&lt;/b&gt;" in text and "&lt;script&gt;alert(2)" in text
    assert "alert(3)" not in text


def test_the_bytes_of_an_original_come_as_a_sandboxed_file(site_of):
    site = site_of({URL: (TITLE, PAGE)})
    answer = site.get(f"/source/{hashlib.sha256(PAGE).hexdigest()}/original")
    assert answer.content == PAGE
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("payload", "media_type"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>', "image/svg+xml"),
        (b"PK\x03\x04 cut off", "application/zip"),
        (b"\x00\x01\x02", 'text/html"; x="'),
    ],
)
def test_an_original_of_any_kind_gives_a_page(site_of, payload, media_type):
    site = site_of({URL: (TITLE, payload)}, media_type=media_type)
    answer = site.get(f"/source/{hashlib.sha256(payload).hexdigest()}")
    assert answer.status_code == 200 and harmless(answer.text)


def test_an_original_that_this_archive_lacks_is_told(site_of):
    digest = "ab" * 32
    site = site_of({URL: (TITLE, PAGE)}, f"update captures set payload_sha256 = '{digest}'")
    assert "没有它的字节" in site.get(f"/source/{digest}").text
    assert site.get(f"/source/{digest}/original").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "report=1&cell=a/b/c",
        "report=x&cell=a/b/c",
        "cell=requests",
        "report=" + "9" * 5000 + "&cell=a/b/c",
        "report=²&cell=//",
    ],
)
def test_a_senseless_question_about_a_cell_marks_nothing(site_of, query):
    site = site_of({URL: (TITLE, PAGE)})
    answer = site.get(f"/source/{hashlib.sha256(PAGE).hexdigest()}?{query}")
    assert answer.status_code == 200
    assert 'id="cell"' not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../metadata.yaml",
        "/static/%2e%2e/metadata.yaml",
        "/static/..%2f..%2fpyproject.toml",
        "/source/" + "0" * 64 + "/page/../../../etc/passwd",
        "/report/..%2f1",
        "/report/1.json%00",
        "/-/static/../../../../etc/passwd",
        "/nianbao/../../etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_site(site, path):
    answer = site.get(path)
    assert answer.status_code in (400, 403, 404)
    assert "root:" not in answer.text and "requires-python" not in answer.text


def test_a_cell_that_is_a_formula_is_none_in_any_csv(site_of):
    site = site_of(
        {URL: (TITLE, PAGE)},
        "update reports set title = '=HYPERLINK(\"http://x\")', form = '2021'",
        "insert into facts select id, 'requests', 'received', 'total', null, 'text', '+cmd|x', null, '{}' from reports",
        "insert into facts select id, 'requests', 'disclosed', 'total', null, 'dash', '-', null, '{}' from reports",
        "insert into facts select id, 'requests', 'carried_to_next_year', 'total', -35, 'number', '-35', null, '{}' from reports",
    )
    ((report,),) = site.rows("select id from reports")
    for path in (
        "/nianbao/reports.csv",
        f"/nianbao/reports.csv?id={report}&_bom=1",
        "/nianbao.csv?sql=select+title+from+reports",
    ):
        assert "'=HYPERLINK" in site.get(path).text and ",=HYPERLINK" not in site.get(path).text, path
    for path in (f"/report/{report}.csv", "/nianbao/facts.csv", "/nianbao/facts.csv?_stream=on"):
        text = site.get(path).text
        assert "'+cmd|x" in text and ",-," in text and ",-35," in text, path
    assert site.get("/nianbao/reports.csv?_bom=1").content.startswith(b"\xef\xbb\xbf")
    assert not site.get("/nianbao/reports.csv").content.startswith(b"\xef\xbb\xbf")
    assert site.get(f"/nianbao/reports.json?id={report}&_shape=array").json()[0]["title"].startswith("=HYPERLINK")


@pytest.fixture(scope="module")
def bounded(site):
    """The same site with a tenth of the time for a query."""
    return type(site)(site.database, **settings_of("sql") | {"sql_time_limit_ms": 100})


@pytest.mark.parametrize(
    "sql",
    [
        "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r",
        "with recursive r(n) as (select 1 union all select n + 1 from r) select max(n) from (select n from r order by -n)",
        "select length(zeroblob(1000000000))",
        "select hex(randomblob(900000))",
        "select length(printf('%.*c', 5000000, 'x') || zeroblob(2000000))",
        "select group_concat(text, text) from sections, lines",
        "select load_extension('x')",
        "attach database '/tmp/x' as x",
        "pragma hard_heap_limit = 0",
        "select " + "(" * 5000 + "1" + ")" * 5000,
    ],
)
def test_no_query_takes_more_than_its_share(bounded, sql):
    answer = bounded.get("/nianbao.json?_shape=array&" + urlencode({"sql": sql}))
    assert answer.status_code in (400, 403), answer.text[:200]


def test_on_the_process_of_the_pages_no_sql_is_run(site):
    pages = Datasette(immutables=[str(site.database)], config_dir=SITE, settings=settings_of("pages"))
    asked = {path: asyncio.run(pages.client.get(path)).status_code for path in
             ("/nianbao.json?sql=select+1", "/nianbao.db", "/nianbao/reports.csv?_stream=on", "/nianbao/most_requests.json", "/nianbao/facts.json", "/")}  # fmt: skip
    assert asked == {"/nianbao.json?sql=select+1": 403, "/nianbao.db": 403, "/nianbao/reports.csv?_stream=on": 400,
                     "/nianbao/most_requests.json": 200, "/nianbao/facts.json": 200, "/": 200}  # fmt: skip


def test_a_page_that_takes_too_long_is_stopped_and_said_so(site_of):
    site = site_of({URL: (TITLE, PAGE)})
    routes = site.module("routes")
    connection = sqlite3.connect(site.database)

    def endless(connection, visit):
        connection.execute(
            "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r"
        ).fetchone()

    visit = site.module("visit").Visit("/", site.module("texts").load_texts()["zh"], site.database.parent)
    answer = routes._limited(connection, endless, visit, 100)
    assert answer.status == 503 and "算得太久" in answer.body


def test_original_pictures_are_drawn_and_bombs_are_not(site_of):
    payload = make_pdf(print_report(make_report(5, "示例县人民政府", 2023))).content
    site = site_of({URL: (TITLE, payload)}, media_type="application/pdf")
    ((report, sha256),) = site.rows("select id, payload_sha256 from reports")
    page = site.page(f"/source/{sha256}?report={report}&cell=requests/received/total")
    box = page.css("svg rect.cell")
    assert box and float(box.attrib["width"]) > 5
    picture = site.get(page.css("svg image::attr(href)").get())
    assert picture.headers["content-type"] == "image/webp" and picture.content[:4] == b"RIFF"
    assert (
        picture.headers["content-security-policy"].startswith("sandbox")
        and "immutable" in picture.headers["cache-control"]
    )
    assert site.get(f"/source/{sha256}/page/999").status_code == site.get(f"/source/{sha256}/page/0").status_code == 404
