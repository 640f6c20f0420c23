"""OLE files: which format one holds, by the streams in it, and why one that holds none of ours cannot be read."""

from __future__ import annotations

from io import BytesIO
from typing import NoReturn

import olefile

from extract.document import UnreadableDocument

# In this order: a Word document may embed a workbook, and keeps it below its own streams.
STREAMS = {"WordDocument": "word", "Workbook": "excel", "Book": "excel"}
# Where Office keeps a DOCX or XLSX with a password; the name also shows in a file that is cut off.
ENCRYPTED = "EncryptedPackage"


def program_of(payload: bytes) -> str | None:
    """`word`, `excel`, or None for another program's file and for one whose structure is broken."""
    try:
        with olefile.OleFileIO(BytesIO(payload)) as ole:
            return next((program for stream, program in STREAMS.items() if ole.exists(stream)), None)
    except (OSError, ValueError, IndexError, TypeError):
        return None  # `read` says what is wrong with it


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> NoReturn:
    """Always raises UnreadableDocument: encrypted, damaged, or unreadable where another program wrote it."""
    if ENCRYPTED.encode("utf-16-le") in payload:
        raise UnreadableDocument("encrypted", "文件已加密")
    try:
        with olefile.OleFileIO(BytesIO(payload)) as ole:
            names = "、".join("/".join(path) for path in ole.listdir()[:5])
            if not names:
                raise OSError("没有数据流")
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise UnreadableDocument("damaged", f"OLE 文件残缺或损坏：{error}") from error
    raise UnreadableDocument("unreadable", f"OLE 文件既不是文档也不是表格：{names}")
