"""Which address is which page; the headers that every answer carries."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datasette import Response

from reading_room import body, codebook, division, home, report, source
from reading_room.drawing import draw
from reading_room.texts import load_texts
from reading_room.visit import Download, Page, Visit

DATABASE = "nianbao"
# What Datasette answers: its tables, its own pages, and the files of site/static.
DATASETTES = r"nianbao(?:[/.]|$)|-/|static/|favicon\.ico$"
Answer = Page | Download | None
View = Callable[[sqlite3.Connection, Visit], Answer]

PAGES: tuple[tuple[str, View], ...] = (
    (r"", home.page),
    (r"/report/(?P<id>[0-9]{1,16})", report.page),
    (r"/body/(?P<id>[0-9]{1,16})", body.page),
    (r"/division/(?P<code>[0-9]{6}|unknown)", division.page),
    (r"/codebook", codebook.page),
    (r"/source/(?P<sha256>[0-9a-f]{64})", source.page),
    (r"/source/(?P<sha256>[0-9a-f]{64})/original", source.download),
)

# Our pages need no script and nothing from another host.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "max-age=300",
}
# An original may hold anything, so it is a file to keep, not a page to open.
SANDBOX = {**HEADERS, "Content-Security-Policy": "sandbox; default-src 'none'"}


def routes() -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Datasette's routes for our pages, in Chinese and under /en; every other address is nothing, Datasette's own apart."""
    ours = [
        (f"^{prefix}{pattern}/?$", _view(view, language))
        for pattern, view in PAGES
        for prefix, language in (("", "zh"), ("/en", "en"))
    ]
    return [*ours, (f"^/(?!{DATASETTES}).*$", _not_found)]


async def _not_found(request: Any) -> Any:
    """The page for an address that is nothing, in the look of the site (Datasette's own answer takes it most of a second)."""
    language = "en" if re.match(r"/en(/|$)", request.path) else "zh"
    return _response(None, Visit("/", load_texts()[language], Path()))


def _view(view: View, language: str) -> Callable[..., Awaitable[Any]]:
    async def answer(datasette: Any, request: Any) -> Any:
        database = datasette.get_database(DATABASE)
        path = (request.path.removeprefix("/en") if language == "en" else request.path).rstrip("/") or "/"
        query = MappingProxyType({key: request.args[key] for key in request.args})
        named = MappingProxyType(request.url_vars)
        visit = Visit(path, load_texts()[language], _archive(datasette), named, query)
        # Drawing in the thread of the query keeps the event loop free for others.
        return await database.execute_fn(lambda connection: _response(view(connection, visit), visit))

    return answer


def _archive(datasette: Any) -> Path:
    """The archive's folder: beside the database, unless the metadata or NIANBAO_DATA name another data folder."""
    configured = (datasette.plugin_config(DATABASE) or {}).get("data")
    folder = Path(configured) if configured else Path(datasette.get_database(DATABASE).path).parent
    return folder / "archive"


def _response(answer: Answer, visit: Visit) -> Any:
    if isinstance(answer, Download):
        attachment = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return Response(answer.payload, headers=SANDBOX | attachment, content_type="application/octet-stream")
    page = answer or Page("missing.html", {}, status=404)
    return Response.html(draw(page, visit), status=page.status, headers=HEADERS)


ROUTES = routes()
