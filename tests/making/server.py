"""A site in processes of its own, started by `nianbao serve`, for browsers, benchmarks and attacks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOLD = "The site is at "


@contextmanager
def serving(database: Path, role: str | None = None, workers: int | None = None) -> Iterator[str]:
    """The address of a site over this database until the block ends. `role`: pages or sql; both in one without."""
    with started(database.parent, *(["--role", role] if role else []), *(["--workers", str(workers)] if workers else [])) as site:  # fmt: skip
        yield site[1]


@contextmanager
def started(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`nianbao serve` over a data folder, once it answers: the process, and its address without a slash at the end."""
    line = [sys.executable, "-m", "nianbao", "--data", str(data), "serve", "--port", "0", *options]
    environment = {key: value for key, value in os.environ.items() if key != "NIANBAO_DATA"}
    process = subprocess.Popen(line, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process, _address(process)
    finally:
        process.terminate()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = process.stderr.readline()
    if not said.startswith(TOLD):
        raise RuntimeError(f"the site did not start: {said}{process.stderr.read()}")
    return said.removeprefix(TOLD).partition(" ")[0].rstrip("/")
