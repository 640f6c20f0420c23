"""What carries the report: files, pictures, viewers, frames, stubs; and books on other hosts."""

from __future__ import annotations

from collections.abc import Iterator

from making.portals.pages import column, html, report, said
from making.portals.serving import Answer, LocalPortal

URL = "/nb/202401/t20240115_4711.html"
TITLE = said("丰城市教育局")
FEW = "<p>详见附件</p>"


def portals() -> Iterator[LocalPortal]:
    """All of them."""
    files = ["/nb/202401/W020240115500000000001.docx", "/nb/202401/W020240115500000000002.pdf"]
    links = "".join(f'<a href="./{file.rpartition("/")[2]}">年报</a>' for file in files)
    yield _carried("files", f'<div class="TRS_Editor">{FEW}{links}</div>', files)
    odd = ["/files/nb.ofd", "/files/nb.wps", "/files/nb.et", "/files/nb.zip", "/files/nb.rar"]
    yield _carried("odd-files", "".join(f'<a href="{file}">附件</a>' for file in odd), odd)
    pictures = ["/nb/202401/1.jpg", "/nb/202401/2.jpg"]
    shown = '<img src="./1.jpg"><img src="/load.gif" data-original="./2.jpg">'
    yield _carried(
        "pictures", f'<div class="TRS_Editor">{shown}</div><img src="/logo.png">', pictures, never=["/logo", "/load"]
    )
    viewer = '<iframe src="/pdfjs/web/viewer.html?file=%2Fattach%2Fx.pdf"></iframe>'
    yield _carried("viewer", f'<div id="zoom">{viewer}</div>', ["/attach/x.pdf"], never=["/pdfjs/"])
    yield _carried("embed", '<div id="zoom"><embed src="y.pdf"></div>', ["/nb/202401/y.pdf"])
    downfile = "/module/download/downfile.jsp?classid=0&filename=0a1b.pdf"
    yield _carried("downfile", f'<a href="{downfile.replace("&", "&amp;")}">年报</a>', [downfile])
    yield _carried("frame", '<div id="zoom"><iframe src="/attach/nb2023.html"></iframe></div>', ["/attach/nb2023.html"])
    yield _carried(
        "click", '<a href="javascript:;" onclick="window.open(\'/files/nb.docx\')">下载</a>', ["/files/nb.docx"]
    )
    yield LocalPortal(
        "carried-listed",
        "/nb/",
        {"/nb/": column([("/files/a.pdf", TITLE), ("/files/b.doc", said("曲江镇人民政府"))]), "/files/a.pdf": b"%PDF", "/files/b.doc": b"x"},
        ["/files/a.pdf", "/files/b.doc"],
    )  # fmt: skip
    stub = "<html><script>location.href='/real/t20240115_4712.html'</script></html>"
    yield LocalPortal(
        "carried-stub",
        "/nb/",
        {"/nb/": column([(URL, TITLE)]), URL: stub, "/real/t20240115_4712.html": report(TITLE)},
        [URL, "/real/t20240115_4712.html"],
    )
    book = "http://127.21.200.1:9/files/basic-html/page4.html"
    yield LocalPortal(
        "carried-abroad",
        "/nb/",
        {"/nb/": column([(URL, TITLE), (book, said("曲江镇人民政府"))]), URL: report(TITLE)},
        [URL],
    )


def _carried(key: str, body: str, files: list[str], never: list[str] | None = None) -> LocalPortal:
    page = html(f"<h1>{TITLE}</h1>{body}", title=TITLE)
    answers = {file: Answer(f"{key} {file}".encode(), "application/octet-stream") for file in files}
    return LocalPortal(
        f"carried-{key}",
        "/nb/",
        {"/nb/": column([(URL, TITLE)]), URL: page, **answers},
        [URL],
        files,
        never=never or [],
    )
