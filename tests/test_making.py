"""The makers promise what other tests build on: figures that add up, files that open, the same bytes each time."""

import io
import zipfile
from functools import partial
from urllib.parse import urljoin

import pytest
from docx import Document
from lxml import html as lxml_html
from making.damages import DAMAGES, ONLY_ON, damage
from making.demo import FOLDER, demo_files, series
from making.docx import write_docx
from making.fengcheng import TEXT, print_fengcheng
from making.figures import SIZES, broken_balances, make_figures
from making.html import CMS, MARKUPS, write_html
from making.printed import print_report
from making.report import make_report
from making.samples import CITY
from making.text import write_text

from extract.forms import load_forms

WIDTHS = {"proactive_disclosure": 4, "requests": 10, "review_and_litigation": 15}
FURNITURE = "@class='header' or @class='position' or @class='footer'"


@pytest.mark.parametrize("form", load_forms().values(), ids=lambda form: form.key)
@pytest.mark.parametrize("size", SIZES)
def test_made_figures_fill_the_form_and_balance(form, size):
    asked = {(table.key, line.key, column.key) for table in form.tables.values() for _, line, column in table.cells()}
    for seed in range(20):
        figures = make_figures(form, seed, size=size)
        assert figures.keys() == asked
        assert not broken_balances(form, figures)


def test_one_row_for_other_handling_balances_too():
    form = load_forms()["2021"]
    for seed in range(20):
        figures = make_figures(form, seed, size="city", single_other_handling=True)
        assert figures["requests", "other_handling", "total"] is not None
        assert ("requests", "other_handling.other", "total") not in figures
        assert not broken_balances(form, figures)


def test_a_changed_total_breaks_the_balances_it_stands_in():
    form = load_forms()["2021"]
    figures = make_figures(form, 1)
    figures["requests", "outcomes_total", "total"] += 1
    assert broken_balances(form, figures) == {("T3-A", "total"), ("T3-B", "total"), ("T3-C", "outcomes_total")}


def test_the_next_year_takes_up_what_was_carried_over():
    first = make_report(1, year=2022)
    second = make_report(1, year=2023, previous=first)
    for column in ("natural_persons", "enterprises", "total"):
        carried = first.figures["requests", "carried_to_next_year", column]
        assert second.figures["requests", "carried_from_previous_year", column] == carried


def test_prose_tells_the_numbers_of_the_tables():
    report = make_report(3)
    received = report.figures["requests", "received", "total"]
    assert any(f"{received}件" in text for text in report.sections[0])


def test_every_made_report_says_that_it_is_a_sample():
    assert "演示用样例" in "".join(make_report(1).preamble)


@pytest.mark.parametrize("write", [write_html, write_docx, write_text])
def test_the_same_seed_gives_the_same_bytes(write):
    assert write(print_report(make_report(5))) == write(print_report(make_report(5)))


@pytest.mark.parametrize("year", [2019, 2023])
def test_tables_are_as_wide_as_the_form_prints_them(year):
    for table in print_report(make_report(1, year=year)).tables():
        assert table.width == WIDTHS[table.key]
        assert {_width(row) for row in table.spread()} == {WIDTHS[table.key]}


@pytest.mark.parametrize("cms", CMS)
@pytest.mark.parametrize("markup", MARKUPS)
def test_a_page_has_every_figure_in_its_tables(cms, markup):
    printed = print_report(make_report(1))
    page = lxml_html.fromstring(write_html(printed, cms=cms, markup=markup))
    for table, made in zip(page.xpath("//table[not(.//table)]"), printed.tables(), strict=True):
        texts = [cell.text_content().strip("\xa0\n") for cell in table.xpath(".//td")]
        assert texts == [cell.text for row in made.rows for cell in row]


@pytest.mark.parametrize("key", WIDTHS)
def test_uneven_rows_of_a_page_still_fill_one_width(key):
    page = lxml_html.fromstring(write_html(print_report(make_report(1)), markup="uneven"))
    table = page.xpath("//table")[list(WIDTHS).index(key)]
    first = [int(cell.get("colspan", 1)) for cell in table.xpath(".//tr[1]/td")]
    last = [int(cell.get("colspan", 1)) for cell in table.xpath(".//tr[last()]/td")]
    assert sum(first) == sum(last) == WIDTHS[key] + 1


def test_a_page_that_declares_gb2312_holds_gb18030():
    page = write_html(print_report(make_report(1, "演示区㙟镇人民政府")), charset="gb2312")
    assert b'charset="gb2312"' in page
    assert "演示区㙟镇人民政府" in page.decode("gb18030")


