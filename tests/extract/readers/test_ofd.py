from __future__ import annotations

import io
import zipfile

import pytest
from making.fengcheng import print_fengcheng
from making.ofd import write_ofd
from making.printed import print_report
from making.read import facts_of, figures_of
from making.report import make_report

from extract import readers
from extract.document import UnreadableDocument


def changed(content: bytes, name: str, old: str, new: str) -> bytes:
    """The file with a part's text changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(file, "w") as after:
        for part in before.namelist():
            text = before.read(part).decode("utf-8")
            after.writestr(part, text.replace(old, new) if part.endswith(name) else text)
    return file.getvalue()


@pytest.mark.parametrize("rules", ["strokes", "rectangles", "boxes"])
@pytest.mark.parametrize("year", [2019, 2023])
def test_every_figure_of_a_report_is_read(rules: str, year: int) -> None:
    printed = print_report(make_report(6, year=year))
    document = readers.read(write_ofd(printed, rules=rules, runs=year == 2023))
    assert document.media_type == readers.OFD
    assert document.furniture.titles == (printed.title,)
    assert figures_of(document) == printed.truth


def test_every_figure_of_a_real_report_is_read() -> None:
    assert figures_of(readers.read(write_ofd(print_fengcheng()))) == print_fengcheng().truth


def test_a_figure_says_its_page_and_box() -> None:
    place = facts_of(readers.read(write_ofd(print_report(make_report(6)))))[
        "requests", "received", "total"
    ].locator.place
    assert place is not None and place.keys() == {"page", "box"}


def test_what_a_template_prints_is_read_on_each_page_and_what_is_invisible_is_not() -> None:
    whole = write_ofd(print_report(make_report(6)))
    seen = changed(whole, "Page_0/Content.xml", 'ID="1" Boundary', 'ID="1" Visible="false" Boundary')
    assert readers.read(whole).blocks != readers.read(seen).blocks
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        page = archive.read("Doc_0/Pages/Page_0/Content.xml").decode("utf-8")
    moved = changed(
        whole, "Page_0/Content.xml", page[page.index("<ofd:Content>") :], '<ofd:Template TemplateID="9"/></ofd:Page>'
    )
    moved = changed(
        moved, "Document.xml", "</ofd:PageArea>", '</ofd:PageArea><ofd:TemplatePage ID="9" BaseLoc="T.xml"/>'
    )
    file = io.BytesIO(moved)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("Doc_0/T.xml", page)
    assert readers.read(file.getvalue()).blocks == readers.read(whole).blocks


def test_pages_without_text_are_named_as_pictures() -> None:
    whole = write_ofd(print_report(make_report(6)))
    with pytest.raises(UnreadableDocument, match="图像") as refused:
        readers.read(changed(whole, "Content.xml", "TextObject", "ImageObject"))
    assert refused.value.kind == "unreadable"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("OFD.xml", "Doc_0", "Doc_9"), ("Content.xml", "</ofd:Layer>", ""), ("Content.xml", "M 0", "Z 0")],
)
def test_a_broken_part_is_damage(name: str, old: str, new: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(changed(write_ofd(print_report(make_report(6))), name, old, new))
    assert refused.value.kind == "damaged"
