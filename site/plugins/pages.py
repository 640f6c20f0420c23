"""The one plugin of the site: our own pages in front of Datasette's."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from datasette import hookimpl

# Datasette loads this file by its path, so the package beside it has to be made known first.
sys.path.append(str(Path(__file__).parent))

from reading_room import routes


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Our pages; Datasette asks plugins before its own addresses."""
    return routes.ROUTES