@pytest.mark.parametrize("oddity", ["plain", "content_controls", "insertions", "deletions", "nested", "split_runs"])
def test_a_word_document_opens(oddity):
    options = {} if oddity == "plain" else {oddity: True}
    document = Document(io.BytesIO(write_docx(print_report(make_report(1)), **options)))
    assert document.paragraphs[0].text == make_report(1).title


def test_a_word_document_has_the_geometry_of_the_form():
    printed = print_report(make_report(1))
    tables = Document(io.BytesIO(write_docx(printed))).tables
    assert [len(table.columns) for table in tables] == list(WIDTHS.values())
    last = [cell.text for cell in tables[1].rows[-1].cells]
    assert last[-7:] == [cell.text for cell in next(iter(printed.tables("requests"))).rows[-1][-7:]]


def test_the_real_report_is_written_back_letter_by_letter():
    assert write_text(print_fengcheng()) == TEXT.read_bytes()


def test_the_real_report_has_its_figures():
    printed = print_fengcheng()
    assert len(printed.truth) == 200
    assert printed.truth["requests", "received", "total"] == 54
    assert printed.truth["proactive_disclosure", "administrative_penalties", "decisions"] == 106734
    assert str(printed.truth["proactive_disclosure", "administrative_fees", "amount_10k_yuan"]) == "320.7832"
    assert printed.truth["review_and_litigation", "reconsideration", "corrected"] == 7
    assert not printed.broken


def _width(row):
    return sum(cell.colspan for cell, _ in row)


@pytest.mark.parametrize("form, year", [("2019", 2020), ("2021", 2023)])
def test_every_damage_changes_something_and_every_format_prints_it(form, year):
    whole = print_report(make_report(8, "示例市人民政府", year))
    for name in DAMAGES:
        if any(name in names for key, names in ONLY_ON.items() if key != form):
            continue
        damaged = damage(whole, name)
        assert damaged.damages == (name,)
        assert damaged == damage(whole, name)
        for write in (partial(write_html, repeat_title=True), write_docx, write_text):
            assert write(damaged) != write(whole), name
        for table in damaged.tables():
            assert len({_width(row) for row in table.spread()}) == 1, name


def test_a_damage_that_finds_nothing_to_change_says_so():
    with pytest.raises(ValueError, match="blank_rows changes nothing"):
        damage(damage(print_report(make_report(1)), "no_tables"), "blank_rows")


def test_the_tracked_sample_portals_are_what_the_maker_writes():
    tracked = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    made = demo_files()
    assert tracked.keys() == made.keys(), "run: PYTHONPATH=tests python -m making.demo"
    # A Word document is compared by what is packed in it: zlib's bytes differ from build to build.
    old = [name for name in made if _unpacked(tracked[name]) != _unpacked(made[name])]
    assert not old, "run: PYTHONPATH=tests python -m making.demo"


def test_the_sample_portals_are_small():
    sizes = [len(content) for content in demo_files().values()]
    assert sum(sizes) < 4_000_000
    assert max(sizes) < 500_000


def test_only_the_real_report_does_not_call_itself_a_sample():
    for name, content in demo_files().items():
        if name.startswith("fengcheng/") or not name.endswith((".html", ".htm")):
            continue
        text = content.decode("gb18030" if b'charset="gb2312"' in content else "utf-8")
        assert "演示用样例" in text, name


def test_every_link_of_the_sample_portals_leads_to_a_page():
    files = demo_files()
    met = 0
    for name, content in files.items():
        if not name.endswith(("html", "htm")):
            continue
        portal, _, path = name.partition("/")
        page = lxml_html.fromstring(content.decode("gb18030" if b'charset="gb2312"' in content else "utf-8"))
        for link in page.xpath(f"//a[not(ancestor::div[{FURNITURE}])]/@href"):
            target = urljoin(f"/{path}", link).strip("/")
            assert {f"{portal}/{target}", f"{portal}/{target}/index.html"} & files.keys(), (name, link)
            met += 1
    assert met > 100


def test_the_series_of_the_sample_portals_carry_on():
    for body in CITY.bodies:
        carried = None
        for printed, _ in series(CITY):
            if printed.report.issuing_body == body:
                before, carried = carried, printed.report.figures["requests", "carried_to_next_year", "total"]
                assert before in (None, printed.report.figures["requests", "carried_from_previous_year", "total"])


def _unpacked(content):
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
