"""LocalPortal and Serving: portals made of answers, each on a loopback address of its own, with a log of requests."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from crawler.portals import Portal


@dataclass(frozen=True)
class Answer:
    """What a portal answers."""

    body: bytes | str = b""
    media_type: str = "text/html"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The body as it is sent."""
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass(frozen=True)
class Met:
    """A request as a portal met it."""

    address: str
    method: str
    target: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        """What stands behind the question mark."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The form that was posted."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        """The JSON that was posted."""
        return json.loads(self.body)


Content = Answer | str | bytes | Callable[[Met], "Answer | str | bytes | None"]


@dataclass(frozen=True)
class LocalPortal:
    """A portal: its answers by target (path and query) or path, and what a good crawl brings home from it."""

    key: str
    column: str
    answers: Mapping[str, Content]
    reports: Sequence[str]  # targets, in any order
    files: Sequence[str] = ()  # attachments
    noise: Mapping[str, str] = field(default_factory=dict)  # titles that are no reports, and their kinds
    never: Sequence[str] = ()  # targets that begin like this must not be asked for
    itself: bool = False  # the column page is the (only) report
    family: str = "auto"
    verdict: str = "good"
    says: str | None = None  # a part of the reason line
    options: Mapping[str, object] = field(default_factory=dict)
    at_most: int = 200  # requests


class Serving:
    """Serves local portals, the n-th at 127.21.0.n, while the `with` block lasts; `met` is the log."""

    def __init__(self, portals: Sequence[LocalPortal]) -> None:
        self.portals = portals
        self.met: list[Met] = []
        self.overlaps: list[str] = []
        self.port = 0
        self._servers: list[_Server] = []

    def __enter__(self) -> Self:
        for number, portal in enumerate(self.portals, start=1):
            server = _Server((f"127.21.0.{number}", self.port), portal, self)
            self._servers.append(server)
            self.port = server.server_address[1]
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def registered(self) -> list[Portal]:
        """The portals as the registry would have them."""
        return [
            Portal(p.key, p.key, "360981", p.family, self.origin(p) + p.column, options=dict(p.options))
            for p in self.portals
        ]

    def origin(self, portal: LocalPortal) -> str:
        """Where a portal stands."""
        return f"http://127.21.0.{self.portals.index(portal) + 1}:{self.port}"

    def asked(self, portal: LocalPortal) -> list[Met]:
        """The requests that a portal met, without that for robots.txt."""
        address = f"127.21.0.{self.portals.index(portal) + 1}"
        return [met for met in self.met if met.address == address and met.target != "/robots.txt"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], portal: LocalPortal, serving: Serving) -> None:
        super().__init__(address, _Handler)
        self.portal = portal
        self.serving = serving
        self.active: Counter[str] = Counter()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a crawler may hang up in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        met = Met(str(self.server.server_address[0]), self.command, self.path, body, headers)
        serving = self.server.serving
        serving.met.append(met)
        self.server.active["now"] += 1
        if self.server.active["now"] > 1:
            serving.overlaps.append(f"{met.address}{met.target}")
        answer = self._answer(met)
        self.server.active["now"] -= 1  # before it leaves: the next request may be here as soon as it is read
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.payload)))
        self.end_headers()
        self.wfile.write(answer.payload)

    do_POST = do_GET

    def _answer(self, met: Met) -> Answer:
        answers = self.server.portal.answers
        path = met.target.partition("?")[0]
        content = next((answers[key] for key in (f"{met.method} {path}", met.target, path) if key in answers), None)
        found = content(met) if callable(content) else content
        if found is None:
            return Answer("<html><body>404 您访问的页面不存在</body></html>", status=404)
        return found if isinstance(found, Answer) else Answer(found)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `met` is the log."""
