"""Errors of Datasette's own addresses, in the look of the site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasette.handle_exception
from datasette import Response
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError

from reading_room.drawing import draw
from reading_room.routes import HEADERS
from reading_room.texts import load_texts
from reading_room.visit import Page, Visit


def be_brief() -> None:
    """Keep Datasette from printing every local variable of every frame of an error, which it does where the library rich
    happens to be installed, and which takes it most of a second for each mistyped address."""
    datasette.handle_exception.rich = None


def answer(request: Any, exception: Exception) -> Any:
    """The answer to a request of Datasette's that came to nothing: JSON where that was asked for, else a page."""
    status, message, more = 500, str(exception), {}
    if isinstance(exception, Base400):
        status = exception.status
    elif isinstance(exception, DatasetteError):
        status, message, more = exception.status, str(exception.message), exception.error_dict
    if request.path.endswith(".json"):
        told = {"ok": False, "error": message, "status": status, "title": getattr(exception, "title", None)}
        return Response.json(more | told, status=status)
    plain = message if status not in (404, 500) and not getattr(exception, "message_is_html", False) else ""
    templates = {404: "missing.html", 500: "broken.html"}
    page = Page(templates.get(status, "refused.html"), {"message": plain})
    headers = HEADERS | {"Cache-Control": "public, max-age=10"}
    return Response.html(draw(page, Visit("/", load_texts()["zh"], Path())), status=status, headers=headers)
