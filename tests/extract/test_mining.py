from making.crawls import html

from crawler.archive import Archive, Attempt, Received, Sent
from crawler.portals import Portal
from extract.mining import mine

NAMED = "本报告电子版可从“政府信息公开年报”栏目（网址：{}）下载。"
HOME = "查询请登录http://www.x.gov.cn/，"
REGISTERED = Portal("x", "某市人民政府", None, "auto", "https://x.gov.cn/zwgk/zfxxgknb/")


def keep(archive: Archive, number: int, text: str, role: str = "report", media_type: str = "text/html") -> None:
    body = text.encode() if media_type != "text/html" else html(f"<p>{text}</p><p>{number}</p>").encode()
    answer = Received(200, (("Content-Type", f"{media_type}; charset=utf-8"),), body)
    archive.record(Attempt("x", f"http://x.gov.cn/nb/{number}.html", role), Sent(), answer)


def test_columns_that_reports_print_are_counted_and_held_against_the_registry(tmp_path):
    with Archive(tmp_path, writable=True) as archive:
        archive.start_run(["x"])
        for number in range(3):
            keep(archive, number, NAMED.format("http://www.y.gov.cn/gknb/") + HOME)
        keep(archive, 10, NAMED.format("http://www.x.gov.cn/zwgk/zfxxgknb/"))
        keep(archive, 11, NAMED.format("http://www.z.gov.cn/xxgk/col123/"))
        keep(archive, 12, NAMED.format("http://www.other.gov.cn/gknb/"), role="robots")
        keep(archive, 13, "%PDF-1.4 http://www.w.gov.cn/gknb/", media_type="application/pdf")
        found = mine(archive, [REGISTERED])
    assert [(each.url, each.reports, each.portal) for each in found] == [
        ("http://www.y.gov.cn/gknb/", 3, None),
        ("http://www.z.gov.cn/xxgk/col123/", 1, None),
        ("http://www.x.gov.cn/zwgk/zfxxgknb/", 1, "x"),
    ]
    assert found[0].first == "http://x.gov.cn/nb/0.html"
    assert "栏目" in found[0].context


def test_an_empty_archive_names_nothing(tmp_path):
    with Archive(tmp_path / "none") as archive:
        assert mine(archive, [REGISTERED]) == []
