"""Which address is which page; how a page is answered, and the headers that every answer carries."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datasette import Request, Response
from datasette.utils import sqlite_timelimit

from reading_room import (
    about,
    body,
    changes,
    codebook,
    compare,
    coverage,
    division,
    downloads,
    home,
    metadata,
    quality,
    report,
    runs,
    search,
    source,
)
from reading_room.drawing import draw
from reading_room.texts import load_texts
from reading_room.visit import SITE, File, Page, Visit

DATABASE = "nianbao"
LOG = logging.getLogger(DATABASE)
# What Datasette answers: its tables, its own pages, and the files of site/static.
DATASETTES = re.compile(r"/(?:nianbao(?:[/.]|$)|-/|static/|favicon\.ico$)")
Answer = Page | File | None
View = Callable[[sqlite3.Connection, Visit], Answer]

SHA256 = r"/source/(?P<sha256>[0-9a-f]{64})"
PAGES: tuple[tuple[str, View], ...] = (
    (r"", home.page),
    (r"/search", search.page),
    (r"/report/(?P<id>[0-9]{1,16})", report.page),
    (r"/report/(?P<id>[0-9]{1,16})\.(?P<format>csv|json)", report.download),
    (r"/body/(?P<id>[0-9]{1,16})", body.page),
    (r"/division/(?P<code>[0-9]{6}|unknown)", division.page),
    (r"/compare", compare.page),
    (r"/compare\.csv", compare.download),
    (r"/coverage", coverage.page),
    (r"/quality", quality.page),
    (r"/changes", changes.page),
    (r"/changes\.atom", changes.feed),
    (r"/codebook", codebook.page),
    (r"/downloads", downloads.page),
    (r"/datapackage\.json", metadata.package),
    (r"/about", about.page),
    (r"/runs", runs.page),
)
# Reading and drawing an original may take long: these wait in a line of their own, not before other pages.
ORIGINALS: tuple[tuple[str, View], ...] = (
    (SHA256, source.page),
    (SHA256 + r"/original", source.download),
    (SHA256 + r"/page/(?P<number>[0-9]{1,4})", source.picture),
)
# So many may stand in that line.
MOST_WAITING = 32

# Our pages need no script and nothing from another host.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
}
# Whatever is no page of ours may hold anything, so it is never run.
SANDBOX = HEADERS | {"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}
LASTING = {"Cache-Control": "public, max-age=31536000, immutable"}


async def respond(datasette: Any, scope: MutableMapping[str, Any], receive: Any) -> Any | None:
    """The answer to a request for one of our pages, or for an address that is nothing; None where Datasette is to answer.

    Our pages have no actors, cookies and forms that change anything, so what Datasette does for those is left out.
    """
    request = Request(scope, receive)
    path = request.path
    if DATASETTES.match(path):
        return None
    if request.method not in ("GET", "HEAD"):
        return Response.text("GET", status=405, headers={"Allow": "GET, HEAD"})
    for pattern, answer in ROUTES:
        if found := pattern.fullmatch(path):
            scope["url_route"] = {"kwargs": found.groupdict()}
            try:
                return await answer(datasette, request)
            except Exception:  # the last place before the reader: told in the log, and to the reader in words
                LOG.exception("no answer to %s", path)
                return _response(Page("broken.html", {}, status=500), _visit(datasette, request, _language(path)))
    return _response(None, Visit("/", load_texts()[_language(path)], Path()))


def _language(path: str) -> str:
    return "en" if path.startswith("/en/") or path == "/en" else "zh"


def _routes() -> list[tuple[re.Pattern[str], Callable[..., Awaitable[Any]]]]:
    """Our pages' addresses, in Chinese and under /en."""
    return [
        (re.compile(f"{prefix}{pattern}/?"), answering(view, language))
        for pages, answering in ((PAGES, _view), (ORIGINALS, _slow_view))
        for pattern, view in pages
        for prefix, language in (("", "zh"), ("/en", "en"))
    ]


