"""The report page: tables as officially printed, every figure with its state and its ways."""

import csv
import io
import re
from xml.etree import ElementTree

import pytest
from making.figures import make_figures
from making.html import make_html
from making.printed import lay_out, print_report
from making.report import make_report

from extract.forms import load_forms

FENGCHENG = {
    "requests/received/total": "54",
    "requests/outcomes_total/total": "54",
    "proactive_disclosure/administrative_penalties/decisions": "106734",
    "proactive_disclosure/administrative_fees/amount_10k_yuan": "320.7832",
    "review_and_litigation/reconsideration/corrected": "7",
}


def cell(page, address):
    (found,) = page.xpath(f"//td[@id='{address}']")
    return found


def text_of(node):
    return "".join(node.xpath(".//text()").getall()).strip()


@pytest.mark.parametrize(("address", "figure"), FENGCHENG.items())
def test_a_figure_leads_to_its_record_and_to_the_marked_cell_of_its_source(site, address, figure):
    report = site.report("丰城市人民政府", 2023)
    found = cell(site.page(f"/report/{report}"), address)
    assert text_of(found) == figure  # groups of three are parted by style, so a copy is the bare number
    source, record = found.css("a::attr(href)").getall()
    assert text_of(site.page(source.partition("#")[0]).css("mark#cell")) == figure
    assert f"/nianbao/facts/{report}," in record
    assert figure.rstrip("0") in site.get(record).text.replace(" ", "")


def grid(rows):
    """Rows of (text or address, rowspan, colspan); of a head that shows the document's own label, the form's."""
    return [[(each.attrib.get("id") or (each.attrib.get("title") if each.root.tag == "th" else None) or text_of(each), int(each.attrib.get("rowspan", 1)), int(each.attrib.get("colspan", 1)))
             for each in row.css("th, td")] for row in rows]  # fmt: skip


@pytest.mark.parametrize(("body", "year", "form"), [("丰城市人民政府", 2023, "2021"), ("示例县人民政府", 2020, "2019")])
@pytest.mark.parametrize("key", ["requests", "review_and_litigation"])
def test_tables_three_and_four_have_the_official_geometry(site, body, year, form, key):
    page = site.page(f"/report/{find(site, body, year)}")
    table = load_forms()[form].tables[key]
    printed = lay_out(table, make_figures(load_forms()[form], 1))
    expected = [
        [("/".join(c.address) if c.address else c.text, c.rowspan, c.colspan) for c in row] for row in printed.rows
    ]
    assert grid(page.css(f"table[aria-labelledby={key}] tr")) == expected


@pytest.mark.parametrize(
    ("body", "year", "shapes"),
    [
        ("丰城市人民政府", 2023, [[4], [1, 1, 1, 1]] + [[1, 1, 1, 1]] * 2 + [[4], [1, 3], [1, 3], [4]] + [[1, 3]] * 3 + [[4], [1, 3], [1, 3]]),
        ("示例县人民政府", 2020, ([[5]] + [[1, 1, 2, 1]] * 3) * 3 + ([[5]] + [[1, 2, 2]] * 2) * 2),
    ],
)  # fmt: skip
def test_table_two_spreads_each_block_over_the_whole_width(site, body, year, shapes):
    rows = site.page(f"/report/{find(site, body, year)}").css("table[aria-labelledby=proactive_disclosure] tr")
    assert [[columns for _, _, columns in row] for row in grid(rows)] == shapes


def find(site, body, year):
    (found,) = site.rows(f"select id from reports where report_year = {year} and title like '{body[:-4]}%'")
    return found[0]


def test_every_figure_of_the_report_has_a_place(site):
    for body, year in (("丰城市人民政府", 2023), ("示例县人民政府", 2019)):
        report = find(site, body, year)
        shown = set(site.page(f"/report/{report}").xpath("//td[contains(@class, 'figure')]/@id").getall())
        stored = site.rows(
            f"select table_key || '/' || row_key || '/' || column_key from facts where report_id = {report}"
        )
        assert shown == {address for (address,) in stored}


@pytest.mark.parametrize(
    ("address", "style", "shown"),
    [
        ("requests/received/natural_persons", "unreadable", "约12"),
        ("requests/carried_from_previous_year/enterprises", "blank", ""),
        ("proactive_disclosure/rules/issued", "dash", "-"),
        ("proactive_disclosure/rules/repealed", "zero", "0"),
        ("requests/disclosed/total", "number", "9999"),
    ],
)
def test_each_state_looks_its_own_way(site, address, style, shown):
    found = cell(site.page(f"/report/{find(site, '示例县人民政府', 2024)}"), address)
    assert style in found.attrib["class"].split()
    assert text_of(found) == shown


def test_a_flagged_figure_says_why_to_eye_and_ear(site):
    page = site.page(f"/report/{find(site, '示例县人民政府', 2024)}")
    found = cell(page, "requests/disclosed/total")
    assert "flagged" in found.attrib["class"]
    for said in (found.attrib["title"], found.css("a::attr(aria-label)").get()):
        assert "T3-C" in said and "9999" in said
    assert "flagged" not in cell(page, "requests/partly_disclosed/total").attrib["class"]
    listed = text_of(page.css("section.flags"))
    assert "总计等于六类申请人之和" in listed and "约12" in listed


def test_one_row_for_other_handling_is_drawn_as_one_row(site):
    page = site.page(f"/report/{find(site, '样例县人民政府', 2022)}")
    assert cell(page, "requests/other_handling/total") is not None
    assert not page.xpath("//td[starts-with(@id, 'requests/other_handling.')]")


