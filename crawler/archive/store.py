"""The store: an fsspec address where finished WARC files may live (s3://bucket/prefix, file:///folder, memory://…).

The environment names it in NIANBAO_WARC_STORE; credentials and endpoints come from the environment too, as the store's
own library reads them (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …). Of a record only its own bytes are transferred.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from crawler.archive.warc import ArchiveError

SETTING = "NIANBAO_WARC_STORE"
CHUNK = 8 << 20
Moved = Callable[[int], object]  # is told how many bytes went by


class StoreError(ArchiveError):
    """The store cannot be reached, or does not hold what it should; names the address."""


def store_of_environment() -> str | None:
    """The address under which finished files are put; None where none is set."""
    return os.environ.get(SETTING, "").strip().rstrip("/") or None


def put(path: Path, address: str, moved: Moved = lambda _: None) -> str:
    """Put a file at an address and read it back; its sha256. Raises StoreError unless it is there as it is here."""
    sha256, size = _digest(path.open("rb"), lambda _: None), path.stat().st_size
    from fsspec.implementations.local import LocalFileSystem

    with _store(address) as (store, place):
        if not _holds(store, place, size):  # it is there already where a push was killed before it was noted
            if isinstance(store, LocalFileSystem):  # buckets have no folders, and are not ours to make
                store.makedirs(store._parent(place), exist_ok=True)
            store.put_file(str(path), place)
    check(address, size, sha256, moved)
    return sha256


def check(address: str, size: int, sha256: str, moved: Moved = lambda _: None) -> None:
    """Read a stored file whole. Raises StoreError unless it has this size and digest."""
    with _store(address) as (store, place):
        store.invalidate_cache()
        found = int(store.size(place))
        if found != size:
            raise StoreError(f"{address}: {found} bytes stand there, not {size}")
        if (digest := _digest(store.open(place, "rb", block_size=CHUNK, cache_type="readahead"), moved)) != sha256:
            raise StoreError(f"{address}: its sha256 is {digest}, not {sha256}")


def read_stored(address: str, offset: int, length: int, url: str) -> bytes:
    """The bytes of a record, as many as there must be; no others are transferred. Raises StoreError."""
    with _store(address) as (store, place):
        record: bytes = store.cat_file(place, start=offset, end=offset + length)
    if len(record) != length:
        raise StoreError(f"{address}: offset {offset}: {len(record)} bytes stand there, the index says {length} ({url})")
    return record


@contextmanager
def open_stored(address: str) -> Iterator[BinaryIO]:
    """A stored file, to be read from its beginning to its end."""
    with _store(address) as (store, place), store.open(place, "rb", block_size=CHUNK, cache_type="readahead") as file:
        yield file


def stored_files(prefix: str) -> dict[str, str]:
    """The WARC files under an address: name → address."""
    with _store(prefix) as (store, place):
        if not store.exists(place):
            return {}
        names = (str(found).rpartition("/")[2] for found in store.ls(place, detail=False))
        return {name: f"{prefix}/{name}" for name in names if name.endswith(".warc.gz")}


@contextmanager
def _store(address: str) -> Iterator[tuple[Any, str]]:
    """The file system behind an address, and the place in it; whatever its library raises is a StoreError."""
    from fsspec.core import url_to_fs

    try:
        yield url_to_fs(address)
    except ImportError as problem:
        missing = "the extra `scale` is needed for it (pip install -e '.[scale]')"
        raise StoreError(f"{address}: {missing}: {problem}") from problem
    except ArchiveError:
        raise
    except Exception as problem:  # each store's library has exceptions of its own
        words = " ".join(str(problem).split()) or type(problem).__name__
        raise StoreError(f"{address}: {words}") from problem


def _holds(store: Any, place: str, size: int) -> bool:
    return bool(store.exists(place)) and int(store.size(place)) == size


def _digest(file: BinaryIO, moved: Moved) -> str:
    digest = hashlib.sha256()
    with file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            moved(len(chunk))
    return digest.hexdigest()
