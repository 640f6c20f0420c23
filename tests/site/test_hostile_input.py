"""What others write may be hostile: it is shown, never run."""

import hashlib

import pytest
from parsel import Selector

SCRIPT = "<script>alert(1)</script>"
TITLE = "示例县2023年政府信息公开工作年度报告"
PAGE = f"""<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><p>一、总体情况</p><p>好</p>
<p>&lt;script&gt;alert(2)&lt;/script&gt;</p><script>alert(3)</script><img src=x onerror=alert(4)>
<table><tr><td onclick="alert(5)">&lt;b&gt;格&lt;/b&gt;</td></tr></table></body></html>""".encode()
URL = "http://127.0.0.9/nb/1.html"


def harmless(text):
    page = Selector(text)
    return not page.css("script, img, b, [onclick], [onerror], a[href^=javascript]")


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
    ):
        for prefix in ("", "/en"):
            answer = site.get(prefix + path)
            assert answer.status_code == 200, path
            assert harmless(answer.text), path
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
