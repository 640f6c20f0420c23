"""Which format an OLE file holds, by the streams in it."""

from __future__ import annotations

from io import BytesIO

import olefile

from extract.document import UnreadableDocument

# In this order: a Word document may embed a workbook, and keeps it below its own streams.
STREAMS = {"WordDocument": "word", "Workbook": "excel", "Book": "excel"}


def program_of(payload: bytes) -> str | None:
    """`word`, `excel`, or None for another program's file. Raises UnreadableDocument: damaged, or encrypted (OOXML)."""
    try:
        with olefile.OleFileIO(BytesIO(payload)) as ole:
            if ole.exists("EncryptedPackage"):
                raise UnreadableDocument("encrypted", "文件已加密")
            return next((program for stream, program in STREAMS.items() if ole.exists(stream)), None)
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise UnreadableDocument("damaged", f"OLE 文件残缺或损坏：{error}") from error
