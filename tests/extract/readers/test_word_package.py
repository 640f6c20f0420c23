from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from making.docx import W, package, write_docx
from making.html import write_html
from making.mhtml import write_mhtml
from making.printed import print_report
from making.read import facts_of, figures_of
from making.report import make_report
from making.rtf import write_rtf

from extract import readers
from extract.document import UnreadableDocument

REPORT = print_report(make_report(11))
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml"


def changed(
    content: bytes, change: Callable[[str, str], str] = lambda name, text: text, further: dict[str, bytes] | None = None
) -> bytes:
    """The package with every part's text changed and further parts in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name).decode("utf-8")))
        for name, part in (further or {}).items():
            after.writestr(name, part)
    return file.getvalue()


def related(name: str, target: str, kind: str = "aFChunk") -> Callable[[str, str], str]:
    """Adds a relation rId9 of the document to a part, and the kinds of embedded files."""
    kinds = "".join(
        f'<Default Extension="{end}" ContentType="{name}"/>' for end in ("html", "mht", "rtf", "docx", "txt")
    )

    def change(part: str, text: str) -> str:
        if part == "word/_rels/document.xml.rels":
            added = f'<Relationship Id="rId9" Type="{R}/{kind}" Target="{target}"/>'
            return text.replace("</Relationships>", f"{added}</Relationships>")
        return text.replace('<Default Extension="xml"', f'{kinds}<Default Extension="xml"')

    return change


def with_chunk(content: bytes, end: str) -> bytes:
    """A Word document that holds nothing but an embedded file between two paragraphs."""
    text = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    chunk = f'<w:altChunk xmlns:r="{R}" r:id="rId9"/>'
    body = text.format("前") + chunk + text.format("后")
    return changed(package(body), related("application/octet-stream", f"chunk.{end}"), {f"word/chunk.{end}": content})


def test_strict_documents_are_read() -> None:
    def strict(name: str, text: str) -> str:
        return text.replace(W, f"{STRICT}/wordprocessingml/main").replace(R, f"{STRICT}/officeDocument/relationships")

    assert figures_of(readers.read(changed(write_docx(REPORT), strict))) == REPORT.truth


@pytest.mark.parametrize("kind", ["document.macroEnabled", "template.macroEnabledTemplate"])
def test_documents_with_macros_are_read_and_their_macros_are_not(kind: str) -> None:
    def with_macros(name: str, text: str) -> str:
        old = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        return text.replace(old, f"application/vnd.ms-word.{kind}.main+xml")

    content = changed(write_docx(REPORT), with_macros, {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0 broken"})
    assert figures_of(readers.read(content)) == REPORT.truth


def test_a_relation_to_a_missing_part_does_not_matter() -> None:
    content = changed(write_docx(REPORT), related("x/y", "NULL", "image"))
    assert figures_of(readers.read(content)) == REPORT.truth


@pytest.mark.parametrize(
    ("end", "content"),
    [
        ("html", write_html(REPORT)),
        ("mht", write_mhtml(write_html(REPORT))),
        ("rtf", write_rtf(REPORT)),
        ("docx", write_docx(REPORT)),
    ],
    ids=["html", "mht", "rtf", "docx"],
)
def test_an_embedded_file_is_read_in_its_place(end: str, content: bytes) -> None:
    document = readers.read(with_chunk(content, end))
    said = [paragraph.text for paragraph in document.paragraphs]
    assert said[0] == "前" and said[-1] == "后" and len(said) > 2
    facts = facts_of(document)
    assert {address: fact.value for address, fact in facts.items()} == REPORT.truth
    place = facts["requests", "received", "total"].locator.place
    assert place is not None and str(place["part"]).startswith("word/chunk.")


def test_documents_embedded_in_one_another_come_to_an_end() -> None:
    deep = with_chunk(with_chunk(write_docx(REPORT), "docx"), "docx")
    assert [paragraph.text for paragraph in readers.read(deep).paragraphs] == ["前", "前", "后", "后"]


def test_a_title_is_told_only_where_the_file_has_one() -> None:
    assert readers.read(write_docx(REPORT)).furniture.titles == ()


def test_a_document_that_unpacks_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extract.readers.word_package.MOST_BYTES", 1_000_000)
    bomb = changed(package("<w:p/>"), further={"word/media/x.xml": bytes(1_000_000)})
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(bomb)
    assert refused.value.kind == "limit"


def test_a_document_with_a_password_is_said_to_have_one() -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000) + name + bytes(2_000))
    assert refused.value.kind == "encrypted"


def test_xml_entities_are_not_followed() -> None:
    def with_entity(name: str, text: str) -> str:
        if name != "word/document.xml":
            return text
        declared = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>\n<w:document'
        return text.replace("<w:document", declared, 1).replace("<w:t>甲", "<w:t>甲&e;")

    content = changed(package("<w:p><w:r><w:t>甲</w:t></w:r></w:p>"), with_entity)
    assert [paragraph.text for paragraph in readers.read(content).paragraphs] == ["甲"]
