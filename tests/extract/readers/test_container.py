from __future__ import annotations

import io
import os
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from making.docx import package, write_docx
from making.html import write_html
from making.printed import print_report
from making.read import facts_of, figures_of
from making.report import make_report

from extract import readers
from extract.document import UnreadableDocument
from extract.readers import container

REPORT = print_report(make_report(8))
NOTE = package("<w:p><w:r><w:t>附件说明</w:t></w:r></w:p>")


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def in_tar(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def refusal(payload: bytes) -> UnreadableDocument:
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(payload)
    return refused.value


def test_the_member_that_is_the_report_speaks() -> None:
    broken = write_docx(REPORT)[:900]
    document = readers.read(packed({"说明.docx": NOTE, "年报.docx": write_docx(REPORT), "坏.docx": broken}))
    assert document.media_type == readers.ZIP
    assert figures_of(document) == REPORT.truth


def test_a_figure_says_its_member_and_its_place_there() -> None:
    page, address = write_html(REPORT), ("requests", "received", "total")
    alone = facts_of(readers.read(page))[address].locator.place
    assert alone is not None
    assert facts_of(readers.read(packed({"a/年报.html": page})))[address].locator.place == {
        "part": "a/年报.html",
        **alone,
    }
    word = facts_of(readers.read(packed({"年报.docx": write_docx(REPORT)})))[address].locator.place
    assert word is not None and word["part"] == "年报.docx/word/document.xml"


def test_names_in_gbk_are_read() -> None:
    content = packed({"ABCD.html": write_html(REPORT)}).replace(b"ABCD.html", "年报".encode("gb18030") + b".html")
    grid = next(readers.read(content).grids)
    assert grid.place is not None and grid.place["part"] == "年报.html"


def test_shared_cells_stay_shared() -> None:
    def cells(content: bytes) -> list[int]:
        return [len({id(cell) for row in grid.rows for cell in row}) for grid in readers.read(content).grids]

    assert cells(packed({"x.html": write_html(REPORT)})) == cells(write_html(REPORT))


def test_a_packed_file_within_a_packed_file_is_read_and_a_third_is_not() -> None:
    once = packed({"年报.docx": write_docx(REPORT)})
    assert figures_of(readers.read(packed({"内.zip": once}))) == REPORT.truth
    assert refusal(packed({"外.zip": packed({"内.zip": once})})).kind == "limit"


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    bomb = packed({f"{n}.txt": bytes(50_000_000) for n in range(2)})
    started = time.process_time()
    assert refusal(bomb).kind == "limit"
    assert time.process_time() - started < 0.5


def test_too_many_members_are_refused() -> None:
    assert refusal(packed({f"{n}.txt": b"1" for n in range(501)})).kind == "limit"


def test_a_size_that_lies_does_not_unpack_more() -> None:
    whole = packed({"年报.txt": bytes(1_000_000)})
    lying = whole.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert refusal(lying).kind == "damaged"


def test_a_password_is_said() -> None:
    content = bytearray(packed({"年报.docx": NOTE}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + at] |= 1
    assert refusal(bytes(content)).kind == "encrypted"


def test_nothing_readable_says_what_was_wrong() -> None:
    error = refusal(packed({"坏.docx": write_docx(REPORT)[:900]}))
    assert error.kind == "damaged" and "坏.docx" in error.detail


@pytest.mark.parametrize("magic", [b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c"])
def test_without_a_program_it_is_named(magic: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = refusal(magic + bytes(100))
    assert error.kind == "unreadable" and "bsdtar" in error.detail


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program named bsdtar that does what the script says."""
    program = tmp_path / "bsdtar"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def test_what_the_program_streams_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "out.tar").write_bytes(in_tar({"说明.docx": NOTE, "年报.docx": write_docx(REPORT)}))
    stand_in(tmp_path, monkeypatch, f"cat {tmp_path}/out.tar")
    assert figures_of(readers.read(b"7z\xbc\xaf\x27\x1c" + bytes(100))) == REPORT.truth


def test_a_stream_beyond_all_measure_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entry = tarfile.TarInfo("x")
    entry.size = container.MOST_MEMBER + 1
    (tmp_path / "head").write_bytes(entry.tobuf())
    stand_in(tmp_path, monkeypatch, f"cat {tmp_path}/head /dev/zero")
    assert refusal(b"Rar!\x1a\x07\x01\x00" + bytes(100)).kind == "limit"


def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(tmp_path, monkeypatch, "exec sleep 600")
    monkeypatch.setattr(container, "SECONDS", 0.2)
    assert refusal(b"Rar!\x1a\x07\x01\x00" + bytes(100)).kind == "limit"


@pytest.mark.parametrize(("said", "kind"), [("Passphrase required", "encrypted"), ("Truncated", "damaged")])
def test_what_the_program_complains_of_is_told(
    said: str, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(tmp_path, monkeypatch, f"echo '{said}' >&2; exit 1")
    assert refusal(b"Rar!\x1a\x07\x01\x00" + bytes(100)).kind == kind
