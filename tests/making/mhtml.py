"""Writes a page as a web archive (MHTML), as Word saves one: the page, a second one with its header, a picture."""

from __future__ import annotations

import base64
import quopri

BOUNDARY = "----=_NextPart_01"


def write_mhtml(
    page: bytes, *, charset: str = "utf-8", encoding: str = "quoted-printable", name: str = "年报.htm"
) -> bytes:
    """A web archive around a page."""
    body = quopri.encodestring(page) if encoding == "quoted-printable" else base64.encodebytes(page)
    header = "<html><body><table><tr><td>页眉</td><td>第1页</td></tr></table></body></html>".encode("gb18030")
    return b"".join(
        [
            b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="%s"\n\nWeb archive\n\n' % BOUNDARY.encode(),
            _part(
                "text/html; charset=gb2312", "quoted-printable", "file:///C:/1/header.htm", quopri.encodestring(header)
            ),
            _part(f"text/html; charset={charset}", encoding, f"file:///C:/1/{name}", body),
            _part("image/png", "base64", "file:///C:/1/image001.png", base64.encodebytes(b"\x89PNG")),
            f"--{BOUNDARY}--\n".encode(),
        ]
    )


def _part(kind: str, encoding: str, location: str, body: bytes) -> bytes:
    head = (
        f"--{BOUNDARY}\nContent-Location: {location}\nContent-Transfer-Encoding: {encoding}\nContent-Type: {kind}\n\n"
    )
    return head.encode() + body + b"\n"
