"""Columns that only a browser can draw: what it is given, what is asked for it, what is kept."""

import json
from dataclasses import replace

import pytest
from making.crawls import PATIENCE, crawl, start
from making.portals.pages import html, report, reports, said
from making.portals.serving import Answer, LocalPortal, Serving

from crawler import drawing
from crawler.archive import Archive
from crawler.portals import Portal, RegistryError, read_portals

LINES = [(f"/d/2024{n}", said(f"丰城市{who}")) for n, who in enumerate(("教育局", "财政局"))]
SCRIPT = """
new Image().src = '/pixel.png';
fetch('/secret/x.json').catch(() => 0);
fetch('http://127.21.0.9:1/abroad.json').catch(() => 0);
fetch('/api/list', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"page":1}'})
  .then(r => r.json()).then(lines => {
    for (const [url, title] of lines) {
      const a = document.createElement('a'); a.href = url; a.textContent = title;
      document.getElementById('app').appendChild(a);
    }
  });
"""
APP = '<link rel="stylesheet" href="/app.css"><div id="app"></div><script src="/assets/shown.js"></script>'
LISTED = LocalPortal(
    "drawn", "/nb/",
    {
        "/robots.txt": Answer("User-agent: *\nDisallow: /secret/\n", "text/plain"),
        "/nb/": html(APP),
        "/assets/shown.js": Answer(SCRIPT, "application/javascript"),
        "POST /api/list": Answer(json.dumps(LINES), "application/json"),
        **reports(LINES),
    },
    [url for url, _ in LINES],
    options={"render": True},
)  # fmt: skip
# The page leads itself on, as challenges do: a browser that followed would be let in.
CHALLENGE = LocalPortal(
    "challenge", "/nb/",
    {
        "/nb/": html("<div id='app'></div><script src='/c.js'></script>"),
        "/c.js": Answer("document.cookie='pass=1';document.body.innerHTML='<h1>安全验证</h1>请完成滑动验证';"
                        "setTimeout(() => { location.href = '/in/'; }, 10);", "application/javascript"),
        "/in/": report("不得到达"),
    },
    [], options={"render": True},
)  # fmt: skip
# With a status that says so, nothing is drawn at all.
WALLED = LocalPortal(
    "walled", "/nb/",
    {"/nb/": Answer("<script src='/c.js'></script>", status=412), "/c.js": Answer("1", "application/javascript")},
    [], options={"render": True},
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, program):
    """The three portals crawled in one run: (result, targets asked for by key, overlaps, captures, drawn HTML)."""
    program("chromium")
    folder = tmp_path_factory.mktemp("data")
    with Serving([LISTED, CHALLENGE, WALLED]) as serving:
        result = crawl(serving.registered(), folder)
        asked = {portal.key: [met.target for met in serving.asked(portal)] for portal in serving.portals}
    with Archive(folder) as archive:
        captures = list(archive.captures())
        (kept,) = [capture for capture in captures if capture.portal == "drawn" and capture.url.endswith("#drawn")]
        exchange = archive.exchange(kept)
    return result, asked, serving.overlaps, captures, exchange


@pytest.mark.browser
def test_a_list_that_a_script_draws_is_followed(drawn):
    result, asked, overlaps, _, _ = drawn
    assert result["portals"]["drawn"] == "good", result["said"]
    assert set(LISTED.reports) <= set(asked["drawn"])
    assert overlaps == []


@pytest.mark.browser
def test_the_browser_gets_what_the_rules_allow_and_nothing_else(drawn):
    _, asked, _, captures, _ = drawn
    assert sorted(asked["drawn"]) == sorted(["/nb/", "/assets/shown.js", "/api/list", *LISTED.reports])
    by_end = {capture.url.rpartition("/")[2]: capture for capture in captures if capture.portal == "drawn"}
    assert (by_end["list"].status, by_end["list"].role, by_end["list"].found_on[-4:]) == (200, "other", "/nb/")
    assert (by_end["x.json"].status, by_end["x.json"].error) == (None, "blocked:robots")


@pytest.mark.browser
def test_the_drawn_page_is_archived_beside_the_page_as_it_came(drawn):
    _, _, _, captures, exchange = drawn
    (came,) = [capture for capture in captures if capture.portal == "drawn" and capture.url.endswith("/nb/")]
    assert came.role == "column"
    assert LINES[0][1] in exchange.body.decode()
    headers = dict(exchange.headers)
    assert headers["X-Drawn-By"].startswith("Chromium ")
    assert headers["X-Drawn-Requests"] == "3"


@pytest.mark.browser
def test_a_challenge_is_never_passed(drawn):
    result, asked, _, captures, _ = drawn
    assert (result["portals"]["challenge"], result["portals"]["walled"]) == ("blocked", "blocked")
    assert asked["challenge"] == ["/nb/", "/c.js"]
    assert asked["walled"] == ["/nb/"], "a block is not drawn"
    (shown,) = [capture for capture in captures if capture.portal == "challenge" and "#drawn" in capture.url]
    assert shown.error == "blocked:firewall"


def test_without_the_extra_the_command_says_which_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing.importlib.util, "find_spec", lambda name: None)
    assert "pip install -e '.[browser]'" in drawing.missing()
    monkeypatch.undo()
    monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    assert "Chromium" in drawing.missing()


def test_a_crawl_that_cannot_draw_what_the_registry_wants_drawn_does_not_begin(tmp_path):
    portal = Portal("x", "某市人民政府", None, "auto", "http://127.20.8.98:9/nb/", options={"render": True})
    process = start([portal], tmp_path / "archive", {"PATH": str(tmp_path)})
    _, said_of_it = process.communicate(PATIENCE)
    assert process.returncode == 1
    assert "x: render = true needs Chromium, which is not installed" in said_of_it
    assert "Traceback" not in said_of_it


def test_a_registry_line_may_say_render(tmp_path):
    line = 'key = "x", name = "某市人民政府", column_url = "http://x.gov.cn/#/nb"'
    (tmp_path / "x.toml").write_text(f"portals = [{{ {line}, render = true }}]", encoding="utf-8")
    (portal,) = read_portals(tmp_path / "x.toml")
    assert portal.render
    assert not replace(portal, options={}).render
    (tmp_path / "x.toml").write_text(f'portals = [{{ {line}, render = "yes" }}]', encoding="utf-8")
    with pytest.raises(RegistryError, match="render 'yes' can only be true or false"):
        read_portals(tmp_path / "x.toml")
