from __future__ import annotations

import os
import select
from collections.abc import Callable
from pathlib import Path

import making.docx
import pytest
from making.damages import damage
from making.docx import write_docx
from making.fengcheng import print_fengcheng
from making.office import convert
from making.printed import print_report
from making.read import figures_of, texts_of
from making.report import make_report
from making.rtf import HEAD
from making.sheet import LAYOUTS, write_xlsx

from extract import readers
from extract.document import UnreadableDocument
from extract.readers import office

# ------------------------------------------------------------------ what office programs write themselves


def test_every_figure_of_rich_text_is_read(program: Callable[[str], str], office_folder: Path) -> None:
    sources = {f"{name}.docx": write_docx(print_fengcheng(), **{name: True}) for name in ("deletions", "nested")}
    for content in convert(program("soffice"), sources, "rtf", office_folder).values():
        assert figures_of(readers.read(content)) == print_fengcheng().truth


def test_every_figure_of_the_older_workbook_is_read(program: Callable[[str], str], office_folder: Path) -> None:
    sources = {f"{n}.xlsx": write_xlsx(print_fengcheng(), **options) for n, options in enumerate(LAYOUTS.values())}
    for content in convert(program("localc"), sources, "xls", office_folder).values():
        document = readers.read(content)
        assert document.media_type == readers.XLS
        assert figures_of(document) == print_fengcheng().truth


def test_every_figure_of_an_exported_pdf_is_read(
    program: Callable[[str], str], office_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = "".join(f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    name = '<w:name w:val="Table Grid"/>'
    bordered = making.docx.STYLES.replace(name, f"{name}<w:tblPr><w:tblBorders>{sides}</w:tblBorders></w:tblPr>")
    monkeypatch.setattr(making.docx, "STYLES", bordered)
    plain, again, third = (print_report(make_report(seed, year=year)) for seed, year in ((1, 2020), (2, 2023), (3, 2023)))
    printed = {"plain.docx": plain, "again.docx": again, "damaged.docx": damage(third, "blank_rows")}
    sources = {name: write_docx(source, nested=source is again) for name, source in printed.items()}
    for name, content in convert(program("soffice"), sources, "pdf", office_folder).items():
        document = readers.read(content)
        assert document.media_type == readers.PDF
        assert figures_of(document) == printed[name].truth, name


# ------------------------------------------------------------------ what only LibreOffice can read


def test_libreoffice_converts_what_it_knows(program: Callable[[str], str]) -> None:
    program("soffice")
    rows = r"\trowd\cellx1000\cellx2000\intbl 1\cell 2\cell\row\pard "
    assert texts_of(readers.read(office.convert(f"{HEAD}{rows}}}".encode("ascii"), ".rtf", "原因"))) == [["1", "2"]]


def test_without_libreoffice_the_reason_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableDocument, match=r"版本 101.*LibreOffice") as refused:
        office.convert(b"", ".doc", "版本 101")
    assert refused.value.kind == "damaged"


def test_a_conversion_that_hangs_is_ended_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = tmp_path / "held"  # open for writing as long as one of the processes lives
    os.mkfifo(held)
    reading = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    script = tmp_path / "soffice"
    script.write_text(f"#!/bin/sh\nexec 3> {held}\necho begun >&3\n/bin/sleep 600 &\nwait\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(office, "SECONDS", 0.5)
    with pytest.raises(UnreadableDocument) as refused:
        office.convert(b"", ".doc", "原因")
    assert refused.value.kind == "limit"
    assert os.read(reading, 100) == b"begun\n"
    assert select.select([reading], [], [], 5)[0] and os.read(reading, 100) == b""
    os.close(reading)