def test_the_prose_stands_under_its_sections_without_the_tables(site):
    page = site.page(f"/report/{site.report('丰城市人民政府', 2023)}")
    assert page.css("nav.contents a::attr(href)").getall() == ["#section-0", "#section-1", "#section-5", "#section-6"]
    assert "统筹推进工作落实" in text_of(page.css("#section-5"))


def test_a_report_without_a_national_form_claims_no_figures(site_of):
    text = "<html><body><h1>示例县2012年政府信息公开工作年度报告</h1><p>一、概述</p><p>全年公开信息若干条。</p></body></html>"
    site = site_of({"http://127.0.0.9/nb/1.html": ("示例县2012年政府信息公开工作年度报告", text.encode())})
    ((report,),) = site.rows("select id from reports")
    page = site.page(f"/report/{report}")
    assert not page.css("table.official")
    assert "不列数字" in text_of(page.css("main"))
    assert site.page("/en/body/" + str(site.rows("select id from bodies")[0][0]))


def test_english_has_english_labels_and_says_that_the_text_is_chinese(site):
    page = site.page(f"/en/report/{site.report('丰城市人民政府', 2023)}")
    assert page.css("html::attr(lang)").get() == "en"
    assert "Legal persons or other organizations" in page.css("table.matrix th span::text").getall()
    assert page.css("h1::attr(lang)").get() == "zh-Hans"
    assert "/en/source/" in cell(page, "requests/received/total").css("a::attr(href)").get()


def test_what_does_not_add_up_is_told_in_english_with_its_numbers(site):
    flags = site.page(f"/en/report/{find(site, '示例县人民政府', 2024)}").css("section.flags li")
    told = {flag.css("strong::text").get(): flag.css("span[lang=en]::text").get() for flag in flags}
    (said,) = [detail for name, detail in told.items() if "T3-C" in name]
    assert re.fullmatch(r"[^\u4e00-\u9fff]+: 9999 ≠ \d+( \+ \d+){5}\.", said)


def test_the_documents_own_label_is_shown_where_it_differs(site):
    page = site.page(f"/report/{site.report('丰城市人民政府', 2023)}")
    (head,) = page.css("th[title]")
    assert (text_of(head), head.attrib["title"]) == ("(五)不予公开", "（五）不予处理")


def test_checks_show_their_operands(site):
    checks = site.page(f"/report/{find(site, '示例县人民政府', 2024)}").css(".checks details")
    text = " ".join("".join(checks.xpath(".//text()").getall()).split())
    assert "T3-A" in text and "9999 ≠ " in text and "?" in text
    sums = site.page(f"/report/{site.report('丰城市人民政府', 2023)}").css(".checks li").xpath("string()").getall()
    assert "自然人 54 + 0 = 54 + 0" in sums


def test_a_report_says_how_it_is_cited(site):
    report = site.report("丰城市人民政府", 2023)
    ((digest,),) = site.rows(f"select payload_sha256 from reports where id = {report}")
    cited = dict(
        zip(
            *(
                site.page(f"/report/{report}").css(f".citations {tag}").xpath("string()").getall()
                for tag in ("dt", "dd")
            ),
            strict=True,
        )
    )
    assert set(cited) == {"GB/T 7714", "APA", "BibTeX"}
    assert all(digest in text and "丰城市2023年政府信息公开工作年度报告" in text for text in cited.values())
    assert cited["GB/T 7714"].startswith("丰城市人民政府. 丰城市2023年政府信息公开工作年度报告[R/OL].")
    assert cited["BibTeX"].startswith("@techreport{")


def test_a_report_is_a_file_too(site):
    report = site.report("丰城市人民政府", 2023)
    whole = site.get(f"/report/{report}.json").json()
    assert whole["report"]["division"] == "360981" and len(whole["facts"]) == 200 and len(whole["sections"]) == 7
    rows = list(csv.DictReader(io.StringIO(site.get(f"/report/{report}.csv").text)))
    assert len(rows) == 200
    (penalties,) = [row for row in rows if row["row_key"] == "administrative_penalties"]
    assert (penalties["value"], penalties["printed"], penalties["division"]) == ("106734", "106734", "360981")
    assert site.get(f"/report/{report}.csv?bom=1").content.startswith(b"\xef\xbb\xbf")
    assert site.get("/report/1.csv").status_code == site.get("/report/1.json").status_code == 404


def test_a_change_after_publication_is_told_cell_by_cell(site_of):
    before, after = (
        print_report(make_report(3, "示例县人民政府", 2023)),
        print_report(make_report(3, "示例县人民政府", 2023)),
    )
    after = after.with_figure(("requests", "received", "total"), "777", 777)
    url = "http://127.0.0.9/nb/1.html"
    pages = {url: (before.title, make_html(before).content), url + "?": (before.title, make_html(after).content)}
    moved = f"update report_documents set url = '{url}'"
    site = site_of(
        pages,
        moved,
        f"insert into report_changes select id, '{url}', '2026-03-01T08:00:00Z', min(d.payload_sha256), max(d.payload_sha256), "
        '\'[["requests/received/total","12","777"]]\', \'edited\' from reports r join report_documents d on d.report_id = r.id group by r.id',
    )
    ((report,),) = site.rows("select id from reports")
    versions = site.page(f"/report/{report}").xpath("//section[@aria-labelledby='versions']")
    assert versions.css("td").xpath("string()").getall() == ["requests/received/total", "12", "777"]
    for path in ("/changes", "/changes?only=changed", "/", "/changes.atom"):
        assert before.title in site.get(path).text
    feed = ElementTree.fromstring(site.get("/changes.atom?only=changed").content)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1
