"""Export as WACZ: the captures of a run or a portal in a file that common players replay.

A revisit that stands for "not modified" replays as an empty page in them, so here every unchanged page is a revisit of
an identical payload with the headers of the answer that holds it, and that answer comes along.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from crawler.archive.archive import Archive, Capture
from crawler.archive.warc import ArchiveError, Attempt, Original, Received, http_answer, payload_digest
from crawler.archive.warc_file import ExportFile

PAGE_TYPES = ("text/html", "application/xhtml+xml")


def export_wacz(
    folder: Path,
    target: Path,
    *,
    run_id: str | None = None,
    portal: str | None = None,
    moved: Callable[[int, int], object] = lambda done, total: None,
) -> int:
    """Write the captures that were answered, of all runs and portals or of one, and say how many they are.

    The file is there whole or not at all. Raises ArchiveError where there is nothing to export, where a record is
    damaged, and where the extra `export` is not installed.
    """
    try:
        from wacz.main import main as wacz
    except ImportError as problem:
        raise ArchiveError("the extra `export` is needed for it: pip install -e '.[export]'") from problem
    with Archive(folder) as archive, tempfile.TemporaryDirectory(dir=target.parent, prefix=".wacz-") as name:
        room = Path(name)
        captures = [
            capture
            for capture in archive.captures()
            if capture.warc_file and run_id in (None, capture.run_id) and portal in (None, capture.portal)
        ]
        if not captures:
            raise ArchiveError(f"{folder}: no answers of run {run_id or 'any'} and portal {portal or 'any'}")
        _write_warc(archive, captures, room / "data.warc.gz", moved)
        _write_pages(captures, room / "pages.jsonl")
        whole = room / "export.wacz"
        said = io.StringIO()
        arguments = ["create", str(room / "data.warc.gz"), "-o", str(whole), "-p", str(room / "pages.jsonl"), "-c"]
        title = f"政府信息公开工作年度报告 {portal or ''} {run_id or ''}".strip()
        with contextlib.redirect_stdout(said):
            failed = wacz([*arguments, "--title", title])
        if failed:
            raise ArchiveError(f"wacz: {' '.join(said.getvalue().split())}")
        whole.replace(target)
    return len(captures)


def _write_warc(
    archive: Archive, captures: list[Capture], path: Path, moved: Callable[[int, int], object]
) -> None:
    written: set[int] = set()
    with contextlib.closing(ExportFile(path)) as file:
        for number, capture in enumerate(captures, start=1):
            original = archive.original(capture)
            for wanted in (original, capture) if original else (capture,):
                if wanted.id in written:
                    continue
                written.add(wanted.id)
                answer, refers = _answer(archive, wanted, original if wanted is capture else None)
                file.append(Attempt(wanted.portal, wanted.url, wanted.role), answer, _moment(wanted), refers)
            moved(number, len(captures))


def _answer(archive: Archive, capture: Capture, original: Capture | None) -> tuple[Received, Original | None]:
    """The answer as it came; for an unchanged page the headers of the original, and which one that is."""
    record = archive.record_bytes(capture)
    if original is None:
        archive.exchange(capture)  # held against its digest
        return http_answer(record, capture.url), None
    held = archive.record_bytes(original)
    stored = http_answer(held, original.url)
    return stored, Original(original.url, original.captured_at, payload_digest(held))


def _write_pages(captures: list[Capture], path: Path) -> None:
    """The pages that a player lists: reports and columns that were answered, with the titles that their lists print."""
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"format": "json-pages-1.0", "id": "pages", "title": "Pages"}) + "\n")
        for line in _pages(captures):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _pages(captures: list[Capture]) -> Iterator[dict[str, str]]:
    titles = {capture.url: capture.title for capture in captures if capture.title}
    for capture in captures:
        shown = capture.status in (200, 304) and capture.error is None and capture.role in ("column", "report")
        if shown and capture.media_type in PAGE_TYPES:
            yield {"id": str(capture.id), "url": capture.url, "ts": capture.captured_at, "title": capture.title or titles.get(capture.url, capture.url)}


def _moment(capture: Capture) -> datetime:
    return datetime.fromisoformat(capture.captured_at)
