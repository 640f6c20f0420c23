"""The way of every request: our own pages answer first; what Datasette answers is seen to: CSV without formulas, headers for
caches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from reading_room.routes import respond
from reading_room.sheets import BYTE_ORDER_MARK, neutralized

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

IMMUTABLE = (b"cache-control", b"public, max-age=31536000, immutable")


def wrapped(app: App, datasette: Any) -> App:
    """Our pages before the application, whose answers are seen to."""

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        if (response := await respond(datasette, scope, receive)) is not None:
            if isinstance(response.body, str):
                response.body = response.body.encode()
            response.headers["Content-Length"] = str(len(response.body))
            await response.asgi_send(send)
            return None
        path = str(scope.get("path", ""))
        if path.startswith("/nianbao") and path.endswith(".csv"):
            send = _csv(send, "_bom" in parse_qs(scope.get("query_string", b"").decode("latin-1")))
        elif path.startswith("/static/") and scope.get("query_string"):
            # Our style sheet's address tells its content.
            send = _with_header(send, IMMUTABLE)
        return await app(scope, receive, send)

    return answer


def _with_header(send: Send, header: tuple[bytes, bytes]) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            kept = [each for each in message["headers"] if each[0].lower() != header[0]]
            message["headers"] = [*kept, header]
        await send(message)

    return sent


def _csv(send: Send, mark: bool) -> Send:
    """Datasette sends whole rows at a time. What is no CSV (an error in HTML) passes as it is."""
    is_csv, first = False, True

    async def sent(message: Message) -> None:
        nonlocal is_csv, first
        if message["type"] == "http.response.start":
            types = [value for name, value in message["headers"] if name.lower() == b"content-type"]
            is_csv = message["status"] == 200 and any(kind.startswith((b"text/csv", b"text/plain")) for kind in types)
            if is_csv:  # the length becomes another
                message["headers"] = [each for each in message["headers"] if each[0].lower() != b"content-length"]
        elif is_csv and message.get("body"):
            text = neutralized(message["body"].decode())
            message["body"] = ((BYTE_ORDER_MARK if mark and first else "") + text).encode()
            first = False
        await send(message)

    return sent
