"""A worker of the site: Datasette with our pages, answering on a socket that it was given, within the bounds of its role."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn

# What the pages import, before Datasette loads them: once for all workers.
import crawler.archive  # noqa: F401
import extract.originals  # noqa: F401
from operations.balance import Seat, balanced
from operations.serving import BACKLOG
from operations.sites import SITE

# The process that runs other people's SQL gives way to all others, and may not take more than this, in bytes.
SQL_NICE, SQL_MEMORY = 10, 4 << 30
# A connection is kept open longer than nginx keeps it (60 s), so that nginx never asks on one that was just closed.
KEPT = 75
# Seconds that an answer may still take when the process is to end: a table sent as CSV takes its time.
FINISHING = 30
# Seconds after which a thread that works lets another go on: at the usual 0.005 a request waits for its turn longer than it takes.
SWITCHING = 0.0005

# Datasette's library of units imports these where they are installed; nothing here computes with them.
UNUSED = ("dask", "numpy")


def _datasette() -> Any:
    """Datasette, without half of the time that its import may take."""
    hidden = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        from datasette.app import Datasette

        return Datasette
    finally:
        for name in hidden:
            del sys.modules[name]


DATASETTE = _datasette()


def work(
    database: Path, listening: socket.socket, seat: Seat, *, ready: int, alive: int, settings: Mapping[str, object], role: str | None
) -> None:
    """Answer on the socket until SIGTERM, or until `alive` is closed. A byte is written into `ready` once it answers."""
    if role == "sql":
        os.nice(SQL_NICE)
        resource.setrlimit(resource.RLIMIT_AS, (SQL_MEMORY, SQL_MEMORY))
    datasette = DATASETTE(
        immutables=[str(database)], config_dir=SITE, settings=settings, secret=os.environ["DATASETTE_SECRET"]
    )
    sys.setswitchinterval(SWITCHING)
    asyncio.run(_answer(datasette, listening, seat, ready, alive))


async def _answer(datasette: Any, listening: socket.socket, seat: Seat, ready: int, alive: int) -> None:
    # Before Datasette counts every row of every table: the plugin then gives it the counts that the build left.
    await datasette.invoke_startup()
    config = uvicorn.Config(
        datasette.app(), lifespan="on", http="httptools", loop="asyncio", ws="none", log_level="warning", access_log=False,
        proxy_headers=False, server_header=False, timeout_keep_alive=KEPT, timeout_graceful_shutdown=FINISHING,
        backlog=1,
    )  # fmt: skip
    server = _Server(config, seat, ready, alive)
    config.app = balanced(datasette.app(), seat, server.server_state.connections)
    await server.serve([listening])


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it answers and ends with its supervisor."""

    def __init__(self, config: uvicorn.Config, seat: Seat, ready: int, alive: int) -> None:
        super().__init__(config)
        self._seat, self._ready, self._alive = seat, ready, alive

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does; then the socket's own queue again.

        asyncio takes as many connections at once as its backlog says. With one at a time, workers that have nothing to
        do take the next; the queue of the system stays long.
        """
        await super().startup(sockets)
        for sock in sockets or ():
            sock.listen(BACKLOG)
        asyncio.get_running_loop().add_reader(self._alive, self._orphaned)
        os.write(self._ready, b"1")
        os.close(self._ready)

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn does ten times a second; connections also end without an answer."""
        if not self.should_exit:
            self._seat.hold(len(self.server_state.connections))
        return await super().on_tick(counter)

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._alive)
        self.should_exit = True
