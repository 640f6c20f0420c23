"""A DOCX package opened by python-docx: the body's XML and what hangs on it, whatever flavour of the format it is.

python-docx refuses strict documents (other namespaces), those with macros (another content type) and those with a relation
to a part that is missing, as some office programs write them; such packages are written anew before it opens them.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.part import Part, XmlPart
from docx.oxml.parser import parse_xml
from docx.package import Package
from lxml import etree

from extract.document import UnreadableDocument

Element = Any  # lxml brings no types
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# A document that unpacks to more than this is no report; nor is one of so many parts.
MOST_BYTES, MOST_PARTS = 200_000_000, 5_000
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/([\w/]+)")
RESPELLED = {b"extendedProperties": b"extended-properties", b"customProperties": b"custom-properties"}
RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
TARGET = re.compile(rb'\bTarget="([^"]*)"')
DAMAGES = (
    zipfile.BadZipFile, zlib.error, PackageNotFoundError, KeyError, ValueError, OSError, EOFError, NotImplementedError,
    etree.XMLSyntaxError,
)  # fmt: skip


@dataclass(frozen=True)
class WordPackage:
    """An opened package: the document's body, its title (empty where it has none), and its parts."""

    body: Element
    title: str
    part: Part

    def chunk(self, relation: str) -> tuple[str, bytes] | None:
        """A file embedded in the text (altChunk), its name first; None where it is missing or outside the package."""
        related = self.part.rels.get(relation)
        if related is None or related.is_external:
            return None
        return related.target_part.partname.lstrip("/"), related.target_part.blob


def open_package(payload: bytes) -> WordPackage:
    """The package in these bytes. Raises UnreadableDocument: damaged, encrypted or limit."""
    try:
        with zipfile.ZipFile(BytesIO(payload)) as archive:
            _bound(archive)
            if STRICT.search(archive.read("_rels/.rels")):
                payload = _rewritten(archive)
        try:
            package = Package.open(BytesIO(payload))
        except KeyError:  # a relation to a part that is not there
            with zipfile.ZipFile(BytesIO(payload)) as archive:
                package = Package.open(BytesIO(_rewritten(archive)))
        part = package.main_document_part
        root = part.element if isinstance(part, XmlPart) else parse_xml(part.blob)
        body = root.find(W + "body")
        if body is None:
            raise ValueError("没有正文")
        return WordPackage(body, _title(package), part)
    except DAMAGES as error:
        raise UnreadableDocument("damaged", f"Word 文件残缺或损坏：{error}") from error


def _bound(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    if size > MOST_BYTES or len(entries) > MOST_PARTS:
        raise UnreadableDocument(
            "limit", f"解压后为 {size} 字节、{len(entries)} 个文件（上限 {MOST_BYTES}、{MOST_PARTS}）"
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableDocument("encrypted", "压缩包已加密")


def _title(package: Package) -> str:
    """The title in the properties; python-docx makes up one where the package has no properties."""
    try:
        package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    except KeyError:
        return ""
    return str(package.core_properties.title or "")


def _rewritten(archive: zipfile.ZipFile) -> bytes:
    """The package with transitional namespaces and without relations to parts that it lacks."""
    names = set(archive.namelist())
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as written:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith((".xml", ".rels")):
                content = STRICT.sub(_transitional, content)
            if name.endswith(".rels"):
                folder = name.rpartition("_rels/")[0]
                content = RELATION.sub(lambda relation: _kept(relation[0], folder, names), content)  # noqa: B023
            written.writestr(name, content)
    return file.getvalue()


def _transitional(match: re.Match[bytes]) -> bytes:
    rest = b"/".join(RESPELLED.get(step, step) for step in match[2].split(b"/"))
    return b"http://schemas.openxmlformats.org/%s/2006/%s" % (match[1], rest)


def _kept(relation: bytes, folder: str, names: set[str]) -> bytes:
    target = TARGET.search(relation)
    if target is None or b'TargetMode="External"' in relation:
        return relation
    name = target[1].decode("utf-8", errors="replace")
    steps: list[str] = []
    for step in (name if name.startswith("/") else folder + name).split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in ("", "."):
            steps.append(step)
    return relation if "/".join(steps) in names else b""
