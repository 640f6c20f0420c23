import pytest

from crawler.blocks import SMALL, block_kind

HTML = {"content-type": "text/html; charset=utf-8"}
COOKIE = {"set-cookie": "b=1"}
RUISHU = b"<html><head><script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script></head><body></body></html>"
JSL = b"<script>document.cookie=('_')+('_')+('j')+('s')+'l';location.href=location.pathname+location.search</script>"
COLUMN = "<ul>" + "<li><a href='/a.html'>示例县财政局2023年政府信息公开工作年度报告</a></li>" * 3 + "</ul>"


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (412, HTML | COOKIE, RUISHU, "challenge"),
        (202, HTML | COOKIE, b"<script src='/a.js'></script>", "challenge"),
        (202, HTML, RUISHU, "challenge"),
        (200, HTML | COOKIE, RUISHU, "challenge"),
        (521, HTML | COOKIE, JSL, "challenge"),
        (200, HTML, JSL, "challenge"),
        (503, HTML, b"<script>var arg1='3000176000856006061501533003690027800375'</script>", "challenge"),
        (468, HTML, b"", "firewall"),
        (405, HTML, b"<h1>405</h1>", "firewall"),
        (418, HTML, b"<h1>418</h1>", "firewall"),
        (422, HTML, b"<h1>422</h1>", "firewall"),
        (403, HTML, b"<h1>403 Forbidden</h1>", "forbidden"),
        (451, HTML, b"", "legal"),
        (200, HTML, "<title>访问被拦截</title><p>您的请求已被拦截</p>".encode(), "firewall"),
        (200, HTML, "<p>请完成安全验证后继续访问</p>".encode("gb18030"), "firewall"),
        (200, HTML, "<title>知道创宇云防御</title>创宇盾".encode(), "firewall"),
        (200, HTML, "<p>请按住滑块，完成滑动验证</p>".encode(), "firewall"),
        (200, {}, b"<title>WAF</title>", "firewall"),
    ],
)
def test_a_block_is_known_by_what_it_is_made_of(status, headers, body, kind):
    assert block_kind(status, "column", headers, body) == kind


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, HTML, COLUMN.encode()),
        (200, HTML, (COLUMN + "<p>" + "统一身份安全验证平台已接入政务服务网。" * 200 + "</p>").encode()),
        (200, HTML, b"x" * SMALL + "访问被拦截".encode()),
        (200, {"content-type": "application/pdf"}, b"%PDF WAF"),
        (200, HTML, b""),
        (200, HTML, b"<script>location.href='/new/'</script>"),
        (200, HTML, b"<p>x</p><script>document.cookie='a=1'</script>"),
        (202, HTML, b"<p>accepted</p>"),
        (302, HTML | COOKIE, b""),
        (404, HTML, b"<h1>404</h1>"),
        (500, HTML, b""),
        (503, HTML, "系统维护中".encode()),
        (403, HTML, b"<p>" + b"x" * SMALL),
        (405, HTML | {"allow": "GET"}, b""),
    ],
)
def test_what_is_no_block_is_not_taken_for_one(status, headers, body):
    assert block_kind(status, "column", headers, body) is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_robots_txt_that_may_not_be_read_names_no_rule(status):
    assert block_kind(status, "robots", HTML, b"no") is None
    assert block_kind(412, "robots", HTML, b"no") == "challenge"
