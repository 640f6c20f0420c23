"""The site in a real browser: a person finds a figure and its source; nothing foreign is loaded; it is accessible and light."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from making.server import serving
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PICTURES = Path(__file__).parents[1] / ".artifacts"
SIZES = {1280: 900, 390: 844}
PICTURED = {"home", "search", "doubtful", "body", "compare", "source"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    with serving(site.database) as started:
        yield started


@pytest.fixture(scope="module")
def browser(program: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A window whose console must stay empty and which must ask nobody but the site."""
    opened = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    troubles: list[str] = []
    opened.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("weberror", lambda error: troubles.append(str(error.error)))
    opened.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else troubles.append(asked.url))
    yield opened
    opened.close()
    assert troubles == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from the package that brings it."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(site) -> dict[str, str]:
    """The main pages by name."""
    fengcheng = site.report("丰城市人民政府", 2023)
    ((report, body, sha256),) = site.rows("select id, body_id, payload_sha256 from reports where report_year = 2024")
    ((other,),) = site.rows(f"select body_id from reports where id = {fengcheng}")
    cell = f"report={report}&cell=requests/disclosed/total"
    return {
        "home": "/",
        "search": "/search?q=公开",
        "report": f"/report/{fengcheng}",
        "doubtful": f"/report/{report}",
        "body": f"/body/{body}",
        "division": "/division/360000",
        "compare": f"/compare?body={body}&body={other}&find=样例&line=requests/received/total&line=requests/disclosed/total",
        "coverage": "/coverage",
        "quality": "/quality",
        "changes": "/changes",
        "codebook": "/codebook",
        "downloads": "/downloads",
        "about": "/about",
        "runs": "/runs",
        "source": f"/source/{sha256}?{cell}",
        "missing": "/nothing",
    }


def test_a_person_finds_a_figure_and_the_very_cell_it_was_read_from(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("丰城")
    page.get_by_role("button", name="检索").click()
    expect(page.locator("mark.hit").first).to_have_text("丰城")
    page.get_by_role("link", name="丰城市2023年政府信息公开工作年度报告").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("丰城市2023年政府信息公开工作年度报告")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="行政处罚", exact=True))
    row.get_by_role("link", name="106734").click()
    marked = page.locator("mark#cell")
    expect(marked).to_have_text("106734")
    expect(marked).to_be_in_viewport()
    assert "行政处罚" in (marked.locator("xpath=ancestor::tr").text_content() or "")


def test_two_bodies_are_compared_and_the_address_keeps_the_choice(page: Page) -> None:
    page.goto("/compare")
    for name in ("丰城市人民政府", "示例县人民政府"):
        page.get_by_role("searchbox").fill(name)
        page.get_by_role("button", name="检索").click()
        page.get_by_role("link", name=name, exact=True).click()
    page.get_by_label("添加项目").select_option("requests/disclosed/total")
    page.get_by_role("button", name="显示").click()
    kept = page.url
    page.goto("/")
    page.goto(kept)
    tables = page.locator("table.series")
    expect(tables).to_have_count(2)
    assert tables.first.locator("tbody th").all_text_contents() == ["丰城市人民政府", "示例县人民政府"]
    expect(tables.first.get_by_role("link", name="54")).to_be_visible()
    expect(page.locator("figure.chart svg")).to_have_count(4)


def test_a_page_is_read_in_english_and_back(page: Page, pages: dict[str, str]) -> None:
    page.goto(pages["report"])
    page.get_by_role("link", name="English").click()
    assert "/en/report/" in page.url
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Requests").first).to_be_visible()
    page.get_by_role("link", name="中文").click()
    assert page.url.endswith(pages["report"])


def test_the_site_is_used_by_keyboard_alone(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("丰城")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href') || ''").startswith("/report/"):
            break
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("href", re.compile("^/report/"))
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/**")


def test_a_wide_table_scrolls_in_its_box_and_keeps_the_total_in_view(page: Page, pages: dict[str, str]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(pages["report"])
    total = page.locator("td[id='requests/received/total']")
    total.scroll_into_view_if_needed()
    label = page.locator("table.matrix tbody th.l0").first
    for cell in (total, label):
        box = cell.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390


def violations(page: Page, axe: str, path: str, rules: list[str]) -> list[object]:
    """The rules that a page violates, each with the elements."""
    page.goto(path)
    page.evaluate(axe)
    asked = "rules => axe.run(document, {runOnly: rules, preload: false}).then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    return page.evaluate(asked, rules)


def test_no_page_violates_a_rule_of_accessibility(page: Page, pages: dict[str, str], axe: str) -> None:
    found = {
        name: violations(page, axe, path, RULES) for name, path in pages.items() if name not in ("missing", "report")
    }
    assert not any(found.values()), found


def test_english_pages_violate_none_either(page: Page, pages: dict[str, str], axe: str) -> None:
    found = {
        name: violations(page, axe, ("/en" + pages[name]).rstrip("/"), RULES)
        for name in ("home", "search", "report", "about")
    }
    assert not any(found.values()), found


def test_ink_stands_out_from_the_paper_in_the_dark_too(page: Page, pages: dict[str, str], axe: str) -> None:
    page.emulate_media(color_scheme="dark")
    found = {
        name: violations(page, axe, pages[name], ["color-contrast"])
        for name in ("home", "doubtful", "compare", "source")
    }
    assert not any(found.values()), found


@pytest.mark.parametrize("width", SIZES)
def test_every_page_fits_its_window_and_is_light(context: BrowserContext, pages: dict[str, str], width: int) -> None:
    """Pictures of the pages are kept for people to look at."""
    PICTURES.mkdir(exist_ok=True)
    sizes: dict[str, int] = {}
    for name, path in pages.items():
        if name == "missing":
            continue
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": SIZES[width]})
        answers: list[Response] = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(path)
        sizes[name] = sum(len(gzip.compress(answer.body())) for answer in answers if answer.status == 200)
        for scheme in ("light", "dark")[: 1 + (width > 1000)] if name in PICTURED else ():
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.close()
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}


def test_a_page_is_whole_without_script(browser: Browser, address: str, pages: dict[str, str]) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["report"])
    expect(page.locator("table.official")).to_have_count(3)
    context.close()
