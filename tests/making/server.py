"""A site in a process of its own, as `nianbao serve` starts it, for browsers, benchmarks and attacks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SITE = Path(__file__).parents[2] / "site"
STARTING = 60.0


@contextmanager
def serving(database: Path, role: str | None = None) -> Iterator[str]:
    """The address of a site over this database until the block ends. `role`: pages or sql; both in one without."""
    told = json.loads((SITE / "settings.json").read_text())
    if role:
        told |= json.loads((SITE / "roles.json").read_text())[role]
    settings = [word for key, value in told.items() for word in ("--setting", key, str(value).lower())]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [
        sys.executable,
        "-m",
        "datasette",
        "serve",
        str(SITE),
        "--immutable",
        str(database),
        "--port",
        str(port),
        *settings,
    ]
    environment = {key: value for key, value in os.environ.items() if key != "NIANBAO_DATA"}
    process = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, f"http://127.0.0.1:{port}/codebook")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    """Until the site answers."""
    end = time.monotonic() + STARTING
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=STARTING).close()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"the site answers {error.code}") from error
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the site did not start")
