"""LibreOffice as the last way to read a document: converted to DOCX, where it is installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from extract.document import UnreadableDocument

PROGRAMS = ("soffice", "libreoffice")
# A report converts in three seconds; what takes longer than this hangs.
SECONDS = 60


def convert(payload: bytes, suffix: str, reason: str) -> bytes:
    """The document as DOCX. Each conversion has a profile of its own, so that workers never wait for each other.

    Raises UnreadableDocument: damaged with `reason` where LibreOffice is not installed or makes nothing of the file;
    limit when it takes too long.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise UnreadableDocument("damaged", f"{reason}（未安装 LibreOffice，无法另行转换）")
    with tempfile.TemporaryDirectory(prefix="nianbao-office-") as name:
        folder = Path(name)
        source = folder / f"document{suffix}"
        source.write_bytes(payload)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [program, profile, "--headless", "--norestore", "--convert-to", "docx", "--outdir", name, str(source)]
        # In a session of its own: the launcher starts further processes, and all of them end together.
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            raise UnreadableDocument("limit", f"LibreOffice 在 {SECONDS} 秒内未能转换") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        converted = source.with_suffix(".docx")
        if not converted.exists():
            raise UnreadableDocument("damaged", reason)
        return converted.read_bytes()
