"""The run that a timer calls: crawl what is due, build, have the site take the new database, remove what was left behind.

Each stage is a command of its own, in a process of its own: what one of them needs in memory is gone before the next.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive
from crawler.archive.lock import take_lock
from operations import sites

LOCK_NAME = "run.lock"
# From good to bad, by what they mean to whoever is called at night; the codes are those of the command.
GOOD, PARTIAL, CHECKS_FAILED, FAILED, LOCKED = 0, 3, 4, 1, 75
BY_MEANING = (GOOD, PARTIAL, CHECKS_FAILED, LOCKED, FAILED)
COUNTS = ("requested", "new", "changed", "unchanged", "vanished", "blocked", "failed")
# The number of the process that made a file which it would have removed itself.
MADE_BY = re.compile(r"\.(\d+)\.new")
# What readers make in the system's temporary folder, and remove unless they are killed; looked at no sooner than this.
READERS = re.compile(r"nianbao-(?:office-)?[a-z0-9_]{8}")
LEFT_ALONE = timedelta(days=1)


def run(data: Path, crawl: Sequence[str], say: Callable[[str], None]) -> int:
    """The whole run; `crawl` are the words of its first command. The worst exit code of its parts, by meaning.

    What is blocked, partial or failed while crawling still leaves an archive to build from. Raises ArchiveLocked where
    another run is under way, and OSError where the folder cannot be written.
    """
    data.mkdir(parents=True, exist_ok=True)
    lock = take_lock(data / LOCK_NAME, datetime.now(UTC))
    try:
        codes = [_stage(data, *crawl)]
        say(f"crawl: {_crawled(data)}{_ended(codes[-1])}")
        if codes[-1] not in (GOOD, PARTIAL, FAILED):
            return worst(codes)
        codes.append(_stage(data, "build"))
        say(f"build: {_published(data)}{_ended(codes[-1])}")
        if codes[-1] == GOOD:
            told = sites.tell(data)
            say(f"publish: {'; '.join(map(str, told)) or 'no site process is known here'}")
            codes += [PARTIAL for each in told if each.why]
        removed = list(prune(data))
        say(f"prune: {len(removed)} removed{''.join(f' {path.name}' for path in removed)}")
        return worst(codes)
    finally:
        os.close(lock)


def worst(codes: Sequence[int]) -> int:
    """The code that tells most of what went wrong; one that nobody knows counts as failed.

    >>> worst([3, 0]), worst([0, 3, 1]), worst([0, -15])
    (3, 1, 1)
    """
    return max((code if code in BY_MEANING else FAILED for code in codes), key=BY_MEANING.index, default=GOOD)


def prune(data: Path) -> Iterator[Path]:
    """Remove files that dead processes left behind; each is told."""
    for path in data.glob(".nianbao.db.*"):
        made_by = MADE_BY.search(path.name)
        if made_by and not Path(f"/proc/{made_by[1]}").exists():
            path.unlink(missing_ok=True)
            yield path
    before = (datetime.now(UTC) - LEFT_ALONE).timestamp()
    for path in Path(tempfile.gettempdir()).glob("nianbao-*"):
        state = path.lstat()
        if READERS.fullmatch(path.name) and state.st_uid == os.getuid() and state.st_mtime < before:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            yield path


def _stage(data: Path, *words: str) -> int:
    """A command of ours, with its own lines; its exit code. SIGTERM is handed on to it."""
    stage = subprocess.Popen([sys.executable, "-m", "nianbao", "--data", str(data.resolve()), *words], cwd=sites.SITE.parent)
    before = signal.signal(signal.SIGTERM, lambda *_: stage.terminate())
    try:
        return stage.wait()
    except KeyboardInterrupt:  # the terminal has told the stage too
        return stage.wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _crawled(data: Path) -> str:
    """The figures of the latest crawl."""
    with Archive(data / "archive") as archive:
        runs = sorted(archive.runs(), key=lambda each: each.started_at)
    if not runs:
        return "nothing was crawled yet"
    counts = ", ".join(f"{getattr(runs[-1], name)} {name}" for name in COUNTS)
    return f"run {runs[-1].id} {runs[-1].verdict or 'unfinished'}: {counts}"


def _published(data: Path) -> str:
    """What the database is now."""
    try:
        state = (data / "nianbao.db").stat()
    except FileNotFoundError:
        return "there is no nianbao.db"
    made = datetime.fromtimestamp(state.st_mtime, UTC)
    return f"nianbao.db of {made:%Y-%m-%dT%H:%M:%SZ}, {state.st_size / 1e6:.1f} MB"


def _ended(code: int) -> str:
    return f" (exit {code})" if code else ""
