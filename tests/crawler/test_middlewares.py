import doctest
import importlib

import pytest
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.settings import Settings

from crawler import settings
from crawler.archive import Exchange
from crawler.middlewares import describe, stored_response

URL = "http://www.x.gov.cn/nb/"


class Crawler:
    settings = Settings({"DOWNLOAD_TIMEOUT": 60, "DOWNLOAD_MAXSIZE": 1024})


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (CannotResolveHostError("x"), "dns: the name www.x.gov.cn does not resolve"),
        (DownloadTimeoutError("x"), "timeout: no answer within 60 seconds"),
        (DownloadConnectionRefusedError("x"), "connection: refused"),
        (DownloadCancelledError("x"), "too large: more than 1024 bytes"),
        (ResponseDataLossError(), "incomplete: the answer broke off"),
        (DownloadFailedError("[<OpenSSL.SSL.Error:\n certificate verify failed>]"), "tls: "),
        (DownloadFailedError("[ConnectionLost]"), "connection: [ConnectionLost]"),
        (ValueError("odd\nthing"), "ValueError: odd thing"),
    ],
)
def test_what_kept_an_answer_from_us_is_said_in_one_line_that_begins_with_its_kind(problem, words):
    said = describe(problem, Request(URL), Crawler())
    assert said.startswith(words)
    assert "\n" not in said


def test_a_stored_answer_comes_back_unpacked_and_without_an_old_session():
    headers = (("Content-Type", "text/html; charset=gb2312"), ("Content-Encoding", "gzip"), ("Set-Cookie", "old=1"))
    response = stored_response(Request(URL), Exchange(200, headers, "<p>镕</p>".encode("gb18030")))
    assert response.text == "<p>镕</p>"  # a letter of GBK in a page that says GB2312
    assert (response.headers.get("Content-Encoding"), response.headers.get("Set-Cookie")) == (None, None)


def test_nothing_listens_and_robots_txt_is_obeyed():
    assert settings.ROBOTSTXT_OBEY
    assert not settings.TELNETCONSOLE_ENABLED
    assert not settings.REMOTE_CONTROL_ENABLED
    assert settings.CONCURRENT_REQUESTS_PER_DOMAIN == 1
    assert settings.DOWNLOAD_DELAY >= 2
    assert not {403, 412, 468, 521} & set(settings.RETRY_HTTP_CODES)


@pytest.mark.parametrize("name", ["blocks", "portals", "settings", "families.page"])
def test_the_examples_in_docstrings_hold(name):
    result = doctest.testmod(importlib.import_module(f"crawler.{name}"))
    assert result.attempted
    assert not result.failed
