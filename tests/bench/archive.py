"""What archiving costs: the same bare Scrapy spider with and without the archive, over pages of 70 KB.

The spider asks for given addresses and looks at nothing. With the archive every answer is recorded as the crawler
records it: response, request and notes in the WARC file, its row in the index. Processor time is what is compared:
the two variants take turns, each in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import Row, Table, say
from bench.crawl import _Portal, columns
from crawler.archive.warc_file import GZIP_LEVEL

ROUNDS = 3
PAGES = 2000
OVERHEAD = 0.75  # promised: of the bare spider's processor time, for a page of which packing alone takes a third of that
DISTINCT = 20  # pages of a portal
SIZE = 70_000  # bytes of a page; packed it has 13 KB, as real ones have


def measure(quick: bool = False) -> Table:
    """Bare and archiving in turn."""
    count, rounds = (100, 1) if quick else (PAGES, ROUNDS)
    figures: dict[str, list[list[float]]] = {"bare": [], "first": [], "again": []}
    server = subprocess.Popen([sys.executable, "-m", "bench.archive", "serve", "0", "0", "."], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    try:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                for variant in figures:
                    line = [sys.executable, "-m", "bench.archive", variant, port, str(count), folder]
                    found = json.loads(subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True).stdout)
                    say(f"archive: {variant}: {found}")
                    figures[variant].append([found["pages"], found["cpu"], found["bytes"] / found["pages"] / 1000])
    finally:
        server.terminate()
        server.wait()
    names = {"bare": "bare Scrapy", "first": "with archive: everything new", "again": "with archive: everything unchanged"}
    rows = [Row(names[variant], rounds) for variant, rounds in figures.items()]
    bare, first, again = (row.medians[1] for row in rows)
    return Table(
        f"The archive's cost over {count:,} pages of 70 KB",
        ("pages", "CPU ms/page", "WARC KB/page"),
        rows,
        (
            f"a new page: {first - bare:.2f} ms, {first / bare - 1:.0%} of the bare spider's (promised: {OVERHEAD:.0%})",
            f"an unchanged page that is sent whole: {again - bare:.2f} ms, {again / bare - 1:.0%}",
            f"of that, packing a page: {_packing():.2f} ms",
        ),
        ("Scrapy", "Twisted", "warcio"),
        first / bare - 1 <= OVERHEAD,
    )


def serve() -> None:
    """Serve the pages on every loopback address, and print the port."""

    async def forever() -> None:
        _Portal.answers = {}
        for number in range(DISTINCT):
            body = _page(number)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
            _Portal.answers[f"/nb/{number}.html".encode()] = (b"", head.encode() + body)
        server = await asyncio.get_running_loop().create_server(_Portal, "0.0.0.0", 0, backlog=2048)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(forever())


def _page(seed: int) -> bytes:
    """A page as Word makes them: much the same around every cell, and text that is not."""
    chance, rows = random.Random(seed), []
    while sum(map(len, rows)) < SIZE:
        said = "".join(chr(chance.randrange(0x4E00, 0x5E00)) for _ in range(14))
        rows.append(f'<tr><td style="border: 1px solid #000"><p class="MsoNormal"><span lang="EN-US">{said}</span></p></td></tr>'.encode())
    return b"<html><body><table>" + b"".join(rows) + b"</table></body></html>"


def _packing() -> float:
    """Milliseconds that packing a page takes."""
    every = [_page(number) for number in range(DISTINCT)]
    began = time.process_time()
    for page in every:
        zlib.compress(page, GZIP_LEVEL)
    return 1000 * (time.process_time() - began) / DISTINCT


def addresses(port: int, count: int) -> Iterator[str]:
    """That many pages, so many of each portal as it has."""
    hosts = (host.removesuffix("/nb/") for host in columns(port, -(-count // DISTINCT)))
    every = (f"{host}/nb/{number}.html" for host in hosts for number in range(DISTINCT))
    yield from (url for url, _ in zip(every, range(count), strict=False))


def crawl(port: int, count: int, folder: Path | None) -> tuple[int, float]:
    """Ask for the pages, and archive them below the folder if there is one; how many came, and the seconds it took."""
    from scrapy import Request, Spider, signals
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.archive import Archive, Attempt, Received
    from crawler.extensions import _pairs, sent_as

    class Bare(Spider):
        name = "bare"

        async def start(self) -> Any:
            for url in addresses(port, count):
                yield Request(url, meta={"attempt": Attempt("p", url, "report", f"{url}/nb/", "示例县2023年年报", "2024-01-15")})

        def parse(self, response: Any) -> None:
            assert response.status == 200

    process = AsyncCrawlerProcess({"CONCURRENT_REQUESTS": 256, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "ERROR"})
    crawler = process.create_crawler(Bare)
    archive = Archive(folder, writable=True) if folder else None
    if archive:
        archive.start_run(["p"])

        def record(response: Any, request: Any, spider: Any) -> None:
            received = Received(response.status, tuple(_pairs(response.headers)), response.body)
            archive.record(request.meta["attempt"], sent_as(request), received)

        crawler.signals.connect(record, signals.response_downloaded, weak=False)
    began: list[float] = []

    def begin() -> None:
        began.append(time.process_time())

    crawler.signals.connect(begin, signals.engine_started)
    process.crawl(crawler)
    process.start()
    if archive:
        archive.finish_portal("p", "good")
        archive.finish_run("good")
        archive.close()
    assert crawler.stats is not None
    return int(crawler.stats.get_value("downloader/response_status_count/200")), time.process_time() - began[0]


def main() -> None:
    """serve|bare|first|again PORT COUNT FOLDER: one variant, in this process."""
    variant, port, count, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    if variant == "serve":
        serve()
    before = sum(path.stat().st_size for path in folder.glob("*.warc.gz"))
    met, cpu = crawl(port, count, None if variant == "bare" else folder)
    assert met == count, met
    size = sum(path.stat().st_size for path in folder.glob("*.warc.gz")) - before
    print(json.dumps({"pages": met, "cpu": 1000 * cpu / met, "bytes": size}))


if __name__ == "__main__":
    main()