def _view(view: View, language: str) -> Callable[..., Awaitable[Any]]:
    async def answer(datasette: Any, request: Any) -> Any:
        database = datasette.get_database(DATABASE)
        tag = _tag(database.path)
        if request.headers.get("if-none-match") == tag:
            return Response("", status=304, headers={"ETag": tag, "Cache-Control": HEADERS["Cache-Control"]})
        visit = _visit(datasette, request, language)
        limit = datasette.setting("sql_time_limit_ms")
        # Drawing in the thread of the query keeps the event loop free for others.
        response = await database.execute_fn(lambda connection: _limited(connection, view, visit, limit))
        if response.status == 200:
            response.headers["ETag"] = tag
        return response

    return answer


def _slow_view(view: View, language: str) -> Callable[..., Awaitable[Any]]:
    async def answer(datasette: Any, request: Any) -> Any:
        visit = _visit(datasette, request, language)
        line, waiting = _line()
        if len(waiting) >= MOST_WAITING:
            return _busy(visit)
        path = datasette.get_database(DATABASE).path
        answering = asyncio.get_running_loop().run_in_executor(line, lambda: _beside(path, view, visit))
        waiting.add(answering)
        answering.add_done_callback(waiting.discard)
        return await answering

    return answer


@cache
def _line() -> tuple[ThreadPoolExecutor, set[asyncio.Future[Any]]]:
    """The one thread that reads originals (pdfium knows no others), and what waits for it."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="originals"), set()


def _beside(path: str, view: View, visit: Visit) -> Any:
    """The answer by way of a connection of its own."""
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        return _response(view(connection, visit), visit)
    finally:
        connection.close()


def _limited(connection: sqlite3.Connection, view: View, visit: Visit, limit: int) -> Any:
    """The answer, or a word of regret where its queries take too long."""
    try:
        with sqlite_timelimit(connection, limit):
            return _response(view(connection, visit), visit)
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        return _busy(visit)


def _visit(datasette: Any, request: Any, language: str) -> Visit:
    path = (request.path.removeprefix("/en") if language == "en" else request.path).rstrip("/") or "/"
    args = request.args
    asked = MappingProxyType({key: tuple(args.getlist(key)) for key in args})
    return Visit(path, load_texts()[language], _archive(datasette), MappingProxyType(request.url_vars), asked)


def _archive(datasette: Any) -> Path:
    """The archive's folder: beside the database, unless the metadata or NIANBAO_DATA name another data folder."""
    configured = (datasette.plugin_config(DATABASE) or {}).get("data")
    folder = Path(configured) if configured else Path(datasette.get_database(DATABASE).path).parent
    return folder / "archive"


def _response(answer: Answer, visit: Visit) -> Any:
    if isinstance(answer, File):
        headers = SANDBOX | (LASTING if answer.lasting else {})
        if answer.name:
            headers["Content-Disposition"] = f'attachment; filename="{answer.name}"'
        return Response(answer.payload, headers=headers, content_type=answer.media_type)
    page = answer or Page("missing.html", {}, status=404)
    headers = HEADERS if page.status == 200 else HEADERS | {"Cache-Control": "public, max-age=60"}
    return Response.html(draw(page, visit), status=page.status, headers=dict(headers))


def _busy(visit: Visit) -> Any:
    response = _response(Page("busy.html", {}, status=503), visit)
    response.headers |= {"Cache-Control": "no-store", "Retry-After": "5"}
    return response


@cache
def _tag(database: str) -> str:
    """What a page is made of, in a word: this database and these templates. A page never changes while they are the same."""
    state = Path(database).stat()
    told = hashlib.sha256(f"{state.st_mtime_ns} {state.st_size}".encode())
    for file in (
        sorted((SITE / "templates").rglob("*.*"))
        + sorted(SITE.glob("*.toml"))
        + sorted((SITE / "plugins").rglob("*.py"))
    ):
        told.update(file.read_bytes())
    return f'W/"{told.hexdigest()[:20]}"'


ROUTES = _routes()
