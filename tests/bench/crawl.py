"""Whole crawls of a thousand portals in one process, against a bare Scrapy spider that follows the same links.

One process serves all portals: every address 127.64.x.y is one of them. The bare spider archives nothing, recognizes
nothing and reads no titles; it follows the links whose addresses are those of reports, pages and files. Both obey
robots.txt and keep one request at a time to a host, as many in all as the settings say.

"pages/s alone" leaves out the time for which a process stood ready to run and others had the processors: on a machine
that does nothing else it is hardly more than pages/s.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench import Row, Table, say

ROUNDS = 3
PORTALS = 1000
REPORTS = 10  # of a portal: on two pages, the last one with a file
SHARE, MEMORY = 0.70, 600.0  # promised: of the bare spider's pages/s; megabytes


def measure(quick: bool = False) -> Table:
    """Bare spider and crawler in turn, each in a process of its own."""
    portals, rounds = (50, 1) if quick else (PORTALS, ROUNDS)
    figures: dict[str, list[list[float]]] = {"bare": [], "first": [], "again": []}
    server = subprocess.Popen([sys.executable, "-m", "bench.crawl", "serve"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    try:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                for variant in figures:
                    found = _run(variant, port, str(portals), folder)
                    say(f"crawl: {variant}: {found}")
                    figures[variant].append([found[name] for name in ("pages", "rate", "alone", "cpu", "memory")])
    finally:
        server.terminate()
        server.wait()
    names = {"bare": "bare spider", "first": "crawl: everything new", "again": "crawl: everything unchanged"}
    rows = [Row(names[variant], rounds) for variant, rounds in figures.items()]
    memory = max(row.medians[4] for row in rows[1:])
    # Round by round: what else the machine does weighs on neighbours alike.
    share, alone, cpu = (
        {variant: median(_quotients(figures, variant, column)) for variant in ("first", "again")} for column in (1, 2, 3)
    )
    return Table(
        f"Crawl of {portals:,} portals in one process, without delay",
        ("pages", "pages/s", "pages/s alone", "CPU ms/page", "memory MB"),
        rows,
        (
            f"everything new: {share['first']:.0%} of the bare spider's pages/s (promised: {SHARE:.0%}),"
            f" {alone['first']:.0%} alone, {1 / cpu['first']:.0%} by CPU",
            f"everything unchanged: {share['again']:.0%} of the bare spider's pages/s,"
            f" {alone['again']:.0%} alone, {1 / cpu['again']:.0%} by CPU",
            f"memory at most {memory:.0f} MB (promised: below {MEMORY:.0f})",
        ),
        ("Scrapy", "Twisted", "lxml", "warcio"),
        share["first"] >= SHARE and memory < MEMORY,
    )


def _quotients(figures: dict[str, list[list[float]]], variant: str, column: int) -> list[float]:
    pairs = zip(figures[variant], figures["bare"], strict=True)
    return [ours[column] / bare[column] for ours, bare in pairs]


def _run(variant: str, *arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.crawl", variant, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


# --- the portals


def pages() -> Iterator[tuple[str, bytes, str]]:
    """What each portal serves: path, body, media type. Pages of the size of real ones (70 KB), in UTF-8 and GBK."""
    yield "/robots.txt", b"User-agent: *\nDisallow: /admin/\n", "text/plain"
    reports = [f"/nb/202401/t20240115_{32711 + n}.html" for n in range(REPORTS)]
    menu = "".join(f'<li><a href="/zwgk/{n}/">栏目{n}</a></li>' for n in range(60))
    for number in range(2):
        lines = "".join(
            f'<li><a href=".{path[3:]}" title="示例县{n}局2023年政府信息公开工作年度报告">示例县{n}局2023年政府信息…</a><span>2024-01-15</span></li>'
            for n, path in enumerate(reports)
            if n % 2 == number
        )
        text = f"{_head('政府信息公开年报')}<ul>{menu}</ul><ul class='list'>{lines}</ul>"
        text += f"<script>createPageHTML(2, {number}, 'index', 'html');</script></body></html>"
        yield "/nb/index_1.html" if number else "/nb/", text.encode(), "text/html; charset=utf-8"
    for n, path in enumerate(reports):
        rows = "".join(
            f"<tr>{'<td style=&quot;border: 1px solid&quot;><p><span>0</span></p></td>' * 11}</tr>" for _ in range(60)
        )
        rows = rows.replace("&quot;", '"')
        text = f"{_head('年度报告')}<ul>{menu}</ul><div class='TRS_Editor'><p>{'本年度新收政府信息公开申请。' * 300}</p><table>{rows}</table>"
        text += "<p><a href='./W020240115.docx'>附件</a></p>" if n == REPORTS - 1 else ""
        text += "</div></body></html>"
        if n % 10 == 3:
            yield path, text.encode("gb18030"), "text/html; charset=gb2312"
        else:
            yield path, text.encode(), "text/html"
    yield "/nb/202401/W020240115.docx", b"PK" + bytes(range(256)) * 80, "application/octet-stream"


def _head(title: str) -> str:
    return f"<html><head><meta name='ArticleTitle' content='{title}'><title>{title}</title></head><body>"


class _Portal(asyncio.Protocol):
    """Answers GET from memory; knows its pages by their ETag."""

    answers: dict[bytes, tuple[bytes, bytes]]

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            head, _, self.rest = self.rest.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            tag, answer = self.answers.get(path, (b"", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
            if tag and tag in head:
                answer = b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"
            self.transport.write(answer)


async def _serve() -> None:
    _Portal.answers = {}
    for number, (path, body, media_type) in enumerate(pages()):
        tag = f'"page-{number}"'.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n".encode()
        _Portal.answers[path.encode()] = (tag, head + b"ETag: " + tag + b"\r\n\r\n" + body)
    server = await asyncio.get_running_loop().create_server(_Portal, "0.0.0.0", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def columns(port: int, count: int) -> list[str]:
    """The columns of the portals, each at a loopback address of its own."""
    return [f"http://127.64.{n // 250}.{n % 250 + 1}:{port}/nb/" for n in range(count)]


# --- the crawls, each in its own process


def _bare(port: int, count: int) -> int:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    wanted = ("/t2024", "/index_", ".docx")

    class Bare(Spider):
        name = "bare"

        async def start(self) -> Any:
            for url in columns(port, count):
                yield Request(url)

        def parse(self, response: Any) -> Any:
            if not hasattr(response, "selector"):
                return
            for href in response.xpath("//a/@href").getall():
                if any(mark in href for mark in wanted):
                    yield response.follow(href)
            if response.url.endswith("/nb/"):
                yield response.follow("index_1.html")

    from crawler import settings

    process = AsyncCrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": settings.CONCURRENT_REQUESTS,
            "CONCURRENT_REQUESTS_PER_DOMAIN": settings.CONCURRENT_REQUESTS_PER_DOMAIN,
            "DOWNLOAD_DELAY": settings.SHORTEST_DELAY,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )
    crawler = process.create_crawler(Bare)
    process.crawl(crawler)
    process.start()
    assert crawler.stats is not None
    return int(crawler.stats.get_value("downloader/response_count"))


def _ours(port: int, count: int, folder: str) -> int:
    from crawler.portals import Portal
    from crawler.run import crawl

    portals = [Portal(f"p{n}", f"示例县{n}", None, "auto", url) for n, url in enumerate(columns(port, count))]
    result = crawl(portals, Path(folder) / "archive", delay=0, show_progress=False)
    assert result.verdict == "good", result.reasons[:3]
    return sum(portal.run.requested for portal in result.portals)


def main() -> None:
    """serve | bare PORT COUNT FOLDER | first … | again …: one part of the benchmark, in this process."""
    if sys.argv[1] == "serve":
        asyncio.run(_serve())
        return
    port, count, folder = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    began, cpu = time.perf_counter(), time.process_time()
    pages_met = _bare(port, count) if sys.argv[1] == "bare" else _ours(port, count, folder)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in kilobytes
    found = {"pages": pages_met, "rate": pages_met / took, "alone": pages_met / (took - _waited())}
    print(json.dumps(found | {"cpu": 1000 * cpu / pages_met, "memory": peak}))


def _waited() -> float:
    """For how many seconds this process stood ready and had no processor; 0 where the system does not say."""
    counts = Path("/proc/self/schedstat")  # nanoseconds run, nanoseconds waited, turns
    return int(counts.read_text().split()[1]) / 1e9 if counts.exists() else 0.0


if __name__ == "__main__":
    main()
