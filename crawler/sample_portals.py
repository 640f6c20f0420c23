"""Sample portals: folders of pages served over HTTP on loopback addresses, for the demo and for tests."""

from __future__ import annotations

import hashlib
import mimetypes
import threading
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from crawler.portals import AUTO, Portal

INDEX_FILES = ("index.html", "index.shtml", "index.htm")
# Portals name their static pages in many ways; all of these are HTML. No charset: the page itself declares it.
PAGE_TYPES = {".html": "text/html", ".htm": "text/html", ".shtml": "text/html", ".jsp": "text/html"}
FILE_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".wps": "application/vnd.ms-works",
    ".ofd": "application/ofd",
}


@dataclass(frozen=True)
class SamplePortal:
    """A portal of demo.toml: its folder of pages and the loopback address that serves it."""

    key: str
    name: str
    division: str | None
    family: str
    address: str  # each its own loopback address, since politeness is kept by host name without port
    column: str
    folder: Path


@dataclass(frozen=True)
class Answer:
    """What a sample portal answers in place of its files, where a test wants to see trouble."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """A request that a sample portal met. Times are of the monotonic clock."""

    address: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    started: float
    ended: float
    sent: int = 0  # bytes of the answer: its own headers and its body


Behaviour = Callable[[str, str, Mapping[str, str]], Answer | None]


def load_sample_portals(folder: Path) -> tuple[SamplePortal, ...]:
    """The portals that `demo.toml` of this folder names."""
    document = tomllib.loads((folder / "demo.toml").read_text(encoding="utf-8"))
    return tuple(
        SamplePortal(
            key=line["key"],
            name=line["name"],
            division=line.get("division"),
            family=line.get("family", AUTO),
            address=line["address"],
            column=line["column"],
            folder=folder / line["folder"],
        )
        for line in document["portals"]
    )


class SamplePortals:
    """Serves sample portals while the `with` block lasts: files with ETag and Last-Modified, and a log of requests.

    `behaviour(address, path, headers)` may answer in place of the files; None leaves it to them.
    """

    def __init__(self, folder: Path, *, port: int = 0, behaviour: Behaviour | None = None) -> None:
        self.samples = load_sample_portals(folder)
        self.port = port
        self.visits: list[Visit] = []
        self._behaviour = behaviour
        self._servers: list[_Server] = []

    def __enter__(self) -> Self:
        for sample in self.samples:
            server = _Server((sample.address, self.port), sample.folder, self._behaviour, self.visits)
            self._servers.append(server)
            self.port = server.server_address[1]  # the first one chose a free port, the others take the same
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers.clear()

    def portals(self) -> tuple[Portal, ...]:
        """The portals as the crawler knows them, with the addresses at which they are served."""
        return tuple(
            Portal(
                key=sample.key,
                name=sample.name,
                division=sample.division,
                family=sample.family,
                column_url=f"http://{sample.address}:{self.port}{sample.column}",
            )
            for sample in self.samples
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], folder: Path, behaviour: Behaviour | None, visits: list[Visit]
    ) -> None:
        super().__init__(address, _Handler)
        self.folder = folder.resolve()
        self.behaviour = behaviour
        self.visits = visits

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a crawler that is stopped hangs up in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sample-portal"
    sys_version = ""
    wbufsize = -1  # one packet an answer; header and body apart wait 40 ms for each other
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        started = time.monotonic()
        address = str(self.server.server_address[0])
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.behaviour(address, self.path, headers) if self.server.behaviour else None
        if answer is None:
            answer = _answer_from(self.server.folder, self.path, headers)
        ended = time.monotonic()
        # Logged before the answer leaves, so that nobody can have read an answer that is not in the log.
        sent = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())
        sent += 0 if answer.status == HTTPStatus.NOT_MODIFIED or self.command == "HEAD" else len(answer.body)
        self.server.visits.append(Visit(address, self.command, self.path, answer.status, headers, started, ended, sent))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `visits` is the log."""


def _answer_from(folder: Path, target: str, headers: Mapping[str, str]) -> Answer:
    path = _file_of(folder, target)
    if path is None:
        return Answer(404, "<html><body>404 您访问的页面不存在</body></html>".encode(), {"Content-Type": "text/html"})
    body = path.read_bytes()
    validators = {
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
        "Last-Modified": formatdate(path.stat().st_mtime, usegmt=True),
    }
    known, since = headers.get("if-none-match"), headers.get("if-modified-since")
    if known == validators["ETag"] or (known is None and since == validators["Last-Modified"]):
        return Answer(304, b"", validators)
    return Answer(200, body, {"Content-Type": _media_type(path), **validators})


def _file_of(folder: Path, target: str) -> Path | None:
    """The file behind a request target; a download address with a query is a file whose name holds the query."""
    parts = urlsplit(target)
    name = unquote(parts.path).lstrip("/")
    candidates = [name, *(f"{name.rstrip('/')}/{index}".lstrip("/") for index in INDEX_FILES)]
    if parts.query:
        candidates.insert(0, f"{name}?{parts.query}")
    for candidate in candidates:
        path = (folder / candidate).resolve()
        if path.is_relative_to(folder) and path.is_file():
            return path
    return None


def _media_type(path: Path) -> str:
    suffix = path.suffix.lower().partition("?")[0]
    return (
        PAGE_TYPES.get(suffix)
        or FILE_TYPES.get(suffix)
        or mimetypes.guess_type(path.name)[0]
        or "application/octet-stream"
    )
