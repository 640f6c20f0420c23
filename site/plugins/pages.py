"""The one plugin of the site: our own pages in front of Datasette's, and what its tables, CSV and SQL need."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from datasette import hookimpl

# Datasette loads this file by its path, so the package beside it has to be made known first.
sys.path.append(str(Path(__file__).parent))

from reading_room import answers, connections, errors


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: Any, database: str) -> None:
    """Search in Chinese (after Datasette has registered its own), and bounds on what a query may take."""
    connections.prepare(conn, database)


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """Our pages in front of Datasette's; CSV without formulas; headers for caches."""
    return lambda app: answers.wrapped(app, datasette)


@hookimpl  # type: ignore[untyped-decorator]
def startup(datasette: Any) -> Callable[[], Awaitable[None]]:
    """Counts as the build knows them: counting twenty million rows, and a digest of gigabytes, would take the start a minute."""

    async def ready() -> None:
        errors.be_brief()
        await connections.take_counts(datasette)

    return ready


@hookimpl  # type: ignore[untyped-decorator]
def handle_exception(request: Any, exception: Exception) -> Any:
    """What Datasette could not answer, told in the look of the site and at once."""
    return errors.answer(request, exception)
