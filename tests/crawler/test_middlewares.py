import doctest
import importlib
from datetime import UTC, datetime
from types import SimpleNamespace

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
from scrapy.http import Response
from scrapy.settings import Settings

from crawler import settings
from crawler.archive import Exchange
from crawler.extensions import Ledger, retry_after
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


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("soon", 0),
        ("-1", 0),
        ("", 0),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(said, seconds):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after(Response(URL, 503, {"Retry-After": said}), now) == seconds


class Downloader:
    def __init__(self, **delays: float) -> None:
        self.slots = {host: SimpleNamespace(delay=delay) for host, delay in delays.items()}
        self.per_slot_settings: dict = {}


def test_a_host_is_only_ever_slowed_down_and_no_longer_than_we_wait():
    settings = Settings({"ARCHIVE_FOLDER": "x", "DOWNLOAD_DELAY": 2, "BACK_OFF_LIMIT": 300})
    downloader = Downloader(known=2.0)
    ledger = Ledger(SimpleNamespace(settings=settings, engine=SimpleNamespace(downloader=downloader)))
    for place, delay in (("known", 10), ("known", 5), ("new", 1), ("new", 30), ("slow", 9999)):
        ledger.slow_down(place, delay)
    assert downloader.slots["known"].delay == 10
    assert downloader.per_slot_settings == {"known": {"delay": 10}, "new": {"delay": 30}, "slow": {"delay": 300}}


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
