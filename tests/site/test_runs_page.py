"""/runs: which portals need a person; /report: a report that is gone, and one that no column lists any more."""

from __future__ import annotations

from making.html import make_html
from making.printed import print_report
from making.report import make_report

VISITS = (
    "insert into portal_runs (run_id, portal, started_at, finished_at, verdict, alarm, reason) "
    "values ('{run}', '{key}', '{run}', '{run}', '{verdict}', {alarm}, {reason})"
)


def visit(run: str, key: str, verdict: str, alarm: str = "null", reason: str = "null") -> str:
    return VISITS.format(run=run, key=key, verdict=verdict, alarm=alarm, reason=reason)


def test_portals_that_need_a_person_are_told_with_their_reason_and_states_of_reports_on_their_page(site_of):
    printed = print_report(make_report(3, "示例县人民政府", 2023))
    url = "http://127.0.0.9/nb/1.html"
    other = "http://127.0.0.9/nb/other.html"
    versions = "insert into report_versions select id, {n}, '{url}', null, null, '{day}', '{day}', '{what}', '404', 0 from reports"
    site = site_of(
        {url: (printed.title, make_html(printed).content)},
        *(f"insert into portals values ('{key}', '{key}县人民政府', null, 'auto', 'http://{key}.gov.cn/')" for key in ("a", "b", "c")),
        "insert into runs values ('2026-03-01T03:00:00Z', '2026-03-01T03:00:00Z', null, 'good', 0, 0, 0, 0, 0, 0, 0)",
        visit("2026-03-01T03:00:00Z", "a", "good"),
        visit("2026-03-01T03:00:00Z", "b", "failed", reason="'b: gave no answer'"),
        "insert into runs values ('2026-03-02T03:00:00Z', '2026-03-02T03:00:00Z', null, 'partial', 0, 0, 0, 0, 0, 0, 0)",
        visit("2026-03-02T03:00:00Z", "a", "partial", "'zero'", "'a: lists nothing; it listed 3 entries'"),
        visit("2026-03-02T03:00:00Z", "b", "good"),
        "update reports set vanished_on = '2026-03-02T03:00:00Z'",
        versions.format(n=7, url=url, day="2026-03-02T03:00:00Z", what="vanished"),
        versions.format(n=8, url=other, day="2026-03-02T03:00:00Z", what="unlisted"),
    )
    rows = [[" ".join(cell.xpath("string()").get().split()) for cell in row.css("td")] for row in
            site.page("/en/runs").css("section[aria-labelledby=need] tbody tr")]  # fmt: skip
    assert rows[0][:2] == ["a县人民政府", "lists nothing where it did"] and rows[0][3] == "a: lists nothing; it listed 3 entries"
    assert rows[0][2].startswith("2026-03-01")
    assert "c县人民政府" in [row[0] for row in rows] and "b县人民政府" not in [row[0] for row in rows]
    ((report,),) = site.rows("select id from reports")
    page = site.page(f"/report/{report}")
    assert "2026-03-02 发现所有网址都打不开了" in page.css("dl.particulars").xpath("string()").get()
    notes = page.xpath("//section[@aria-labelledby='versions']//p[@class='note']").xpath("string()").getall()
    assert any("栏目不再列出" in note and other in note for note in notes)
    assert site.rows("select status from coverage") == [("vanished",)]
