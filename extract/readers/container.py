"""Packed files (ZIP; RAR and 7z by a program that unpacks them): the one document in them that best is a report.

A member is read only after its size is known and bounded; what is packed beyond all measure is refused before it unpacks.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from extract import readers
from extract.alignment import align
from extract.document import Document, UnreadableDocument
from extract.forms import load_forms
from extract.readers.parts import in_part
from extract.rows import rows_of

# A report with its attachments is a handful of files of a few megabytes; text packs to a hundredth at best.
MOST_MEMBERS, MOST_DEPTH = 500, 2
MOST_BYTES, MOST_MEMBER = 300_000_000, 100_000_000
MOST_RATIO, SMALL = 300, 10_000_000
SECONDS = 60
LEFT_OUT = ("__MACOSX/", "Thumbs.db", ".DS_Store", "desktop.ini")
DAMAGES = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError)
PACKED = {readers.ZIP: "ZIP", readers.RAR: "RAR", readers.SEVEN_ZIP: "7z"}
Member = tuple[str, bytes]
Found = tuple[str, bytes | UnreadableDocument]  # a member, or why it cannot be unpacked


def official_rows(document: Document) -> int:
    """How many rows of official tables a document shows."""
    tables = align(rows_of(document), tuple(load_forms().values()))
    return sum(len(table.rows) for table in tables.values())


def read(
    payload: bytes,
    *,
    sha256: str,
    media_type: str,
    charset: str | None = None,
    rank: Callable[[Document], int] = official_rows,
) -> Document:
    """The document of the highest rank in a packed file (of equal ones that with more rows, then more text).

    Its places begin with the member's name.

    Pictures count only where nothing else can be read: then all of them, in the order of their names, are one document.
    Raises UnreadableDocument: limit, encrypted, damaged, or unreadable where no member can be read.
    """
    best: tuple[tuple[int, int, int], Document] | None = None
    pictures: list[Member] = []
    refused: list[tuple[str, UnreadableDocument]] = []
    for name, content in _members(payload, media_type, MOST_DEPTH):
        try:
            if isinstance(content, UnreadableDocument):
                raise content
            if readers.sniff(content).startswith("image/"):
                pictures.append((name, content))
                continue
            document = readers.read(content)
        except UnreadableDocument as error:
            refused.append((name, error))
            continue
        score = rank(document), sum(len(grid.rows) for grid in document.grids), len(document.blocks)
        if best is None or score > best[0]:
            best = score, _placed(document, name, sha256, media_type)
    if best is not None:
        return best[1]
    if pictures:
        return _album(sorted(pictures), sha256, media_type)
    kinds = {error.kind for _, error in refused}
    why = "；".join(["压缩包中没有可读的文件", *(f"{name}：{error.detail}" for name, error in refused[:5])])
    raise UnreadableDocument(kinds.pop() if len(kinds) == 1 else "unreadable", why)


def _placed(document: Document, name: str, sha256: str, media_type: str) -> Document:
    return Document(sha256, media_type, tuple(in_part(document.blocks, name)), document.furniture)


def _album(pictures: list[Member], sha256: str, media_type: str) -> Document:
    blocks = [block for name, content in pictures for block in in_part(readers.read(content).blocks, name)]
    return Document(sha256, media_type, tuple(blocks))


def _members(payload: bytes, media_type: str, depth: int) -> Iterator[Found]:
    """Names and contents of the files in a packed file, also of those packed within it."""
    unpacked = _zipped(payload) if media_type == readers.ZIP else _unpacked(payload, PACKED[media_type])
    for name, content in unpacked:
        if isinstance(content, UnreadableDocument):
            yield name, content
            continue
        if not content.strip() or any(mark in name for mark in LEFT_OUT):
            continue
        try:
            kind = readers.sniff(content)
        except UnreadableDocument:
            kind = ""  # the reader says what is wrong with it
        if kind not in PACKED:
            yield name, content
        elif depth <= 1:
            raise UnreadableDocument("limit", f"压缩包嵌套超过 {MOST_DEPTH} 层：{name}")
        else:
            yield from ((f"{name}/{inner}", inside) for inner, inside in _members(content, kind, depth - 1))


# ------------------------------------------------------------------ ZIP


def _zipped(payload: bytes) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(BytesIO(payload)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _bound([(entry.file_size, entry.compress_size) for entry in entries])
            for entry in entries:
                if entry.flag_bits & 1:
                    raise UnreadableDocument("encrypted", "压缩包已加密")
                yield _zip_name(entry), _content(archive, entry)
    except DAMAGES as error:
        raise UnreadableDocument("damaged", f"压缩包残缺或损坏：{error}") from error


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | UnreadableDocument:
    try:
        return archive.read(entry)
    except DAMAGES as error:
        return UnreadableDocument("damaged", f"压缩包成员残缺或损坏：{error}")


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """A member's name; packers on Chinese Windows write GBK without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _bound(sizes: list[tuple[int, int]]) -> None:
    """Refuse what is too many, too large, or packed too tightly to be documents: pairs of size and packed size."""
    total = sum(size for size, _ in sizes)
    if len(sizes) > MOST_MEMBERS:
        raise UnreadableDocument("limit", f"压缩包有 {len(sizes)} 个文件（上限 {MOST_MEMBERS}）")
    if total > MOST_BYTES or any(size > MOST_MEMBER for size, _ in sizes):
        raise UnreadableDocument("limit", f"压缩包解压后为 {total} 字节（上限 {MOST_BYTES}，单个文件 {MOST_MEMBER}）")
    if any(size > SMALL and size > MOST_RATIO * max(packed, 1) for size, packed in sizes):
        raise UnreadableDocument("limit", f"压缩包的压缩比超过 {MOST_RATIO}")


# ------------------------------------------------------------------ RAR, 7z


def _unpacked(payload: bytes, kind: str) -> Iterator[Member]:
    """The members as a program streams them, in the form of a TAR file that never touches the disk."""
    program = shutil.which("bsdtar")
    if program is None:
        raise UnreadableDocument("unreadable", f"读取 {kind} 压缩包需要程序 bsdtar（libarchive），本机未安装")
    with tempfile.NamedTemporaryFile(prefix="nianbao-") as file, tempfile.TemporaryFile() as said:
        file.write(payload)
        file.flush()
        command = [program, "-cf", "-", "--format=pax", f"@{file.name}"]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, start_new_session=True
        )
        watch = threading.Timer(SECONDS, _kill, [process])
        watch.start()
        try:
            yield from _streamed(process, said)
        except UnreadableDocument as error:
            if watch.is_alive():
                raise
            raise UnreadableDocument("limit", f"解压超过 {SECONDS} 秒") from error
        finally:
            watch.cancel()
            _kill(process)
            process.communicate()


def _streamed(process: subprocess.Popen[bytes], said: IO[bytes]) -> Iterator[Member]:
    sizes: list[tuple[int, int]] = []
    try:
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for entry in archive:
                if not entry.isfile():
                    continue
                sizes.append((entry.size, entry.size))
                _bound(sizes)
                content = archive.extractfile(entry)
                yield str(PurePosixPath(entry.name)), content.read() if content is not None else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        said.seek(0)
        words = said.read(2000).decode("utf-8", errors="replace").strip()
        if "passphrase" in words.lower() or "encrypt" in words.lower():
            raise UnreadableDocument("encrypted", "压缩包已加密") from error
        raise UnreadableDocument("damaged", f"压缩包残缺或损坏：{words or error}") from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, by their process group."""
    with contextlib.suppress(ProcessLookupError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
