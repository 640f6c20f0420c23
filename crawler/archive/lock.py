"""The archive's lock: one process writes, and others are told which and since when."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from crawler.archive.warc import ArchiveError, stamp

LOCK_NAME = "lock"


class ArchiveLocked(ArchiveError):
    """Another process writes to the archive; says which and since when."""


@contextmanager
def locked(folder: Path, now: datetime) -> Iterator[None]:
    """Hold the lock of an archive's folder while the block lasts. Raises ArchiveLocked."""
    lock = take_lock(folder / LOCK_NAME, now)
    try:
        yield
    finally:
        os.close(lock)


def take_lock(path: Path, now: datetime) -> int:
    """Lock the archive for this process; the system lets go of it when the process ends, however it ends."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        owner = os.read(lock, 200).decode("utf-8", "replace").strip()
        os.close(lock)
        age = f" ({_age(owner.rpartition(' ')[2], now)})" if owner else ""
        raise ArchiveLocked(f"{path}: held by {owner or 'another process'}{age}") from problem
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()} since {stamp(now)}\n".encode(), 0)
    return lock


def _age(since: str, now: datetime) -> str:
    try:
        minutes = int((now - datetime.fromisoformat(since)).total_seconds()) // 60
    except ValueError:
        return "of unknown age"
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
