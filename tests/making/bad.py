"""Files that cannot be read, or that can and are no annual report."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from making.damages import damage
from making.docx import package, write_docx
from making.html import encode, frame, paragraphs, write_page
from making.others import make_other
from making.printed import print_report
from making.report import make_report

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")


def empty_file() -> bytes:
    """Nothing at all."""
    return b""


def truncated_docx() -> bytes:
    """The first half of a Word document."""
    whole = write_docx(print_report(make_report(1)))
    return whole[: len(whole) // 2]


def docx_without_document() -> bytes:
    """A ZIP that looks like a Word document and lacks its text."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml", (2024, 1, 1, 0, 0, 0)), "<Types/>")
    return file.getvalue()


def docx_with_broken_xml() -> bytes:
    """A Word document whose text stops in the middle of a tag."""
    return package("<w:p><w:r><w:t>总体情况</w:t></w:r></w:p><w:tbl><w:tr")


def docx_that_is_no_report() -> bytes:
    """A sound Word document about something else."""
    return package("<w:p><w:r><w:t>关于召开会议的通知</w:t></w:r></w:p>")


def encrypted_docx() -> bytes:
    """The head of an OLE file that holds an encrypted package, as password protection leaves it."""
    return OLE_MAGIC + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(1024)


def page_without_report() -> bytes:
    """A news page of a portal."""
    return write_page(
        "ucap",
        title="示例县召开全县经济工作会议",
        body=paragraphs("会议总结了全年工作，部署了下一年任务。", "会议强调，要抓好政府信息公开等工作。"),
        published="2024-01-20",
        source="示例县融媒体中心",
        site="示例县人民政府网站",
        column="要闻",
    )


def page_of_kind(kind: str) -> bytes:
    """An article of that kind (`making.others`) that stands in the column and is no report."""
    other = make_other(kind, "示例县", 2023)
    return write_page("trs", title=other.title, body=other.body, published="2024-02-01", source="示例县", site="示例县")


def blank_form() -> bytes:
    """The form with its labels and no figure in it, as a template is handed out."""
    printed = damage(print_report(make_report(1)), "blank_everything")
    return write_docx(replace(printed, parts=tuple(printed.tables())))


def error_page_with_status_200() -> bytes:
    """A page that says 404 and is delivered as if all were well."""
    return encode(frame(title="404", site="示例县", column="", body="<p>您访问的页面不存在或已被删除</p>"), "utf-8")


def page_with_huge_spans() -> bytes:
    """A table whose spans claim millions of cells."""
    cell = '<td colspan="100000" rowspan="100000">0</td>'
    return f"<html><body><table>{f'<tr>{cell}</tr>' * 50}</table></body></html>".encode()


def page_of_deep_nesting() -> bytes:
    """A page of 5,000 tables, each inside the one before."""
    return ("<html><body>" + "<table><tr><td>" * 5000 + "0").encode()


def mislabelled_page() -> bytes:
    """A page that declares UTF-8 and is GB18030."""
    page = frame(title="年度报告", site="示例县", column="年报", body=paragraphs("政府信息公开工作年度报告"))
    return page.encode("gb18030")


def noise() -> bytes:
    """Bytes that belong to no format."""
    return bytes((7 * n * n + 13 * n) % 256 for n in range(4096))
